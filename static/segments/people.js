// Somebody as the pages of people draw them: initials in a colour of their own, and a name that leads to the page.
import { html, nothing } from "../vendor/lit/lit.min.js";
import { icon } from "./icons.js";

const HUES = [212, 28, 150, 300, 75, 255, 350, 185];

export const people = (words, some) => html`<ul class="people">
  ${some.map((person) => html`<li><a href=${person.link} target="_blank" rel="noopener">
    <span class="avatar" style=${`--h: ${HUES[person.hue] ?? 212}`} aria-hidden="true">${person.initials || icon("person")}</span>
    <span class="name"><b>${person.name}</b>${person.detail ? html`<small>${person.detail}</small>` : nothing}${person.why ? html`<small class="because" title=${person.why}>${person.why}</small>` : nothing}</span>
    <span class="says">(${words.say("new_tab")})</span>
  </a></li>`)}
</ul>`;
