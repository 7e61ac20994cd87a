// One event after another: each with its filters; the second of two may be one that does not follow.
import { html, nothing, repeat } from "../vendor/lit/lit.min.js";
import { choice, event, without } from "./drawing.js";
import { addFilter, filters, filtersOf } from "./filters.js";
import { icon } from "./icons.js";

export function steps(ui, at, part) {
  const { words } = ui;
  const all = at.body[part.key] ?? [];
  const put = (list, join) => at.set({ ...at.body, [part.key]: list }, join);
  const replace = (which, next, join) => put(
    all.map((step, index) => (index === which ? next : step)), join && `step ${which} ${join}`);
  const follows = (which, kind) => {
    const next = all.map((step, index) => (index === which && kind === "then_not" ? { ...step, not: true } : without(step, "not")));
    // What does not follow needs an end to the waiting.
    at.set({ ...at.body, [part.key]: next, ...(kind === "then_not" && !at.body.in ? { in: "1 day" } : {}) });
  };
  return html`<div class="steps">
    ${repeat(all, (_step, which) => which, (step, which) => html`
      <div class="step">
        ${lead(words, all, step, which, follows)}
        ${event(ui, step, at.wrong, (next) => replace(which, next))}
        ${step.event && !filtersOf(step).length ? addFilter(ui, holder(at, step, which, replace)) : nothing}
        ${all.length > 2 ? html`<button type="button" class="icon quiet" title=${words.say("remove_step")}
          aria-label=${words.say("remove_step")} @click=${() => put(all.filter((_one, index) => index !== which))}
          >${icon("remove")}</button>` : nothing}
        ${filters(ui, holder(at, step, which, replace), at.wrong)}
      </div>`)}
    ${all.length < part.most && !all.some((step) => step.not) ? html`
      <button type="button" class="text-button" @click=${() => put([...all, {}])}>${icon("plus")}${words.say("add_step")}</button>` : nothing}
  </div>`;
}

function lead(words, all, step, which, follows) {
  if (!which) return html`<span class="word strong">${words.say("event_did")}</span>`;
  if (all.length > 2) return html`<span class="word strong">${words.say("then_did")}</span>`;
  return choice(words.say("then_or_not"), ["then_did", "then_not"], step.not ? "then_not" : "then_did", words,
    (kind) => follows(which, kind));
}

const holder = (at, step, which, replace) => ({
  node: at.node, body: step, set: (next, join) => replace(which, next, join),
});
