// What the server remarks about a node, with the one click that does something about it.
import { html, nothing } from "../vendor/lit/lit.min.js";
import { icon } from "./icons.js";

export const remark = (ui, node, { message, grave, offer }) => html`<p class=${grave ? "note grave" : "note"}>
  ${icon(grave ? "alert" : "note")}<span>${message}
  ${offer ? html`<button type="button" class="fix" data-fix=${offer.do} ?disabled=${ui.stale}
    @click=${() => ui.apply(node, offer)}>${offer.label}</button>` : nothing}</span></p>`;
