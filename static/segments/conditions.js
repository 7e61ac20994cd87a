// One drawing per kind of condition. Each gets the node and whether the server found it wrong.
import { html, nothing, repeat } from "../vendor/lit/lit.min.js";
import { icon } from "./icons.js";
import { compare, operation } from "./operations.js";
import { day, duration } from "./values.js";

const COUNTS = ["at_least", "at_most", "exactly"];
const WINDOWS = ["ever", "within", "between", "dates"];

const options = (values) => values.map((value) => ({ value, label: String(value) }));
const without = (body, ...keys) => Object.fromEntries(Object.entries(body).filter(([key]) => !keys.includes(key)));

function select(label, keys, chosen, words, choose) {
  return html`<select aria-label=${label} @change=${(event) => choose(event.target.value)}>
    ${keys.map((key) => html`<option value=${key} .selected=${key === chosen}>${words.say(key)}</option>`)}
  </select>`;
}

function where(ui, node, wrong) {
  const { words, catalogue } = ui;
  const { body } = node;
  const known = catalogue.attributes.find((attribute) => attribute.key === body.attribute);
  const choices = catalogue.attributes.map(({ key, label, type }) => (
    { value: key, label, hint: catalogue.types[type] ?? type }));
  const choose = (key) => {
    const { type } = catalogue.attributes.find((attribute) => attribute.key === key) ?? {};
    ui.set(node, compare(ui, { ...body, attribute: key }, [type]));
  };
  return html`
    <kith-combobox class="wide" ?wrong=${wrong && !known} .words=${words} .options=${choices} .value=${body.attribute}
      label=${words.say("attribute")} placeholder=${words.say("choose_attribute")}
      @choose=${(event) => choose(event.detail)}></kith-combobox>
    ${known ? operation(ui, {
      body, types: [known.type], type: known.type, wrong,
      options: options(ui.suggestions.about("attribute", body.attribute).values),
      set: (next, join) => ui.set(node, next, join),
    }) : nothing}`;
}

function did(ui, node, wrong) {
  const { words, catalogue } = ui;
  const { body } = node;
  const set = (next, join) => ui.set(node, next, join);
  const never = body.none === true || body.exactly === 0;
  const counted = without(body, "none", ...COUNTS);
  const choose = (key) => set(key === "event_never" ? { ...counted, none: true } : { ...counted, at_least: 1 });
  return html`
    ${select(words.say("did_or_never"), ["event_did", "event_never"], never ? "event_never" : "event_did", words, choose)}
    <kith-combobox class="wide" ?wrong=${wrong && !body.event} .words=${words} .options=${options(catalogue.events)}
      .value=${body.event} label=${words.say("event")} placeholder=${words.say("choose_event")}
      @choose=${(event) => ui.set(node, { ...body, event: event.detail })}></kith-combobox>
    ${never ? nothing : howOften(ui, body, set)}
    ${when(ui, body, set)}
    ${body.event && !filtersOf(body).length ? addFilter(ui, node) : nothing}`;
}

function howOften(ui, body, set) {
  const { words } = ui;
  const kind = COUNTS.find((key) => key in body);
  const count = kind ? body[kind] : 1;
  const rest = without(body, ...COUNTS);
  return html`
    ${select(words.say("how_often"), COUNTS, kind ?? "at_least", words, (next) => set({ ...rest, [next]: count ?? 1 }))}
    <input class="count" type="number" min="0" step="1" aria-label=${words.say("count")} .value=${String(count ?? "")}
      @input=${(event) => {
        const typed = event.target.valueAsNumber;
        set({ ...rest, [kind ?? "at_least"]: Number.isNaN(typed) ? null : typed }, "count");
      }}>
    <span class="word">${words.many("times", count ?? 0)}</span>`;
}

function when(ui, body, set) {
  const { words } = ui;
  const { units } = ui.catalogue;
  const dated = "since" in body || "until" in body;
  const kind = dated ? "dates" : WINDOWS.find((key) => key in body) ?? "ever";
  const rest = without(body, "within", "between", "since", "until");
  const starts = {
    ever: {}, within: { within: body.between?.[0] ?? "30 days" },
    between: { between: ["60 days", "30 days"] }, dates: { since: monthBegan() },
  };
  const ends = kind === "between" ? body.between : [];
  const length = (value, put, label) => duration({ words, units, value, set: put }, label);
  const dates = (key, value) => set(value ? { ...body, [key]: value } : { ...without(body, key), ...keep(body, key) });
  return html`
    ${select(words.say("window"), WINDOWS, kind, words, (next) => set({ ...rest, ...starts[next] }))}
    ${kind === "within" ? length(body.within, (next, join) => set({ ...rest, within: next }, join)) : nothing}
    ${kind === "between" ? html`
      ${length(ends[0], (next, join) => set({ ...rest, between: [next, ends[1]] }, join), words.say("far"))}
      <span class="word">${words.say("and")}</span>
      ${length(ends[1], (next, join) => set({ ...rest, between: [ends[0], next] }, join), words.say("near"))}
      <span class="word">${words.say("ago")}</span>` : nothing}
    ${kind === "dates" ? html`
      ${day({}, words.say("first"), body.since, (value) => dates("since", value))}
      <span class="word">${words.say("to")}</span>
      ${day({}, words.say("last"), body.until, (value) => dates("until", value))}` : nothing}`;
}

// With both days empty the condition would turn into "at any time" under the hands of its author.
const keep = (body, gone) => (["since", "until"].some((key) => key !== gone && key in body) ? {} : { since: "" });

function monthBegan() {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-01`;
}

const filtersOf = (body) => [].concat(body.where ?? []);

function putFilters(ui, node, list, join) {
  ui.set(node, list.length ? { ...node.body, where: list } : without(node.body, "where"), join);
}

const addFilter = (ui, node) => html`<button type="button" class="text-button" @click=${() => {
  node.fresh = true; // what is not filled in yet is no mistake yet
  putFilters(ui, node, [...filtersOf(node.body), {}]);
  ui.focusSoon(node, ".filter:last-of-type kith-combobox");
}}>${icon("plus")}${ui.words.say("add_filter")}</button>`;

function filters(ui, node, wrong) {
  const { words } = ui;
  const all = filtersOf(node.body);
  if (!all.length) return nothing;
  const replace = (at, next, join) => putFilters(
    ui, node, all.map((filter, index) => (index === at ? next : filter)), join && `${join} ${at}`);
  return html`<div class="filters">
    ${repeat(all, (_filter, at) => at, (filter, at) => html`
      <div class="filter">
        <span class="word">${words.say(at ? "and" : "event_where")}</span>
        ${property(ui, node.body, filter, wrong, (next, join) => replace(at, next, join))}
        <button type="button" class="icon quiet" title=${words.say("remove_filter")} aria-label=${words.say("remove_filter")}
          @click=${() => putFilters(ui, node, all.filter((_other, index) => index !== at))}>${icon("remove")}</button>
      </div>`)}
    ${addFilter(ui, node)}
  </div>`;
}

function property(ui, body, filter, wrong, set) {
  const { words } = ui;
  const { properties } = ui.suggestions.about("event", body.event);
  const typesOf = (key) => {
    const { type } = properties.find((one) => one.key === key) ?? {};
    return { "": [], text: ["text", "date"] }[type ?? ""] ?? [type];
  };
  const known = properties.find((one) => one.key === filter.property);
  const choices = properties.map(({ key, type }) => ({ value: key, label: key, hint: ui.catalogue.types[type] ?? "" }));
  return html`
    <kith-combobox class="property" free guesses ?wrong=${wrong && !filter.property} .words=${words} .options=${choices}
      .value=${filter.property} label=${words.say("property")} placeholder=${words.say("choose_property")}
      @choose=${(event) => set(compare(ui, { ...filter, property: event.detail }, typesOf(event.detail)))}></kith-combobox>
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

const inactive = (ui, node) => html`
  <span class="word strong">${ui.words.say("inactive_for")}</span>
  ${duration({
    words: ui.words, units: ui.catalogue.units, value: node.body.for,
    set: (value, join) => ui.set(node, { for: value }, join),
  })}`;

const member = (ui, node, wrong) => html`
  <span class="word strong">${ui.words.say("in_segment")}</span>
  <kith-combobox class="wide" ?wrong=${wrong && !node.body.segment} .words=${ui.words} .value=${node.body.segment}
    .options=${ui.catalogue.segments.map(({ slug, name }) => ({ value: slug, label: name, hint: slug }))}
    label=${ui.words.say("segment")} placeholder=${ui.words.say("choose_segment")}
    @choose=${(event) => ui.set(node, { segment: event.detail })}></kith-combobox>`;

const other = (ui, node) => html`<span class="word" title=${JSON.stringify(node.body)}>
  ${ui.sentences.get(node.id) ?? node.kind} — ${ui.words.say("kept")}</span>`;

const KINDS = { where, did, inactive, in: member };
export const fields = (ui, node, wrong) => (KINDS[node.kind] ?? other)(ui, node, wrong);

// What wants the whole width, below the line.
export const below = (ui, node, wrong) => (node.kind === "did" ? filters(ui, node, wrong) : nothing);
