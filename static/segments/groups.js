// A group with its conditions: head, connectors, counts, what is wrong, and the buttons that add and move.
import { classMap, html, live, nothing, repeat } from "../vendor/lit/lit.min.js";
import { below, fields } from "./conditions.js";
import { icon } from "./icons.js";
import { remark } from "./remarks.js";
import { GROUPS, depth, isGroup } from "./tree.js";

const LINKS = { all: "and", any: "or", none: "or" };

export const draw = (ui, node, parent) => (isGroup(node) ? group(ui, node, parent) : condition(ui, node, parent));

function group(ui, node, parent) {
  const { words } = ui;
  return html`
    <div class="group ${node.kind} ${parent ? "inner" : "root"}" data-node=${node.id} role="group"
      aria-label=${`${words.say(parent ? "group" : "whole")}: ${words.say(node.kind)}`}
      @focusout=${(event) => left(ui, node, event)}>
      <div class="head">
        ${combine(ui, node)}
        <span class="space"></span>
        ${count(ui, node)}
        ${parent ? actions(ui, node, words.say(node.kind)) : nothing}
      </div>
      ${said(ui, node)}
      ${node.children.length || parent ? nothing : welcome(ui)}
      ${node.children.length || !parent ? nothing : html`<p class="hint">${words.say("empty_group")}</p>`}
      ${repeat(node.children, (child) => child.id, (child, at) => html`
        <div class="child">
          ${at ? html`<span class="link">${words.say(LINKS[node.kind])}</span>` : nothing}
          ${draw(ui, child, node)}
        </div>`)}
      ${parent || node.children.length ? additions(ui, node) : nothing}
    </div>`;
}

function combine(ui, node) {
  const { words } = ui;
  return html`<div class="segmented" role="radiogroup" aria-label=${words.say("combine")}>
    ${GROUPS.map((kind) => html`
      <label class=${kind === node.kind ? "chosen" : ""}>
        <input type="radio" name=${`kind-${node.id}`} value=${kind} aria-label=${words.say(kind)}
          .checked=${live(kind === node.kind)} @change=${() => ui.change(() => { node.kind = kind; })}>
        <span>${words.say(kind === node.kind ? kind : `${kind}_short`)}</span>
      </label>`)}
  </div>`;
}

function condition(ui, node, parent) {
  const wrong = ui.wrong(node);
  return html`
    <div class=${classMap({ condition: true, wrong })} data-node=${node.id} role="group"
      aria-label=${ui.sentences.get(node.id) ?? ui.called(node.kind)}
      @focusout=${(event) => left(ui, node, event)}>
      <div class="line">
        <span class="kind" title=${ui.called(node.kind)}>${icon(node.kind)}</span>
        <div class="fields">${fields(ui, node, wrong)}</div>
        <div class="end">${count(ui, node)}${actions(ui, node, ui.sentences.get(node.id) ?? ui.called(node.kind))}</div>
      </div>
      ${below(ui, node, wrong)}
      ${said(ui, node)}
    </div>`;
}

function count(ui, node) {
  const known = ui.counts.get(node.id);
  if (known === undefined) {
    return ui.phase === "counting" ? html`<span class="pill waits" aria-hidden="true"><i></i></span>` : nothing;
  }
  const part = ui.everybody ? Math.min(100, (100 * known) / ui.everybody) : 0;
  const rough = ui.estimated.has(node.id);
  const took = ui.took.has(node.id) ? ` · ${ui.words.say("took", { ms: ui.words.number(ui.took.get(node.id)) })}` : "";
  const label = `${ui.figure(known, node)}, ${ui.words.share(known, ui.everybody)}`;
  return html`<span class=${classMap({ pill: true, stale: ui.stale })} title=${`${label}${took}`}
    style=${`--part: ${part.toFixed(1)}%`}><span aria-hidden="true">${rough ? "~ " : ""}${ui.words.number(known)}</span
    ><span class="says">${label}</span></span>`;
}

function actions(ui, node, what) {
  const { words } = ui;
  const button = (key, act) => html`<button type="button" class="icon quiet" data-do=${key} title=${words.say(key)}
    aria-label=${`${words.say(key)}: ${what}`} @click=${act}>${icon(key)}</button>`;
  return html`<span class="actions">
    ${button("up", () => ui.move(node, -1))}
    ${button("down", () => ui.move(node, 1))}
    ${button("duplicate", () => ui.duplicate(node))}
    ${button("remove", () => ui.remove(node))}
  </span>`;
}

// What the server says about this very node: an error, or a note.
function said(ui, node) {
  const { error } = ui;
  const notes = (node !== ui.root && ui.notes.get(node.id)) || []; // those of the whole stand beside the total
  return html`
    ${ui.wrong(node) ? html`<p class="error" role="alert">${icon("alert")}${error.message}</p>` : nothing}
    ${notes.map((note) => remark(ui, node, note))}`;
}

function additions(ui, node) {
  const { words } = ui;
  const nests = depth(ui.root, node.id) < ui.catalogue.max_depth;
  return html`<div class="additions" role="group" aria-label=${words.say("add_to")}>
    ${[...common(ui).map(({ key }) => key), ...(nests ? ["group"] : [])].map((kind) => html`
      <button type="button" class="add" data-add=${kind} @click=${() => ui.add(node, kind)}>
        ${icon("plus")}${ui.called(kind)}</button>`)}
    ${more(ui, node)}
  </div>`;
}

const common = (ui) => ui.catalogue.conditions.filter((one) => one.common);

// The conditions that are asked for less often, with what each is for.
function more(ui, node) {
  const add = (event, kind) => {
    event.target.closest("details").open = false;
    ui.add(node, kind);
  };
  return html`<details class="more" @keydown=${(event) => closed(event)} @focusout=${(event) => {
    if (!event.currentTarget.contains(event.relatedTarget)) event.currentTarget.open = false;
  }}>
    <summary class="add">${icon("plus")}${ui.words.say("more_conditions")}</summary>
    <div class="menu">
      ${ui.catalogue.conditions.filter((one) => !one.common).map(({ key, label, hint }) => html`
        <button type="button" data-add=${key} @click=${(event) => add(event, key)}>
          <span class="kind">${icon(key)}</span><b>${label}</b><small>${hint}</small></button>`)}
    </div>
  </details>`;
}

function closed(event) {
  if (event.key !== "Escape") return;
  event.currentTarget.open = false;
  event.currentTarget.querySelector("summary").focus();
}

function welcome(ui) {
  const { words } = ui;
  return html`<div class="welcome">
    <h3>${words.say("empty_title")}</h3>
    <p>${words.say("empty_text")}</p>
    <div class="choices">
      ${common(ui).map(({ key, label, hint }) => html`
        <button type="button" class="choice" data-add=${key} @click=${() => ui.add(ui.root, key)}>
          <span class="kind">${icon(key)}</span><b>${label}</b><small>${hint}</small>
        </button>`)}
    </div>
    ${more(ui, ui.root)}
    ${ui.dataset.gallery && !ui.segment ? html`<p class="ready"><a href=${ui.dataset.gallery}>${icon("gallery")}${words.say("gallery")}</a></p>` : nothing}
  </div>`;
}

// Whoever leaves a condition is told what is missing in it; not before. The focus may come back at once:
// a button that is drawn away hands it on.
function left(ui, node, event) {
  const place = event.currentTarget;
  if (!node.fresh || place.contains(event.relatedTarget)) return;
  requestAnimationFrame(() => {
    if (place.contains(ui.renderRoot.activeElement)) return;
    node.fresh = false;
    ui.requestUpdate();
  });
}
