// What several drawings share.
import { html } from "../vendor/lit/lit.min.js";

export const options = (values) => values.map((value) => ({ value, label: String(value) }));

export const without = (body, ...keys) => Object.fromEntries(
  Object.entries(body).filter(([key]) => !keys.includes(key)));

// A choice of words.
export function choice(label, keys, chosen, words, choose) {
  return html`<select aria-label=${label} @change=${(event) => choose(event.target.value)}>
    ${keys.map((key) => html`<option value=${key} .selected=${key === chosen}>${words.say(key)}</option>`)}
  </select>`;
}

// A list to search in; `free` takes what is not in it.
export const combobox = (ui, { label, hint, value, choices, wrong, choose, free = false, kind = "wide" }) => html`
  <kith-combobox class=${kind} ?free=${free} ?guesses=${free} ?wrong=${wrong} .words=${ui.words} .options=${choices}
    .value=${value} label=${label} placeholder=${hint} @choose=${(event) => choose(event.detail)}></kith-combobox>`;

// The event that something is about.
export const event = (ui, body, wrong, set) => combobox(ui, {
  label: ui.words.say("event"), hint: ui.words.say("choose_event"), value: body.event, wrong: wrong && !body.event,
  choices: options(ui.catalogue.events), choose: (name) => set({ ...body, event: name }),
});

// Whose properties a part asks for: those of the event, unless it names something else.
export const subject = (part, body) => (part?.about ? [part.about, "any"] : ["event", body.event]);

// A property of an event (by name, or of another subject), one that was seen lately or any other.
export function property(ui, of, { label, hint, value, wrong, choose }) {
  const { properties } = ui.suggestions.about(...(Array.isArray(of) ? of : ["event", of]));
  const choices = properties.map(({ key, type }) => ({ value: key, label: key, hint: ui.catalogue.types[type] ?? "" }));
  return combobox(ui, { label, hint, value, choices, wrong, choose, free: true, kind: "property" });
}
