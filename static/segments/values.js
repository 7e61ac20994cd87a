// One drawing per kind of field (segments/values.py). `at` says what it is drawn for:
// {words, units, type, value, options, wrong, set(value, join)}; `join` lets typing be one step of undo.
import { html, live, nothing } from "../vendor/lit/lit.min.js";
import "./tokens.js";

const DURATION = /^(\d*) (minute|hour|day|week|month)s?$/;

const number = (at, label, value, set) => html`
  <input class="number" type="number" step="any" inputmode="decimal" aria-label=${label}
    aria-invalid=${at.wrong ? "true" : nothing} .value=${String(value ?? "")}
    @input=${(event) => !event.target.validity.badInput && set(read(event.target))}
    @change=${(event) => set(read(event.target))}>`;

const read = (input) => (Number.isNaN(input.valueAsNumber) ? undefined : input.valueAsNumber);

const date = (at, label, value, set) => html`
  <input class="date" type="date" aria-label=${label} aria-invalid=${at.wrong ? "true" : nothing}
    .value=${live(value ?? "")} @change=${(event) => set(event.target.value || undefined)}>`;

// The answer of two with one of them replaced.
const pair = (at, which, value) => (which ? [at.value?.[0], value] : [value, at.value?.[1]]);

function text(at) {
  const { words } = at;
  return html`<kith-combobox class="text" free ?wrong=${at.wrong} .words=${words} .options=${at.options}
    .value=${at.value} label=${words.say("value")} placeholder=${words.say("value")}
    @choose=${(event) => at.set(event.detail || undefined)}></kith-combobox>`;
}

// A text or a number, as the type of what is compared says; where nobody knows, as it looks.
function scalar(at) {
  if (at.type === "number") return numeric(at);
  const meant = (typed) => (at.type || typed.trim() === "" || Number.isNaN(Number(typed)) ? typed : Number(typed));
  return text({ ...at, set: (value) => at.set(typeof value === "string" ? meant(value) : value) });
}

const numeric = (at) => number(at, at.words.say("value"), at.value, (value) => at.set(value, "value"));

function texts(at) {
  const values = Array.isArray(at.value) ? at.value : [];
  return html`<kith-tokens ?wrong=${at.wrong} .words=${at.words} .options=${at.options} .values=${values}
    label=${at.words.say("values")} @choose=${(event) => at.set(event.detail)}></kith-tokens>`;
}

const pattern = (at) => html`<input class="text mono" type="text" spellcheck="false" autocomplete="off"
  aria-label=${at.words.say("pattern")} placeholder="^[A-Z]+" aria-invalid=${at.wrong ? "true" : nothing}
  .value=${live(at.value ?? "")} @input=${(event) => at.set(event.target.value || undefined, "value")}>`;

const numbers = (at) => html`
  ${number(at, at.words.say("low"), at.value?.[0], (value) => at.set(pair(at, 0, value), "low"))}
  <span class="word">${at.words.say("and")}</span>
  ${number(at, at.words.say("high"), at.value?.[1], (value) => at.set(pair(at, 1, value), "high"))}`;

const dates = (at) => html`
  ${date(at, at.words.say("first"), at.value?.[0], (value) => at.set(pair(at, 0, value)))}
  <span class="word">${at.words.say("and")}</span>
  ${date(at, at.words.say("last"), at.value?.[1], (value) => at.set(pair(at, 1, value)))}`;

// "30 days". A date knows no hours: `units` may be fewer.
export function duration(at, label = at.words.say("amount")) {
  const [, count = "", unit = "day"] = DURATION.exec(at.value ?? "") ?? [];
  const said = (amount, word) => `${amount} ${word}`;
  const wrong = at.wrong || Number(count) < 1;
  const chosen = `${unit}s`;
  return html`
    <input class="count" type="number" min="1" max="9999" step="1" aria-label=${label}
      aria-invalid=${wrong ? "true" : nothing} .value=${count}
      @input=${(event) => at.set(said(event.target.value, chosen), label)}>
    <select aria-label=${at.words.say("unit")} @change=${(event) => at.set(said(count, event.target.value))}>
      ${at.units.map(({ key, label: name }) => html`
        <option value=${key} .selected=${key === chosen}>${name}</option>`)}
    </select>`;
}

const period = (at) => html`
  <select aria-label=${at.words.say("value")} aria-invalid=${at.wrong ? "true" : nothing}
    @change=${(event) => at.set(event.target.value || undefined)}>
    ${at.value ? nothing : html`<option value="" selected>…</option>`}
    ${at.periods.map(({ key, label }) => html`<option value=${key} .selected=${key === at.value}>${label}</option>`)}
  </select>`;

export const day = date;

const KINDS = {
  text, scalar, texts, pattern, numbers, dates, period,
  number: numeric,
  date: (at) => date(at, at.words.say("value"), at.value, at.set),
  duration: (at) => duration({ ...at, units: at.units.filter((unit) => unit.of_days) }),
  nothing: () => nothing,
};

// The field for a value; an unknown kind is typed as text, and the server judges it.
export const field = (kind, at) => (KINDS[kind] ?? text)(at);
