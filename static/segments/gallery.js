// How many each ready-made segment would have now: asked one after the other, the cards from the top.
import { Asker } from "./asker.js";
import { Words } from "./words.js";

const page = document.getElementById("gallery");
const words = new Words(JSON.parse(document.getElementById("gallery-words").textContent), document.documentElement.lang || "en");
const asker = new Asker(page.dataset.preview, page.querySelector("[name=csrfmiddlewaretoken]").value);
const name = `p${Math.random().toString(36).slice(2)}`;

function show(place, { error, total, everybody, estimated }) {
  if (error) {
    place.textContent = "—";
    place.title = error.message;
    return;
  }
  const about = estimated.includes("") ? "~ " : "";
  const share = document.createElement("span");
  share.className = "k-quiet";
  share.textContent = ` · ${words.share(total, everybody)}`;
  place.replaceChildren(`${about}${words.many("count_people", total)}`, share);
}

for (const card of page.querySelectorAll("[data-rule]")) {
  const place = card.querySelector(".s-ready-count");
  try {
    show(place, await asker.now({ rule: JSON.parse(card.dataset.rule), asker: name }));
  } catch {
    place.textContent = "—"; // the server is away, or the session ended: the next page says so
  }
}
