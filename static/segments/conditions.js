// A condition is drawn from the parts of its form, as the catalogue describes it; no condition is known here by name.
import { html, nothing } from "../vendor/lit/lit.min.js";
import { subject } from "./drawing.js";
import { filters } from "./filters.js";
import { PARTS } from "./parts.js";

const formOf = (ui, node) => ui.catalogue.conditions.find(({ key }) => key === node.kind)?.form;

const held = (ui, node, wrong) => ({ node, body: node.body, wrong, set: (body, join) => ui.set(node, body, join) });

const other = (ui, node) => html`<span class="word" title=${JSON.stringify(node.body)}>
  ${ui.sentences.get(node.id) ?? node.kind} — ${ui.words.say("kept")}</span>`;

export function fields(ui, node, wrong) {
  const form = formOf(ui, node);
  if (!form) return other(ui, node);
  return form.map((part) => PARTS[part.kind]?.(ui, held(ui, node, wrong), part) ?? nothing);
}

// What wants the whole width, below the line.
export function below(ui, node, wrong) {
  const asks = formOf(ui, node)?.find((part) => part.kind === "filters");
  return asks ? filters(ui, held(ui, node, wrong), wrong, subject(asks, node.body)) : nothing;
}
