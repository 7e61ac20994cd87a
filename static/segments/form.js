// The form around the builder: the slug that a name gives, rule tests, a review before publishing, drafts, and nothing
// lost by accident.
import "./builder.js";
import { RuleTests } from "./tests.js";

const form = document.getElementById("segment-form");
const name = form.elements.namedItem("name");
const slug = form.elements.namedItem("slug");
const button = form.querySelector("button[data-review]");
const text = { publish: button.textContent, review: button.dataset.review };
const panel = form.querySelector(".s-tests");
const tests = panel && new RuleTests(panel, form);
let dirty = false;
let approved = false;

const slugify = (words) => words.normalize("NFKD").replace(/[^\w\s-]/g, "").toLowerCase()
  .trim().replace(/[-\s]+/g, "-").replace(/^[-_]+|[-_]+$/g, "").slice(0, 75);

button.textContent = text.review;
// While the page loads the theme hides it, and what is hidden cannot be focused.
const begin = () => name.autofocus && document.activeElement === document.body && name.focus();
document.addEventListener("alpine:initialized", () => requestAnimationFrame(begin));
begin();

form.addEventListener("input", () => { dirty = true; });
// On narrow screens the figures are below the rule; the bar at the bottom always says the total.
form.addEventListener("counted", (event) => {
  form.querySelector(".s-hint").textContent = event.detail;
  tests?.run(written());
});

// The rule as the form would send it.
function written() {
  try {
    return JSON.parse(form.elements.namedItem("rule").value);
  } catch {
    return null;
  }
}

// Left empty, the slug is made of the name when it is saved, with a number where it is taken.
if (slug) {
  const show = () => { slug.placeholder = slugify(name.value); };
  name.addEventListener("input", show);
  show();
}

name.addEventListener("input", () => name.removeAttribute("aria-invalid"));

form.addEventListener("submit", async (event) => {
  if (approved) return;
  if (event.submitter?.value === "draft" && name.value.trim()) {
    approved = true; // a draft may be incomplete, and moves nobody
    return;
  }
  event.preventDefault();
  if (!name.value.trim()) {
    name.setAttribute("aria-invalid", "true");
    name.focus();
    return;
  }
  button.setAttribute("aria-busy", "true");
  const builder = form.querySelector("kith-rule-builder");
  approved = await builder.review(name.value.trim());
  button.removeAttribute("aria-busy");
  if (!approved) return;
  button.textContent = builder.words.say("publishing");
  button.disabled = true;
  form.submit();
});

addEventListener("beforeunload", (event) => { if (dirty && !approved) event.preventDefault(); });

// Back from the next page: everything works again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  approved = false;
  button.disabled = false;
  button.textContent = text.review;
});
