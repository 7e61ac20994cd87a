// Draws the charts that {% plot %} put on the page: in the colours of the theme, in the language of the page, as wide
// as their place. The library is fetched when the first chart comes near the window.
"use strict";

(() => {
  const LIBRARY = new URL("../vendor/plotly/plotly-cartesian.min.js", document.currentScript.src).href;
  const plots = new Map(); // figure -> what it carries
  let library;

  const load = () => {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = LIBRARY;
      script.onload = () => resolve(speak(window.Plotly));
      script.onerror = () => reject(new Error("the chart library did not load"));
      document.head.append(script);
    });
    return library;
  };

  // The language's own names and signs, from the browser.
  const language = document.documentElement.lang || "en";
  const speak = (Plotly) => {
    const name = (options, date) => new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" }).format(date);
    const month = (style) => [...Array(12).keys()].map((at) => name({ month: style }, Date.UTC(2024, at, 15)));
    // 7 January 2024 was a Sunday.
    const day = (style) => [...Array(7).keys()].map((at) => name({ weekday: style }, Date.UTC(2024, 0, 7 + at)));
    const sign = (kind) => new Intl.NumberFormat(language, { useGrouping: true }).formatToParts(12345.6)
      .find((part) => part.type === kind)?.value;
    Plotly.register({
      moduleType: "locale", name: "page", dictionary: {},
      format: {
        days: day("long"), shortDays: day("short"), months: month("long"), shortMonths: month("short"),
        date: "%d/%m/%Y", decimal: sign("decimal") ?? ".", thousands: sign("group") ?? " ", grouping: [3], year: "%Y",
        month: "%B %Y", dayMonth: "%-d %B", dayMonthYear: "%-d %B %Y",
      },
    });
    return Plotly;
  };

  // The library reads no CSS variables and none of the newer colour spaces: a pixel says what a colour is.
  const pixel = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const colour = (variable) => {
    const probe = document.createElement("span");
    probe.style.color = variable;
    document.body.append(probe);
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    return `rgba(${red},${green},${blue},${alpha / 255})`;
  };

  const coloured = (value, known) => {
    if (typeof value === "string" && value.startsWith("var(--")) return known[value] ??= colour(value);
    if (Array.isArray(value)) return value.map((item) => coloured(item, known));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coloured(item, known)]));
  };

  const draw = async (figure) => {
    const carried = plots.get(figure);
    const canvas = figure.querySelector(".k-plot-canvas");
    try {
      const Plotly = await load();
      if (!figure.isConnected) return;
      const { data, layout } = coloured({ data: marked(carried), layout: carried.layout }, {});
      layout.font = { ...layout.font, family: getComputedStyle(figure).fontFamily };
      await Plotly.react(canvas, data, layout, { displayModeBar: false, locale: "page", showTips: false });
      if (!carried.drawn) figure.querySelector(".k-plot-table").open = false;
      carried.drawn = true;
      figure.classList.add("k-plot-drawn");
      sizes.observe(canvas);
    } catch (error) {
      figure.classList.add("k-plot-failed");
      console.warn(error);
    }
  };

  // `figure.dispatchEvent(new CustomEvent("plot:mark", {detail: {from: 40}}))`: what lies below is shown quietly.
  const marked = ({ data, from }) => from === undefined ? data : data.map((trace) => ({
    ...trace,
    marker: {
      ...trace.marker,
      color: trace.x.map((x, at) => x + (trace.width?.[at] ?? 0) / 2 > from ? trace.marker.color : "var(--k-plot-quiet)"),
    },
  }));

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      draw(target);
    }
  }, { rootMargin: "300px" });

  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      if (contentRect.width && Math.abs(target._fullLayout.width - contentRect.width) > 1) window.Plotly.Plots.resize(target);
    }
  });

  const find = () => {
    for (const figure of document.querySelectorAll("figure[data-plot]")) {
      if (plots.has(figure)) continue;
      plots.set(figure, JSON.parse(figure.querySelector("script[type='application/json']").textContent));
      figure.addEventListener("plot:mark", ({ detail }) => {
        plots.get(figure).from = detail.from;
        if (plots.get(figure).drawn) draw(figure);
      });
      near.observe(figure);
    }
    for (const [figure, { drawn }] of plots) {
      if (figure.isConnected) continue;
      if (drawn) window.Plotly.purge(figure.querySelector(".k-plot-canvas"));
      plots.delete(figure);
    }
  };

  const redraw = () => {
    for (const [figure, { drawn }] of plots) if (drawn) draw(figure);
  };

  addEventListener("DOMContentLoaded", () => {
    find();
    // Parts of pages come later: the tabs of a person.
    new MutationObserver((changes) => {
      if (changes.some((change) => [...change.addedNodes, ...change.removedNodes].some(holds))) find();
    }).observe(document.body, { childList: true, subtree: true });
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["class"] });
  });
  const holds = (node) => node.nodeType === 1 && (node.matches("[data-plot]") || node.querySelector("[data-plot]"));

  // On paper all of them, as wide as the paper.
  addEventListener("beforeprint", () => {
    for (const [figure, { drawn }] of plots) {
      if (drawn) window.Plotly.Plots.resize(figure.querySelector(".k-plot-canvas"));
      else draw(figure);
    }
  });
})();
