// <kith-combobox>: one of many, found by typing. With `free`, what is typed counts even when it is not in the list;
// with `guesses` as well, Enter takes the first match, and what was typed is the last choice.
import { LitElement, html, live, nothing } from "../vendor/lit/lit.min.js";
import { controls, list } from "./styles.js";

const SHOWN = 200;
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

class Combobox extends LitElement {
  static styles = [controls, list];
  static shadowRootOptions = { ...LitElement.shadowRootOptions, delegatesFocus: true };
  static properties = {
    options: { attribute: false }, // [{value, label, hint}]
    value: { attribute: false },
    words: { attribute: false },
    label: {}, placeholder: {},
    free: { type: Boolean }, guesses: { type: Boolean }, clears: { type: Boolean }, wrong: { type: Boolean },
    open: { state: true }, typed: { state: true }, active: { state: true },
  };

  constructor() {
    super();
    this.options = [];
    this.open = false;
    this.typed = null; // what is in the field while it differs from the value
    this.active = -1;
  }

  get shown() {
    if (this.clears) return "";
    const chosen = this.options.find((option) => option.value === this.value);
    return chosen ? chosen.label : String(this.value ?? "");
  }

  get fitting() {
    const sought = plain(this.typed ?? "").trim();
    if (!sought) return this.options.slice(0, SHOWN);
    const fits = this.options.filter((option) => plain(`${option.label} ${option.hint ?? ""}`).includes(sought));
    const begins = (option) => (plain(option.label).startsWith(sought) ? 0 : 1);
    const shown = fits.sort((one, other) => begins(one) - begins(other)).slice(0, SHOWN);
    const literal = this.free && !fits.some((option) => option.label === this.typed.trim());
    const use = { value: this.typed.trim(), label: this.words.say("use_typed", { value: this.typed.trim() }) };
    return literal && (this.guesses || !shown.length) ? [...shown, use] : shown;
  }

  render() {
    const matches = this.open ? this.fitting : [];
    const shows = this.open && Boolean(matches.length || this.typed); // options may arrive later
    const active = matches[this.active] ? `option-${this.active}` : nothing;
    return html`
      <input type="text" role="combobox" autocomplete="off" spellcheck="false" aria-autocomplete="list"
        aria-label=${this.label} aria-expanded=${shows} aria-controls=${shows ? "list" : nothing}
        aria-activedescendant=${active} aria-invalid=${this.wrong ? "true" : nothing}
        placeholder=${this.placeholder ?? ""} .value=${live(this.typed ?? this.shown)}
        @input=${this.onInput} @keydown=${this.onKey} @click=${this.onClick} @blur=${this.onBlur} @paste=${this.onPaste}>
      ${shows ? html`
        <ul id="list" role="listbox" aria-label=${this.label} @mousedown=${(event) => event.preventDefault()}>
          ${matches.map((option, at) => html`
            <li id=${`option-${at}`} role="option" aria-selected=${option.value === this.value}
              class=${at === this.active ? "active" : ""} @click=${() => this.choose(option.value)}>
              <span>${option.label}</span>${option.hint ? html`<small>${option.hint}</small>` : nothing}
            </li>`)}
          ${matches.length ? nothing : html`
            <li role="option" aria-selected="false" aria-disabled="true" class="none">${this.words.say("no_match")}</li>`}
        </ul>` : nothing}`;
  }

  updated(changed) {
    if (!changed.has("active") && !changed.has("open")) return;
    this.renderRoot.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  }

  onInput(event) {
    this.typed = event.target.value;
    this.open = true;
    this.active = this.free && !this.guesses ? -1 : 0;
    event.stopPropagation();
  }

  onClick(event) {
    if (this.open) return;
    this.show();
    event.target.select();
  }

  show() {
    this.open = true;
    this.active = this.typed === null ? this.options.findIndex((option) => option.value === this.value) : this.active;
  }

  onKey(event) {
    const { key } = event;
    if (event.altKey && key.startsWith("Arrow")) return; // moves the condition
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!this.open) return this.show();
      const count = this.fitting.length;
      this.active = count ? (this.active + (key === "ArrowDown" ? 1 : -1) + count) % count : -1;
    } else if (key === "Enter") {
      event.preventDefault(); // never sends the form
      const found = this.open ? this.fitting[this.active] : null;
      if (found) this.choose(found.value);
      else this.settle();
    } else if (key === "Escape" && (this.open || this.typed !== null)) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (key === "," && this.clears) {
      event.preventDefault();
      this.settle();
    } else if (key === "Backspace" && this.clears && !event.target.value) {
      this.dispatchEvent(new CustomEvent("backspace"));
    }
  }

  onPaste(event) {
    const text = event.clipboardData.getData("text");
    if (!this.clears || !/[\n,;\t]/.test(text)) return;
    event.preventDefault();
    for (const part of text.split(/[\n,;\t]+/)) if (part.trim()) this.choose(part.trim());
  }

  onBlur() {
    this.settle();
  }

  // What was typed becomes the value where it may; else the field shows the value again.
  settle() {
    const typed = this.typed?.trim();
    if (this.typed === null || typed === this.shown) return this.close();
    const meant = this.options.find((option) => plain(option.label) === plain(typed) || option.value === typed);
    if (this.free && (typed || !this.clears)) return this.choose(this.exact(typed)?.value ?? typed);
    if (meant) return this.choose(meant.value);
    return this.close();
  }

  exact(typed) {
    return this.options.find((option) => option.label === typed);
  }

  choose(value) {
    this.close();
    if (value !== this.value || this.clears) this.dispatchEvent(new CustomEvent("choose", { detail: value }));
  }

  close() {
    this.open = false;
    this.typed = null;
    this.active = -1;
  }
}

customElements.define("kith-combobox", Combobox);
