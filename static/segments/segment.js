// A segment that is being computed shows its members as soon as they are there; two to five of the list are compared.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const FEWEST = 2;
  const MOST = 5;
  const compare = document.querySelector("[data-compares]");
  const ticks = [...document.querySelectorAll("input[form=compare]")];
  const count = () => {
    const ticked = ticks.filter((tick) => tick.checked).length;
    compare.disabled = ticked < FEWEST;
    for (const tick of ticks) tick.disabled = !tick.checked && ticked >= MOST;
  };
  if (compare) {
    for (const tick of ticks) tick.addEventListener("change", count);
    addEventListener("pageshow", count); // the browser ticks again what was ticked when somebody comes back
    count();
  }

  const QUICK = 400; // the worker needs about a second
  const PATIENT = 5000;
  let asked = 0;

  const look = async () => {
    const place = document.querySelector("#segment[data-awaits]");
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
