// Rows of the rules: added, taken away, and without the fields that a choice makes pointless.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("score-form");
  const LIMITED = new Set(["day", "week", "month", "all"]);

  const settle = (row) => {
    const remove = row.querySelector("[data-remove]");
    if (remove) {
      remove.hidden = false;
      row.querySelector(".c-tick").hidden = true;
    }
    const often = row.querySelector("[name$='-often']");
    if (!often) return;
    // A segment has no "how often"; "how many" belongs to "at most".
    const event = !/^(segment:|kept)/.test(row.querySelector("[name$='-what']").value);
    row.querySelector(".c-most").classList.toggle("c-off", !event || !LIMITED.has(often.value));
    row.querySelector(".c-often").classList.toggle("c-off", !event);
    row.querySelector(".c-decay").classList.toggle("c-off", !event);
  };

  // The first row that is there carries the names of its columns.
  const lead = (list) => {
    const rows = [...list.querySelectorAll("[data-row]")].filter((row) => !row.hidden);
    rows.forEach((row, at) => row.classList.toggle("c-first", at === 0));
  };

  for (const row of form.querySelectorAll("[data-row]")) settle(row);
  for (const list of form.querySelectorAll("[data-rows]")) {
    // What was left empty for browsers without scripts.
    for (const row of list.querySelectorAll("[data-row]")) {
      const told = [...row.querySelectorAll("input:not([type=hidden], [type=checkbox]), select, textarea")];
      if (told.every((field) => !field.value) && !row.querySelector(".s-error")) drop(row);
    }
    lead(list);
  }
  for (const button of form.querySelectorAll("[data-add]")) button.hidden = false;

  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) settle(row);
  });

  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) return grow(add.dataset.add);
    const remove = event.target.closest("[data-remove]");
    if (!remove) return undefined;
    const row = remove.closest("[data-row]");
    const list = row.closest("[data-rows]");
    const others = [...list.querySelectorAll("[data-row]:not([hidden]) [data-remove]")];
    const next = others[others.indexOf(remove) + 1] ?? others[others.indexOf(remove) - 1];
    drop(row);
    lead(list);
    (next ?? form.querySelector(`[data-add='${list.dataset.rows}']`)).focus();
    return undefined;
  });

  // The server counts rows by number: one that is gone stays, ticked.
  function drop(row) {
    row.querySelector("[name$='-DELETE']").checked = true;
    row.hidden = true;
  }

  function grow(prefix) {
    const list = form.querySelector(`[data-rows='${prefix}']`);
    const total = form.querySelector(`[name='${prefix}-TOTAL_FORMS']`);
    const made = document.createElement("template");
    made.innerHTML = form.querySelector(`template[data-empty='${prefix}']`).innerHTML
      .replaceAll("__prefix__", total.value);
    total.value = String(Number(total.value) + 1);
    const row = made.content.querySelector("[data-row]");
    list.append(row);
    settle(row);
    lead(list);
    row.querySelector("select, input:not([type=hidden])").focus();
  }
});
