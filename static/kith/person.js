// The tabs of a page: arrow keys move, a tab opens without loading the page anew, older events join the list.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const list = document.querySelector("[role=tablist]");
  const panel = document.querySelector("[role=tabpanel]");
  if (!list || !panel) return;
  const tabs = [...list.querySelectorAll("[role=tab]")];
  let latest = 0;

  // On a telephone the open tab may be out of sight.
  const chosen = list.querySelector("[aria-selected=true]");
  if (chosen) list.scrollLeft += chosen.getBoundingClientRect().left - list.getBoundingClientRect().left - 24;

  const part = async (address) => {
    const url = new URL(address, location.href);
    url.searchParams.set("part", "");
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    // A session that ended answers with the login page, which belongs into no tab.
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    return answer.text();
  };

  const open = async (address) => {
    const turn = ++latest;
    panel.setAttribute("aria-busy", "true");
    try {
      const html = await part(address);
      if (turn !== latest) return;
      panel.innerHTML = html;
      history.replaceState(null, "", address);
    } catch {
      location.assign(address);
    } finally {
      if (turn === latest) panel.removeAttribute("aria-busy");
    }
  };

  const choose = (tab) => {
    for (const other of tabs) {
      other.setAttribute("aria-selected", String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", tab.id);
    return open(tab.href);
  };

  list.addEventListener("keydown", (event) => {
    const here = tabs.indexOf(document.activeElement);
    const step = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (step === undefined || here < 0) return;
    event.preventDefault();
    const tab = tabs[(step + tabs.length) % tabs.length];
    tab.focus();
    choose(tab);
  });

  const plain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;

  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (!tab || !plain(event)) return;
    event.preventDefault();
    choose(tab);
  });

  // Searches and filters of a tab; where somebody typed or chose, they go on.
  panel.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method !== "get") return;
    event.preventDefault();
    const field = form.contains(document.activeElement) ? document.activeElement.name : "";
    await open(`?${new URLSearchParams(new FormData(form))}`);
    if (field) panel.querySelector(`[name="${CSS.escape(field)}"]`)?.focus();
  });

  // A day that the page break cut in two becomes one again.
  const joinDay = (list, added) => {
    const [before, after] = [list.querySelector("h3:last-of-type"), added.querySelector("h3")];
    if (!after || before?.textContent !== after.textContent) return;
    list.querySelector("ul:last-of-type").append(...added.querySelector("ul").children);
    added.querySelector("ul").remove();
    after.remove();
  };

  panel.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-in-panel], a[data-appends]");
    if (!link || !plain(event)) return;
    event.preventDefault();
    if (link.hasAttribute("data-in-panel")) return open(link.href);
    const more = document.createElement("template");
    try {
      more.innerHTML = await part(link.href);
    } catch {
      return location.assign(link.href);
    }
    const added = more.content.querySelector("[data-happenings]");
    link.closest(".k-foot")?.remove();
    const first = added.querySelector("summary");
    joinDay(panel.querySelector("[data-happenings]"), added);
    panel.querySelector("[data-happenings]").append(...added.childNodes);
    first?.focus();
  });
});
