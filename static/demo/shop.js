/* The demo shop: what its pages tell Kith, the consent banner, the newsletter. */
(() => {
  "use strict";
  // The tracker may not be here yet: until it is, calls wait in a list.
  window.kith = window.kith || [];
  const told = document.querySelector("[data-told]");
  const ORDER = "demo_order";

  const show = (text) => {
    told.querySelector(".none")?.remove();
    const line = document.createElement("li");
    line.textContent = text;
    told.append(line);
  };
  const tell = (verb, ...said) => {
    window.kith.push([verb, ...said]);
    show([verb, ...said.map((one) => (typeof one === "string" ? one : JSON.stringify(one)))].join(" "));
  };

  // --- Consent ---
  const banner = document.querySelector("[data-consent-banner]");
  const optedOut = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
  const choices = {
    no: { analytics: false, marketing: false },
    measure: { analytics: true, marketing: false },
    all: { analytics: true, marketing: true },
  };
  const decision = () => JSON.parse(localStorage.getItem("kith_consent"));
  document.querySelector("[data-opted-out]").hidden = !optedOut;
  banner.hidden = Boolean(optedOut || decision());
  for (const button of banner.querySelectorAll("[data-consent]")) {
    button.addEventListener("click", () => {
      tell("consent", choices[button.dataset.consent]);
      banner.hidden = true;
    });
  }
  document.querySelector("[data-open-consent]").addEventListener("click", () => {
    banner.hidden = false;
    banner.querySelector("button").focus();
  });
  document.querySelector("[data-stranger]").addEventListener("click", () => {
    window.kith.push(["reset"]);
    localStorage.removeItem("kith_consent");
    location.reload();
  });

  // --- What this page is about. An order is told once, however often its page is loaded. ---
  show("page");
  const page = document.body.dataset;
  const again = page.order && sessionStorage.getItem(ORDER) === page.order;
  if (page.traits && !again) tell("identify", JSON.parse(page.traits));
  if (page.event && !again) tell("track", page.event, JSON.parse(page.properties));
  if (page.order) sessionStorage.setItem(ORDER, page.order);

  // --- What the visitor does ---
  for (const form of document.querySelectorAll("form[data-event]")) {
    form.addEventListener("submit", () => tell("track", form.dataset.event, JSON.parse(form.dataset.properties)));
  }
  document.querySelector("[data-newsletter]").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    tell("identify", { email: form.elements.email.value, newsletter: true });
    tell("track", "Newsletter Subscribed", { place: "footer" });
    form.querySelector(".said").hidden = false;
    form.reset();
  });
})();
