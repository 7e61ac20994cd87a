// <kith-review>: before publishing, who enters and who leaves. `ask` answers true for Publish, false for Back.
import { LitElement, html, nothing } from "../vendor/lit/lit.min.js";
import { icon } from "./icons.js";
import { people } from "./people.js";
import { capital } from "./words.js";
import { controls, dialog, faces } from "./styles.js";

class Review extends LitElement {
  static styles = [controls, faces, dialog];
  static properties = { words: { attribute: false }, answer: { state: true }, name: { state: true }, known: { state: true } };

  async ask(answer, name, known) {
    Object.assign(this, { answer, name, known });
    await this.updateComplete;
    const box = this.renderRoot.querySelector("dialog");
    box.returnValue = "";
    box.showModal();
    await new Promise((closed) => box.addEventListener("close", closed, { once: true }));
    return box.returnValue === "publish";
  }

  render() {
    if (!this.answer) return nothing;
    const { words, answer } = this;
    const stay = answer.total - answer.enters.count;
    return html`<dialog aria-labelledby="title">
      <form method="dialog">
        <h2 id="title">${words.say("review_title", { name: this.name })}</h2>
        <p class="sentence">${capital(answer.sentence)}.</p>
        ${answer.notes.map(({ path, message }) => html`
          <p class="note">${icon("note")}<span>${path
            ? words.say("about", { condition: capital(answer.sentences[path]), note: message }) : message}</span></p>`)}
        <div class="columns">
          ${this.column("enter", words.say("entering"), answer.enters, words.say("nobody_enters"))}
          ${this.known ? this.column("leave", words.say("leaving"), answer.leaves, words.say("nobody_leaves")) : nothing}
        </div>
        <p class="stay">${this.known
          ? html`${words.say("staying")}: <b>${words.number(stay)}</b>`
          : answer.total ? words.say("review_new") : nothing}</p>
        <menu>
          <button type="submit" class="button" value="back">${words.say("back")}</button>
          <button type="submit" class="button primary" value="publish" autofocus>${words.say("publish")}</button>
        </menu>
      </form>
    </dialog>`;
  }

  column(kind, title, moved, nobody) {
    const { words } = this;
    const more = moved.count - moved.people.length;
    return html`<section class=${kind} aria-label=${title}>
      <h3>${icon(kind)}${title}<b>${words.number(moved.count)}</b></h3>
      ${moved.count ? people(words, moved.people) : html`<p class="nobody">${nobody}</p>`}
      ${moved.people.length && more ? html`<p class="more">${words.say("and_more", { count: words.number(more) })}</p>` : nothing}
    </section>`;
  }
}

customElements.define("kith-review", Review);
