// <kith-review>: before publishing, who enters and who leaves, by which condition, what follows, and how the rule tests
// go. `ask` answers true for Publish, false for Back.
import { LitElement, html, nothing } from "../vendor/lit/lit.min.js";
import { icon } from "./icons.js";
import { people } from "./people.js";
import { details, detailStyles, reasons } from "./review_details.js";
import { capital } from "./words.js";
import { controls, dialog, faces } from "./styles.js";

class Review extends LitElement {
  static styles = [controls, faces, dialog, detailStyles];
  static properties = {
    words: { attribute: false },
    answer: { state: true }, name: { state: true }, known: { state: true },
    more: { state: true }, // what the server says beside the figures; null when it said nothing
  };

  async ask(answer, name, known) {
    Object.assign(this, { answer, name, known, more: await details(this.getRootNode().host?.form) });
    await this.updateComplete;
    const box = this.renderRoot.querySelector("dialog");
    box.returnValue = "";
    box.showModal();
    box.scrollTop = 0; // what has the focus is at its end
    await new Promise((closed) => box.addEventListener("close", closed, { once: true }));
    return box.returnValue === "publish";
  }

  render() {
    if (!this.answer) return nothing;
    const { words, answer, more } = this;
    const refused = Boolean(more?.failed?.length || more?.error);
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
        ${more?.draw() ?? nothing}
        <menu>
          <button type="submit" class="button" value="back" ?autofocus=${refused}>${words.say("back")}</button>
          <button type="submit" class="button primary" value="publish" ?disabled=${refused} ?autofocus=${!refused}>
            ${more?.second ? more.texts.ask : words.say("publish")}</button>
        </menu>
      </form>
    </dialog>`;
  }

  column(kind, title, moved, nobody) {
    const { words } = this;
    const more = moved.count - moved.people.length;
    return html`<section class=${kind} aria-label=${title}>
      <h3>${icon(kind)}${title}<b>${words.number(moved.count)}</b></h3>
      ${reasons(words, this.more, kind)}
      ${moved.count ? people(words, moved.people) : html`<p class="nobody">${nobody}</p>`}
      ${moved.people.length && more ? html`<p class="more">${words.say("and_more", { count: words.number(more) })}</p>` : nothing}
    </section>`;
  }
}

customElements.define("kith-review", Review);
