// One drawing per kind of part (segments/parts.py). `at` is {node, body, wrong, set(body, join)}.
import { html, nothing } from "../vendor/lit/lit.min.js";
import { choice, combobox, event, options, property, without } from "./drawing.js";
import { addFilter, filtersOf } from "./filters.js";
import { compare, operation } from "./operations.js";
import { steps } from "./steps.js";
import { duration } from "./values.js";
import { when } from "./windows.js";

const COUNTS = ["at_least", "at_most", "exactly"];
const never = (body) => body.none === true || body.exactly === 0;

const word = (text) => (text ? html`<span class="word strong">${text}</span>` : nothing);

// `lasting`: one of which it is known since when, and a question whose answer time alone does not move.
function attribute(ui, at, part) {
  const { words, catalogue } = ui;
  const offered = catalogue.attributes.filter(({ lasting }) => lasting || !part.lasting);
  const only = part.lasting && catalogue.operators.filter(({ moves }) => !moves).map(({ key }) => key);
  const known = catalogue.attributes.find(({ key }) => key === at.body.attribute);
  const typeOf = (key) => catalogue.attributes.find((one) => one.key === key)?.type;
  return html`
    ${combobox(ui, {
      label: words.say("attribute"), hint: words.say("choose_attribute"), value: at.body.attribute,
      wrong: at.wrong && !known,
      choices: offered.map(({ key, label, type }) => (
        { value: key, label, hint: catalogue.types[type] ?? type })),
      choose: (key) => at.set(compare(ui, { ...at.body, attribute: key }, [typeOf(key)])),
    })}
    ${known ? operation(ui, {
      body: at.body, only, types: [known.type], type: known.type, wrong: at.wrong,
      options: options(ui.suggestions.about("attribute", at.body.attribute).values), set: at.set,
    }) : nothing}`;
}

function did(ui, at) {
  const counted = without(at.body, "none", ...COUNTS);
  const choose = (key) => at.set(key === "event_never" ? { ...counted, none: true } : { ...counted, at_least: 1 });
  const chosen = never(at.body) ? "event_never" : "event_did";
  return choice(ui.words.say("did_or_never"), ["event_did", "event_never"], chosen, ui.words, choose);
}

function count(ui, at) {
  if (never(at.body)) return nothing;
  const { words } = ui;
  const kind = COUNTS.find((key) => key in at.body);
  const times = kind ? at.body[kind] : 1;
  const rest = without(at.body, ...COUNTS);
  return html`
    ${choice(words.say("how_often"), COUNTS, kind ?? "at_least", words, (next) => at.set({ ...rest, [next]: times ?? 1 }))}
    <input class="count" type="number" min="0" step="1" aria-label=${words.say("count")} .value=${String(times ?? "")}
      @input=${(typed) => {
        const value = typed.target.valueAsNumber;
        at.set({ ...rest, [kind ?? "at_least"]: Number.isNaN(value) ? null : value }, "count");
      }}>
    <span class="word">${words.many("times", times ?? 0)}</span>`;
}

const segment = (ui, at, part) => combobox(ui, {
  label: ui.words.say("segment"), hint: ui.words.say("choose_segment"), value: at.body[part.key],
  wrong: at.wrong && !at.body[part.key],
  choices: ui.catalogue.segments.map(({ slug, name }) => ({ value: slug, label: name, hint: slug })),
  choose: (slug) => at.set({ ...at.body, [part.key]: slug }),
});

const length = (ui, at, part) => html`${word(part.words)}${duration({
  words: ui.words, units: ui.catalogue.units, value: at.body[part.key],
  set: (value, join) => at.set({ ...at.body, [part.key]: value }, join),
})}`;

const number = (_ui, at, part) => html`${word(part.words)}
  <input class="count" type="number" min=${part.least} max=${part.most} step=${part.step ?? 1} aria-label=${part.label}
    .value=${String(at.body[part.key] ?? part.default ?? "")} @input=${(typed) => {
      const value = typed.target.valueAsNumber;
      at.set({ ...at.body, [part.key]: Number.isNaN(value) ? null : value }, part.key);
    }}>`;

// A field stays beside its word.
const text = (_ui, at, part) => html`<span class="pair">${word(part.words)}
  <input class="text" type="text" autocomplete="off" aria-label=${part.label} placeholder=${part.any ?? ""}
    .value=${at.body[part.key] ?? ""} @input=${({ target }) => at.set(
      target.value ? { ...at.body, [part.key]: target.value } : without(at.body, part.key), part.key)}></span>`;

// One of some words; where none may be chosen, `any` says what that means.
const choose = (_ui, at, part) => {
  const keys = [...("any" in part || !(part.key in at.body) ? [""] : []), ...Object.keys(part.choices)];
  const names = { say: (key) => part.choices[key] ?? part.any ?? "…" };
  const set = (key) => at.set(key ? { ...at.body, [part.key]: key } : without(at.body, part.key));
  return html`<span class="pair">${word(part.words)}
    ${choice(part.label, keys, at.body[part.key] ?? "", names, set)}</span>`;
};

// "the sum of …": the measure is the key under which the property stands; "" is the money of the event.
function measure(ui, at, part) {
  const keys = Object.keys(part.measures);
  const chosen = keys.find((key) => key in at.body) ?? keys[0];
  const rest = without(at.body, ...keys);
  const { words } = ui;
  const names = { say: (key) => part.measures[key] ?? key };
  const counted = chosen === "distinct";
  const money = !counted && at.body[chosen] === "";
  return html`
    ${choice(words.say("measure"), keys, chosen, names, (key) => at.set({ ...rest, [key]: at.body[chosen] ?? "" }))}
    ${counted ? nothing : choice(words.say("measure_of"), ["money", "a_property"], money ? "money" : "a_property", words,
      (kind) => at.set(kind === "money" ? { ...rest, [chosen]: "" } : { ...rest, [chosen]: null }))}
    ${money ? nothing : property(ui, at.body.event, {
      label: words.say("property"), hint: words.say("choose_property"), value: at.body[chosen] ?? "",
      wrong: at.wrong && !at.body[chosen], choose: (key) => at.set({ ...rest, [chosen]: key }),
    })}`;
}

const comparison = (ui, at, part) => operation(ui, {
  body: at.body, only: part.operators, types: ["number"], type: "number", options: [], wrong: at.wrong, set: at.set,
});

// Within how long of the first: may be any time, where nothing is to be missing.
function limit(ui, at, part) {
  const { words } = ui;
  const limited = part.key in at.body;
  const lacks = (at.body.steps ?? []).some((step) => step.not);
  const choose = (kind) => at.set(
    kind === "limited" ? { ...at.body, [part.key]: "1 day" } : without(at.body, part.key));
  return html`
    ${lacks ? word(part.words)
      : choice(words.say("limit"), ["unlimited", "limited"], limited ? "limited" : "unlimited", words, choose)}
    ${limited ? html`${duration({
      words, units: ui.catalogue.units.filter((unit) => unit.key !== "months"), value: at.body[part.key],
      set: (value, join) => at.set({ ...at.body, [part.key]: value }, join),
    }, words.say("limit"))}<span class="word">${part.after}</span>` : nothing}`;
}

const same = (ui, at, part) => html`${word(part.words)}${property(ui, at.body.steps?.[0]?.event, {
  label: part.label, hint: ui.words.say("any_property"), value: at.body[part.key] ?? "", wrong: false,
  choose: (key) => at.set(key ? { ...at.body, [part.key]: key } : without(at.body, part.key)),
})}`;

export const PARTS = {
  attribute, did, count, segment, number, text, choose, measure, comparison, limit, same, steps,
  duration: length,
  words: (_ui, _at, part) => word(part.words),
  event: (ui, at) => event(ui, at.body, at.wrong, at.set),
  window: (ui, at, part) => when(ui, at.body, at.set, part.forms),
  // The filters themselves want the whole width, below the line.
  filters: (ui, at, part) => ((at.body.event || part.about) && !filtersOf(at.body).length ? addFilter(ui, at) : nothing),
};
