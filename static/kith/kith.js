// Small conveniences on Kith's pages. Everything works without them: filters have a button, tabs are links.
"use strict";

document.addEventListener("change", (event) => {
  const field = event.target.closest("[data-submit-on-change]");
  if (field) field.form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const search = document.querySelector("[data-slash-focuses]");
  if (event.key === "/" && search && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

// Django's lists of permissions label an icon that has no role.
addEventListener("load", () => setTimeout(() => {
  for (const icon of document.querySelectorAll("span[aria-label]:not([role])")) icon.setAttribute("role", "img");
}));

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copies).textContent.trim();
  const label = button.querySelector("[data-label]");
  const said = label.textContent;
  await copy(text);
  label.textContent = button.dataset.done;
  setTimeout(() => { label.textContent = said; }, 2000);
});

// navigator.clipboard exists on https and localhost only; a first installation is often neither.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
