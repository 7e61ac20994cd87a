// <kith-tokens>: several texts as chips, each taken out by its cross or by Backspace; typed, chosen or pasted.
import { LitElement, html, repeat } from "../vendor/lit/lit.min.js";
import { icon } from "./icons.js";
import { chips, controls } from "./styles.js";
import "./combobox.js";

class Tokens extends LitElement {
  static styles = [controls, chips];
  static shadowRootOptions = { ...LitElement.shadowRootOptions, delegatesFocus: true };
  static properties = {
    values: { attribute: false },
    options: { attribute: false },
    words: { attribute: false },
    label: {}, wrong: { type: Boolean },
  };

  render() {
    const left = this.options.filter((option) => !this.values.includes(option.value));
    return html`<div class="tokens" role="group" aria-label=${this.label}>
      ${repeat(this.values, (value) => value, (value) => html`
        <span class="token">${value}<button type="button" @click=${() => this.drop(value)}
          aria-label=${this.words.say("remove_value", { value })}>${icon("remove")}</button></span>`)}
      <kith-combobox free clears ?wrong=${this.wrong} .options=${left} .words=${this.words}
        label=${this.words.say("add_value")} placeholder=${this.words.say("add_value")}
        @choose=${(event) => this.add(event.detail)} @backspace=${() => this.drop(this.values.at(-1))}></kith-combobox>
    </div>`;
  }

  add(value) {
    if (!this.values.includes(value)) this.tell([...this.values, value]);
  }

  drop(value) {
    this.tell(this.values.filter((other) => other !== value));
    this.renderRoot.querySelector("kith-combobox").focus();
  }

  tell(values) {
    this.values = values; // several may follow before the page is drawn again
    this.dispatchEvent(new CustomEvent("choose", { detail: values }));
  }
}

customElements.define("kith-tokens", Tokens);
