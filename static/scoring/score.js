// The page of a score: the threshold says how many reach it, and the page shows what has been computed as soon as it is.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const slider = document.getElementById("threshold");
  if (slider) {
    const places = JSON.parse(document.getElementById("threshold-places").textContent);
    const box = slider.closest(".c-threshold");
    const figure = box.parentElement.querySelector("figure[data-plot]");
    const segment = box.querySelector("[data-segment]");
    const show = () => {
      const at = Number(slider.value);
      box.querySelector("[data-value]").textContent = places.words[at];
      box.querySelector("[data-people]").textContent = places.peopleWords[at];
      box.querySelector("[data-share]").textContent = places.shares[at];
      slider.setAttribute("aria-valuetext", places.words[at]);
      if (segment) {
        const address = new URL(segment.href);
        address.searchParams.set("name", places.names[at]);
        address.searchParams.set("rule", JSON.stringify(places.rules[at]));
        segment.href = address.href;
      }
      figure?.dispatchEvent(new CustomEvent("plot:mark", { detail: { from: places.values[at] } }));
    };
    slider.addEventListener("input", show);
    show();
  }

  const PATIENT = 5000;
  const QUICK = 800;
  let asked = 0;
  const look = async () => {
    const place = document.querySelector("#score[data-awaits]");
    if (!place) return;
    asked += 1;
    try {
      const status = await (await fetch(place.dataset.awaits, { headers: { Accept: "application/json" } })).json();
      if (status.computed) return location.reload();
    } catch {
      asked = 60; // the server is away, or the session ended: less often
    }
    setTimeout(look, asked < 50 ? QUICK : PATIENT);
  };
  look();
});
