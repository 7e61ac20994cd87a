// What moves on a connection's page: progress while something runs, and the page anew when it is done.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const page = document.getElementById("connection");
  const place = document.getElementById("progress");
  if (!page || !place) return;
  const BUSY = 1000;
  const IDLE = 5000;
  const EAGER = 20; // what a button began starts within seconds
  let wasRunning = !place.hidden;
  let looked = 0;

  const line = (run) => {
    const row = document.createElement("div");
    row.className = "c-run";
    const spinner = document.createElement("span");
    spinner.className = "c-spinner";
    spinner.setAttribute("aria-hidden", "true");
    const words = document.createElement("span");
    words.className = "k-strong";
    words.textContent = run.words;
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.setAttribute("aria-label", run.words);
    if (run.share !== null) bar.value = run.share;
    const count = document.createElement("span");
    count.className = "k-quiet";
    count.textContent = run.count;
    row.append(spinner, words, bar, count);
    return row;
  };

  // Somebody who is changing fields or reading a menu is not interrupted.
  const busyHere = () => page.querySelector("form [data-touched], details[open]");
  page.addEventListener("change", (event) => event.target.setAttribute("data-touched", ""));

  const look = async () => {
    let running = wasRunning;
    try {
      const answer = await fetch(page.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) return; // the session ended
      const now = await answer.json();
      running = now.running.length > 0;
      if (String(now.last) !== page.dataset.last && !running && !busyHere()) return location.reload();
      place.replaceChildren(...now.running.map(line));
      place.hidden = !running;
      wasRunning = running;
    } catch {
      running = false; // the server is away: less often
    }
    looked += 1;
    setTimeout(look, running || looked < EAGER ? BUSY : IDLE);
  };

  setTimeout(look, BUSY);
});
