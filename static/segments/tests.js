// The rule tests in the form: people are found by typing, and after each count every test says how it goes.
// The rows are what the form sends; without this file they still are.

const PAUSE = 300;

export class RuleTests {
  constructor(section, form) {
    Object.assign(this, { section, form, found: [], active: -1, timer: 0, turn: 0 });
    this.rows = section.querySelector(".s-test-rows");
    this.input = section.querySelector("#test-who");
    this.inside = section.querySelector("#test-inside");
    this.list = section.querySelector("#test-found");
    this.nobody = section.querySelector(".s-said-nobody");
    for (const option of section.querySelectorAll("li [data-removes]")) option.remove();
    section.querySelector("template").content.querySelector("[data-removes]").remove();
    for (const row of this.rows.children) this.enliven(row);
    this.searchable();
  }

  // What the server is asked with: [{profile, inside}].
  get wanted() {
    return [...this.rows.querySelectorAll("select")].map(({ value }) => value.split(":"))
      .map(([profile, side]) => ({ profile: Number(profile), inside: side === "in" }));
  }

  enliven(row) {
    const button = row.querySelector(".s-test-remove");
    button.hidden = false;
    button.addEventListener("click", () => {
      const beside = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      (beside?.querySelector("select") ?? this.input).focus();
      this.changed();
    });
    row.querySelector("select").addEventListener("change", () => this.changed());
  }

  changed() {
    this.form.dispatchEvent(new Event("input", { bubbles: true }));
    this.run();
  }

  // --- Finding somebody ---------------------------------------------------------------------------

  searchable() {
    const { input, list } = this;
    input.removeAttribute("name"); // whoever is chosen is in the list: what is half typed is not sent
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    this.show([]);
    input.addEventListener("input", (event) => {
      event.stopPropagation(); // a name half typed is no change of the segment
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.seek(), PAUSE);
    });
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.show([]));
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const at = [...list.children].indexOf(event.target.closest("li"));
      if (at >= 0) this.add(this.found[at]);
    });
  }

  async seek() {
    const sought = this.input.value.trim();
    this.nobody.hidden = true;
    if (!sought) return this.show([]);
    const answer = await ask(`${this.section.dataset.people}?${new URLSearchParams({ q: sought })}`);
    if (!answer || sought !== this.input.value.trim()) return undefined;
    this.nobody.hidden = Boolean(answer.people.length);
    return this.show(answer.people);
  }

  show(found) {
    Object.assign(this, { found, active: found.length ? 0 : -1 });
    this.list.replaceChildren(...found.map((person, at) => {
      const item = document.createElement("li");
      item.id = `test-found-${at}`;
      item.role = "option";
      const name = document.createElement("b");
      name.textContent = person.name;
      const detail = document.createElement("small");
      detail.textContent = person.detail;
      item.append(name, detail);
      return item;
    }));
    this.list.hidden = !found.length;
    this.input.setAttribute("aria-expanded", String(Boolean(found.length)));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === this.active)));
    const active = this.list.children[this.active];
    if (active) this.input.setAttribute("aria-activedescendant", active.id);
    else this.input.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  }

  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      event.preventDefault();
      this.active = (this.active + step + this.found.length) % this.found.length;
      this.mark();
    } else if (event.key === "Enter") {
      event.preventDefault(); // a name is not a form
      if (this.found[this.active]) this.add(this.found[this.active]);
      else this.seek();
    } else if (event.key === "Escape" && this.found.length) {
      event.preventDefault();
      this.show([]);
    }
  }

  add(person) {
    const known = this.rows.querySelector(`[data-profile="${person.id}"]`);
    const row = known ?? this.made(person);
    const select = row.querySelector("select");
    select.value = `${person.id}:${this.inside.value}`;
    if (!known) this.rows.append(row);
    this.input.value = "";
    this.show([]);
    this.input.focus();
    this.changed();
  }

  made(person) {
    const row = this.section.querySelector("template").content.firstElementChild.cloneNode(true);
    row.dataset.profile = person.id;
    row.querySelector("a").href = person.link;
    row.querySelector("b").textContent = person.name;
    row.querySelector("small").textContent = person.detail;
    const avatar = row.querySelector(".k-avatar");
    avatar.textContent = person.initials;
    avatar.classList.add(`k-hue-${person.hue}`);
    const [inside, outside] = row.querySelectorAll("option");
    inside.value = `${person.id}:in`;
    outside.value = `${person.id}:out`;
    const select = row.querySelector("select");
    select.setAttribute("aria-label", `${select.getAttribute("aria-label")}${person.name}`);
    row.querySelector(".s-test-remove .k-says").append(person.name);
    this.enliven(row);
    return row;
  }

  // --- How they go ----------------------------------------------------------------------------------

  // Ask the rule that was counted last of everybody in the list. A rule that is not complete says nothing.
  async run(rule = this.rule) {
    this.rule = rule;
    const turn = ++this.turn;
    const tests = this.wanted;
    if (!rule || !tests.length) return this.tell([]);
    const answer = await ask(this.section.dataset.tests, { rule, segment: Number(this.form.dataset.segment) || null, tests });
    return answer?.tests && turn === this.turn ? this.tell(answer.tests) : undefined;
  }

  tell(results) {
    for (const { profile, passed, text } of results) {
      const row = this.rows.querySelector(`[data-profile="${profile}"]`);
      row?.classList.toggle("s-holds", passed);
      row?.classList.toggle("s-fails", !passed);
      const icon = document.createElement("span");
      icon.className = "material-symbols-outlined";
      icon.ariaHidden = "true";
      icon.textContent = passed ? "check_circle" : "error";
      row?.querySelector(".s-test-said").replaceChildren(icon, text);
    }
    const sum = this.section.querySelector(".s-tests-sum");
    const passed = results.filter((result) => result.passed).length;
    sum.textContent = results.length ? `${passed} / ${results.length}` : "";
    sum.classList.toggle("s-holds", passed === results.length);
    sum.classList.toggle("s-fails", passed < results.length);
  }
}

// The answer as JSON; undefined when there is none: the server asks everything again when the form is sent.
export async function ask(address, question) {
  const token = document.querySelector("#segment-form [name=csrfmiddlewaretoken]").value;
  const sent = question && {
    method: "POST",
    body: JSON.stringify(question),
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
  };
  try {
    const response = await fetch(address, sent);
    return response.ok && !response.redirected ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}
