// <kith-rule-builder>: the rule in its textarea as something to work with. It draws what the catalogue
// describes and knows no operator by name; the textarea always holds the rule, so that the form sends it.
import { LitElement, html } from "../vendor/lit/lit.min.js";
import { Asker, SignedOut, Suggestions } from "./asker.js";
import { draw } from "./groups.js";
import { icon } from "./icons.js";
import { panel } from "./panel.js";
import { aside, chips, controls, faces, layout } from "./styles.js";
import * as tree from "./tree.js";
import { Words } from "./words.js";
import "./review.js";

const RETRY = 3000;
const TYPING = 1500; // changes of one field within so many milliseconds are one step of undo

class RuleBuilder extends LitElement {
  static styles = [controls, layout, aside, faces, chips];

  connectedCallback() {
    super.connectedCallback();
    if (this.root) return;
    const content = (id) => JSON.parse(this.querySelector(`#${id}`).textContent);
    this.textarea = this.querySelector("textarea");
    this.form = this.textarea.form;
    this.segment = Number(this.form?.dataset.segment) || null;
    this.page = `p${Math.random().toString(36).slice(2)}`; // its next question ends the one before, at the server too
    this.catalogue = content("builder-catalogue");
    this.words = new Words(content("builder-words"), document.documentElement.lang || "en");
    const token = this.form?.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    this.asker = new Asker(this.dataset.preview, token);
    this.suggestions = new Suggestions(this.dataset.suggest, () => this.requestUpdate());
    Object.assign(this, { past: [], future: [], joined: "", answer: null, error: null, phase: "idle", stale: false, said: "" });
    Object.assign(this, { counts: new Map(), sentences: new Map(), notes: new Map(), took: new Map(), everybody: 0 });
    this.estimated = new Set();
    this.root = tree.read(this.typed());
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.ask();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.asker.cancel();
  }

  typed() {
    try {
      return JSON.parse(this.textarea.value || "null");
    } catch {
      return null; // not JSON: the page says so, and the builder begins anew
    }
  }

  render() {
    const { words } = this;
    return html`
      <div class="builder">
        <div class="rule">
          <div class="tools">
            <button type="button" class="button small" data-do="undo" ?disabled=${!this.past.length} @click=${this.undo}>
              ${icon("undo")}${words.say("undo")}</button>
            <button type="button" class="button small" data-do="redo" ?disabled=${!this.future.length} @click=${this.redo}>
              ${icon("redo")}${words.say("redo")}</button>
            <span class="keys">${words.say("keys")}</span>
          </div>
          ${draw(this, this.root, null)}
        </div>
        ${panel(this)}
      </div>
      <div class="says" role="status" aria-live="polite">${this.said}</div>
      <kith-review .words=${words}></kith-review>`;
  }

  // --- What the drawings ask -----------------------------------------------------------------------

  get errorNode() {
    const found = this.error && [...tree.walk(this.root)].find(([path]) => path === this.error.path);
    return this.error ? found?.[1] ?? this.root : null;
  }

  // What a kind of condition or group is called.
  called(kind) {
    return this.catalogue.conditions.find(({ key }) => key === kind)?.label ?? this.words.say(kind || "other");
  }

  // How many people, with "~" where it is an estimate.
  figure(count, node) {
    return `${this.estimated.has(node.id) ? "~ " : ""}${this.words.many("count_people", count)}`;
  }

  wrong(node) {
    return this.errorNode === node && !node.fresh && Boolean(tree.isGroup(node) ? this.root.children.length : true);
  }

  // --- Changing --------------------------------------------------------------------------------------

  // Every change goes through here: it can be undone, is written to the textarea, and counted again.
  change(act, join = "", touched = null) {
    const soon = join && join === this.joined && Date.now() - this.changedAt < TYPING;
    if (!soon) this.past.push(structuredClone(this.root));
    Object.assign(this, { joined: join, changedAt: Date.now(), future: [] });
    act();
    this.written(touched);
  }

  set(node, body, join = "") {
    this.change(() => { node.body = body; }, join && `${node.id} ${join}`, node);
  }

  written(touched = null) {
    const empty = !this.root.children.length;
    this.textarea.value = empty ? "" : JSON.stringify(tree.write(this.root), null, 2);
    this.textarea.dispatchEvent(new Event("input", { bubbles: true }));
    for (const known of [this.counts, this.sentences, this.notes]) if (touched) known.delete(touched.id);
    this.stale = true;
    this.ask();
    this.requestUpdate();
  }

  // What a note offers to do about it, by one click.
  apply(node, { do: what, rule, kind }) {
    if (what === "remove") return this.remove(node);
    const { parent, at } = tree.find(this.root, node.id);
    const made = rule ? tree.made(rule) : node;
    this.change(() => {
      if (what === "combine") node.kind = kind;
      else if (!parent) this.root = made;
      else parent.children.splice(what === "beside" ? at + 1 : at, what === "beside" ? 0 : 1, made);
    });
    this.say("mended");
    return this.focusSoon(made, "select, kith-combobox, input[type=radio]:checked");
  }

  add(parent, kind) {
    const known = this.catalogue.conditions.find(({ key }) => key === kind);
    const made = known ? tree.condition(kind, known.starts) : tree.group(parent.kind === "all" ? "any" : "all");
    this.change(() => { parent.children.push(made); });
    this.focusSoon(made, "kith-combobox, .fields input, .add");
  }

  duplicate(node) {
    const { parent, at } = tree.find(this.root, node.id);
    const made = tree.copy(node);
    this.change(() => { parent.children.splice(at + 1, 0, made); });
    this.say("duplicated");
    this.focusSoon(made, "[data-do=duplicate]");
  }

  remove(node) {
    const { parent, at } = tree.find(this.root, node.id);
    this.change(() => { parent.children.splice(at, 1); });
    this.say("removed");
    const beside = parent.children[at] ?? parent.children[at - 1];
    if (beside) this.focusSoon(beside, "[data-do=remove]");
    else this.focusSoon(parent, "[data-add]");
  }

  move(node, step) {
    const before = structuredClone(this.root);
    if (!tree.move(this.root, node.id, step, this.catalogue.max_depth)) return;
    this.past.push(before);
    Object.assign(this, { joined: "", future: [] });
    this.written();
    this.say("moved", { what: this.sentences.get(node.id) ?? this.called(node.kind) });
    this.focusSoon(node, `[data-do=${step < 0 ? "up" : "down"}]`);
  }

  undo() {
    this.travel(this.past, this.future, "undone");
  }

  redo() {
    this.travel(this.future, this.past, "redone");
  }

  travel(from, to, word) {
    if (!from.length) return;
    to.push(structuredClone(this.root));
    this.root = from.pop();
    this.joined = "";
    this.counts.clear();
    this.written();
    this.say(word);
  }

  onKey(event) {
    const at = event.composedPath();
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.altKey && step && at[0].localName !== "select") { // there it opens the choices
      const id = at.find((element) => element.dataset?.node)?.dataset.node;
      const found = id && tree.find(this.root, id);
      if (!found?.parent) return;
      event.preventDefault();
      this.move(found.node, step);
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing(at[0])) {
      event.preventDefault();
      if (event.shiftKey) this.redo();
      else this.undo();
    } else if (event.key === "Enter" && at[0].localName === "input") {
      event.preventDefault(); // a number finished is not a form finished
    }
  }

  say(key, values) {
    this.said = this.words.say(key, values);
    this.requestUpdate();
  }

  // After the page is drawn again: the focus stays with what was worked on.
  async focusSoon(node, selector) {
    await this.updateComplete;
    const place = this.renderRoot.querySelector(`[data-node="${node.id}"]`);
    const target = place?.querySelector(selector) ?? place?.querySelector("button");
    target?.focus();
    if (target?.localName === "input") target.select(); // what one types replaces it
  }

  // --- Asking ---------------------------------------------------------------------------------------

  // The question, and which node is at which path of it: the answer may arrive after the next change.
  question() {
    const paths = new Map([...tree.walk(this.root)].map(([path, node]) => [path, node.id]));
    return { paths, body: { rule: tree.write(this.root), segment: this.segment, asker: this.page } };
  }

  async ask() {
    if (!this.root.children.length) {
      this.asker.cancel();
      Object.assign(this, { answer: null, error: null, phase: "idle" });
      return this.requestUpdate();
    }
    this.phase = "counting";
    return this.hear((body) => this.asker.later(body));
  }

  // The answer to what is there now, told to everybody; null when there is none, or it is an error.
  async hear(ask) {
    const { paths, body } = this.question();
    try {
      const answer = await ask(body);
      return answer ? this.heard(answer, paths) : null;
    } catch (error) {
      this.phase = error instanceof SignedOut ? "signed_out" : "offline";
      this.asker.timer = setTimeout(() => this.hear((again) => this.asker.now(again)), RETRY);
      this.requestUpdate();
      return null;
    }
  }

  // What takes long was estimated at first; now everybody is counted, until the next change.
  async refine() {
    this.phase = "refining";
    const { paths, body } = this.question();
    const exact = await this.asker.now({ ...body, exact: true }).catch(() => null);
    if (exact === undefined) return; // another question followed
    if (exact && !exact.error) this.heard(exact, paths);
    this.phase = "idle";
    this.requestUpdate();
  }

  heard(answer, paths) {
    this.phase = "idle";
    this.requestUpdate();
    this.error = answer.error ?? null;
    if (this.error) return null;
    const byNode = (values) => new Map(Object.entries(values).map(([path, value]) => [paths.get(path), value]));
    Object.assign(this, { answer, stale: false, everybody: answer.everybody });
    this.counts = byNode(answer.counts);
    this.took = byNode(answer.took);
    this.estimated = new Set(answer.estimated.map((path) => paths.get(path)));
    this.sentences = byNode(answer.sentences);
    this.dispatchEvent(new CustomEvent("counted", { bubbles: true, detail: this.figure(answer.total, this.root) }));
    this.notes = new Map();
    for (const note of answer.notes) {
      const id = paths.get(note.path);
      this.notes.set(id, [...(this.notes.get(id) ?? []), note]);
    }
    if (answer.estimated.length) this.refine();
    return answer;
  }

  // Before publishing: counts it once more, shows what is wrong or who moves; true for Publish.
  async review(name) {
    for (const [, node] of tree.walk(this.root)) node.fresh = false;
    if (!this.root.children.length) {
      this.say("fix_first");
      this.focusSoon(this.root, "[data-add]");
      return false;
    }
    this.phase = "counting";
    this.requestUpdate();
    const answer = await this.hear((body) => this.asker.now({ ...body, exact: true }));
    if (!answer) {
      if (this.errorNode) this.focusSoon(this.errorNode, "kith-combobox, .fields input, .fields select, .add");
      return false;
    }
    return this.renderRoot.querySelector("kith-review").ask(answer, name, Boolean(this.segment));
  }
}

// Where Ctrl Z belongs to the field.
const typing = (element) => element.localName === "textarea"
  || (element.localName === "input" && !["radio", "checkbox", "button"].includes(element.type));

customElements.define("kith-rule-builder", RuleBuilder);
