// What the review says beside the figures: by which condition people move, what follows, the rule tests, the second person.
import { css, html, nothing } from "../vendor/lit/lit.min.js";
import { icon } from "./icons.js";
import { ask } from "./tests.js";

// Asked of the server with what the form would send; null when there is no form, or no answer.
export async function details(form) {
  if (!form?.dataset.review) return null;
  const tests = [...form.querySelectorAll(".s-test-rows select")].map(({ value }) => value.split(":"))
    .map(([profile, side]) => ({ profile: Number(profile), inside: side === "in" }));
  const rule = JSON.parse(form.elements.namedItem("rule").value);
  const answer = await ask(form.dataset.review, { rule, segment: Number(form.dataset.segment) || null, tests });
  return answer ? { ...answer, draw: () => draw(answer) } : null;
}

// By which condition people enter, or leave.
export function reasons(words, more, kind) {
  const some = (kind === "enter" ? more?.entering : more?.leaving) ?? [];
  return some.length ? html`<ul class="reasons" aria-label=${more.texts.by}>
    ${some.map(({ text, count }) => html`<li><span>${text}</span><b>${words.number(count)}</b></li>`)}</ul>` : nothing;
}

function draw(answer) {
  if (answer.error) return html`<p class="error" role="alert">${icon("alert")}${answer.error.message}</p>`;
  return html`${failing(answer)}${changes(answer)}${follows(answer)}
    ${answer.second ? html`<p class="note second">${icon("note")}${answer.second}</p>` : nothing}`;
}

function failing({ failed, passed, texts }) {
  if (failed.length) {
    return html`<div class="box wrong" role="alert"><h4>${texts.some_fail}</h4>
      <ul>${failed.map(({ name, text }) => html`<li><b>${name}</b> ${text}</li>`)}</ul></div>`;
  }
  return passed ? html`<p class="pass">${texts.all_pass}</p>` : nothing;
}

const changes = ({ differences, texts }) => differences.length ? html`<div class="box"><h4>${texts.changes}</h4>
  <ul>${differences.map((change) => html`<li>${change}</li>`)}</ul></div>` : nothing;

const follows = ({ followers, texts }) => followers.length ? html`<div class="box"><h4>${texts.follows}</h4>
  <ul>${followers.map(({ kind, name, words, url }) => html`<li><small>${kind}</small>
    ${url ? html`<a href=${url} target="_blank" rel="noopener">${name}</a>` : html`<b>${name}</b>`}: ${words}</li>`)}</ul></div>`
  : nothing;

export const detailStyles = css`
  .reasons { display: grid; gap: .25rem; margin-bottom: .6rem; padding-bottom: .6rem; border-bottom: 1px solid var(--k-line); font-size: .8125rem; }
  .reasons li { display: flex; gap: .8rem; justify-content: space-between; color: var(--k-text); overflow-wrap: anywhere; }
  .reasons b { white-space: nowrap; overflow-wrap: normal; color: var(--k-strong); font-variant-numeric: tabular-nums; }
  .box { padding: .7rem .9rem; border: 1px solid var(--k-line); border-radius: 10px; }
  .box h4 { margin: 0 0 .35rem; color: var(--k-strong); font-size: .8125rem; font-weight: 650; }
  .box ul { display: grid; gap: .25rem; }
  .box li { color: var(--k-text); overflow-wrap: anywhere; }
  .box li b { color: var(--k-strong); font-weight: 600; }
  .box a { color: var(--k-accent); font-weight: 500; text-decoration: underline; }
  .box small { margin-right: .35rem; padding: .05rem .45rem; border-radius: 99px; background: var(--k-hover); font-size: .75rem; font-weight: 600; }
  .wrong { border-color: var(--k-bad); background: var(--k-bad-soft); }
  .wrong h4 { color: var(--k-bad); }
  .pass { color: var(--k-good); font-weight: 500; }
  .second { font-weight: 500; }
  menu { position: sticky; bottom: -1.4rem; margin: 0 -1.4rem -1.4rem; padding: .8rem 1.4rem 1.2rem; border-top: 1px solid var(--k-line); background: var(--s-raised); }
`;
