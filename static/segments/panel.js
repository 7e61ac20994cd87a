// Beside the rule: how many, what share, who enters and leaves, in words, and some of them by name.
import { classMap, html, nothing } from "../vendor/lit/lit.min.js";
import { icon } from "./icons.js";
import { people } from "./people.js";
import { remark } from "./remarks.js";
import { capital } from "./words.js";

export function panel(ui) {
  const { answer, words } = ui;
  return html`<aside class="panel" aria-label=${words.say("preview")}>
    ${state(ui)}
    ${answer ? html`<div class=${classMap({ stale: ui.stale, figures: true })}>
      ${figure(ui)}
      ${ui.segment ? movement(ui) : nothing}
      ${whole(ui).map((note) => remark(ui, ui.root, note))}
      <h3>${words.say("in_words")}</h3>
      <p class="sentence">${capital(answer.sentence)}.</p>
      ${answer.sample.length ? html`<h3>${words.say("sample")}</h3>${people(words, answer.sample)}` : nothing}
      ${took(ui)}
    </div>` : nothing}
  </aside>`;
}

function figure({ answer, words, estimated, root }) {
  const { total, everybody } = answer;
  const width = everybody ? Math.max((100 * total) / everybody, total ? 1 : 0) : 0;
  const share = words.share(total, everybody);
  return html`
    <p class="total"><b>${estimated.has(root.id) ? html`<span class="about" title=${words.say("estimated")}>~</span>` : nothing}${words.number(total)}</b> <span>${words.texts.people[words.rules.select(total)] ?? words.texts.people.other}</span></p>
    <div class="bar" role="img" aria-label=${words.say("share_label", { share })}><i style=${`width: ${width.toFixed(1)}%`}></i></div>
    <p class="share">${words.say("share", { share, everybody: words.many("count_people", everybody) })}</p>`;
}

function movement({ answer, words }) {
  const { enters, leaves } = answer;
  if (!enters.count && !leaves.count) return html`<p class="moves same">${words.say("same")}</p>`;
  return html`<p class="moves" title=${words.say("compared")}>
    <span class="enters">${icon("enter")}${words.many("enter", enters.count)}</span>
    <span class="leaves">${icon("leave")}${words.many("leave", leaves.count)}</span>
  </p>`;
}

// How the figures came about: exactly or from a sample, how long it took, and how old the oldest is.
function took({ answer, words, phase, estimated }) {
  const ms = words.number(answer.duration_ms);
  const minutes = Math.floor(answer.age / 60);
  return html`<p class="took">${words.say(estimated.size ? "estimated_in" : "exact", { ms })}${
    minutes ? ` · ${words.many("minutes_old", minutes)}` : nothing}${
    phase === "refining" ? html`<br>${words.say("refining")}` : nothing}</p>`;
}

// Notes about the rule as a whole; those about a condition stand at it.
const whole = (ui) => ui.notes.get(ui.root.id) ?? [];

function state(ui) {
  const { words } = ui;
  if (ui.phase === "offline" || ui.phase === "signed_out") return html`<p class="error">${icon("alert")}${words.say(ui.phase)}</p>`;
  if (!ui.root.children.length) return html`<p class="hint">${words.say("nothing_yet")}</p>`;
  if (ui.error) {
    const text = ui.wrong(ui.errorNode) && ui.errorNode === ui.root ? ui.error.message : words.say("incomplete");
    return html`<p class="hint">${icon("note")}${text}</p>`;
  }
  return ui.phase === "counting" ? html`<p class="counting"><i></i>${words.say("counting")}</p>` : nothing;
}
