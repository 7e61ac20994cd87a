// The period of time of a condition: {within}, {before}, {between}, {since, until}, or none of them.
import { html, nothing } from "../vendor/lit/lit.min.js";
import { choice, without } from "./drawing.js";
import { day, duration } from "./values.js";

const KEYS = ["within", "before", "between", "since", "until"];

// `forms` are those to choose from: "ever", "within", "before", "between", "dates".
export function when(ui, body, set, forms) {
  const { words } = ui;
  const { units } = ui.catalogue;
  const dated = "since" in body || "until" in body;
  const kind = dated ? "dates" : ["within", "before", "between"].find((key) => key in body) ?? "ever";
  const rest = without(body, ...KEYS);
  const starts = {
    ever: {}, within: { within: body.between?.[0] ?? body.before ?? "30 days" },
    before: { before: body.within ?? "30 days" }, between: { between: ["60 days", "30 days"] },
    dates: { since: monthBegan() },
  };
  const ends = kind === "between" ? body.between : [];
  const length = (value, put, label) => duration({ words, units, value, set: put }, label);
  const dates = (key, value) => set(value ? { ...body, [key]: value } : { ...without(body, key), ...keep(body, key) });
  return html`
    ${forms.length > 1 ? choice(words.say("window"), forms, kind, words, (next) => set({ ...rest, ...starts[next] })) : nothing}
    ${forms.length > 1 ? nothing : html`<span class="word">${words.say(kind)}</span>`}
    ${kind === "within" ? length(body.within, (next, join) => set({ ...rest, within: next }, join)) : nothing}
    ${kind === "before" ? html`
      ${length(body.before, (next, join) => set({ ...rest, before: next }, join))}
      <span class="word">${words.say("ago")}</span>` : nothing}
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
