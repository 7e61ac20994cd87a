// Filters on the properties of an event. `at` is what has the event: {node, body, set(body, join)}.
import { html, nothing, repeat } from "../vendor/lit/lit.min.js";
import { options, property, without } from "./drawing.js";
import { icon } from "./icons.js";
import { compare, operation } from "./operations.js";

export const filtersOf = (body) => [].concat(body.where ?? []);

const put = (at, list, join) => at.set(list.length ? { ...at.body, where: list } : without(at.body, "where"), join);

export const addFilter = (ui, at) => html`<button type="button" class="text-button" @click=${() => {
  at.node.fresh = true; // what is not filled in yet is no mistake yet
  put(at, [...filtersOf(at.body), {}]);
  ui.focusSoon(at.node, ".filter:last-of-type kith-combobox");
}}>${icon("plus")}${ui.words.say("add_filter")}</button>`;

export function filters(ui, at, wrong, of = ["event", at.body.event]) {
  const { words } = ui;
  const all = filtersOf(at.body);
  if (!all.length) return nothing;
  const replace = (which, next, join) => put(
    at, all.map((filter, index) => (index === which ? next : filter)), join && `${join} ${which}`);
  return html`<div class="filters">
    ${repeat(all, (_filter, which) => which, (filter, which) => html`
      <div class="filter">
        <span class="word">${words.say(which ? "and" : "event_where")}</span>
        ${test(ui, of, filter, wrong, (next, join) => replace(which, next, join))}
        <button type="button" class="icon quiet" title=${words.say("remove_filter")} aria-label=${words.say("remove_filter")}
          @click=${() => put(at, all.filter((_other, index) => index !== which))}>${icon("remove")}</button>
      </div>`)}
    ${addFilter(ui, at)}
  </div>`;
}

function test(ui, of, filter, wrong, set) {
  const { words } = ui;
  const { properties } = ui.suggestions.about(...of);
  const typesOf = (key) => {
    const { type } = properties.find((one) => one.key === key) ?? {};
    return { "": [], text: ["text", "date"] }[type ?? ""] ?? [type];
  };
  const known = properties.find((one) => one.key === filter.property);
  return html`
    ${property(ui, of, {
      label: words.say("property"), hint: words.say("choose_property"), value: filter.property,
      wrong: wrong && !filter.property,
      choose: (key) => set(compare(ui, { ...filter, property: key }, typesOf(key))),
    })}
    ${filter.property ? operation(ui, {
      body: filter, types: asked(ui, filter, typesOf(filter.property)), type: known?.type ?? "", wrong,
      options: options(known?.values ?? []), set,
    }) : nothing}`;
}

// A rule may ask what the properties seen lately would not suggest: then every operator is offered.
function asked(ui, filter, types) {
  const chosen = ui.catalogue.operators.find((operator) => operator.key === filter.op);
  return chosen && types.length && !chosen.types.some((type) => types.includes(type)) ? [] : types;
}
