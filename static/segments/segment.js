// A segment that is being computed shows its members as soon as they are there.
"use strict";

addEventListener("DOMContentLoaded", () => {
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
