// Drawn, not a font: the builder looks the same everywhere. Twenty by twenty, in the colour of the text.
import { html, svg } from "../vendor/lit/lit.min.js";

const SHAPES = {
  where: svg`<circle cx="10" cy="6.5" r="3.2"/><path d="M3.8 17c.6-3.4 3-5.2 6.2-5.2s5.6 1.8 6.2 5.2"/>`,
  did: svg`<path d="M11 2.5 4.5 11.5H9.5L9 17.5 15.5 8.5H10.5Z"/>`,
  inactive: svg`<circle cx="10" cy="10" r="7"/><path d="M10 6v4.3l2.8 1.9"/>`,
  in: svg`<path d="M10 3a7 7 0 1 0 7 7h-7Z"/><path d="M13 3.7A7 7 0 0 1 16.5 7"/>`,
  measure: svg`<path d="M15 5V3.5H5L10.5 10 5 16.5h10V15"/>`,
  first: svg`<circle cx="5.5" cy="10" r="2"/><path d="M7.5 10H17M13.5 6.5 17 10l-3.5 3.5"/>`,
  last: svg`<circle cx="14.5" cy="10" r="2"/><path d="M3 10h9.5M6.5 6.5 3 10l3.5 3.5"/>`,
  stopped: svg`<circle cx="10" cy="10" r="7"/><path d="M8 7.5v5M12 7.5v5"/>`,
  resumed: svg`<circle cx="10" cy="10" r="7"/><path d="M8.5 7v6l5-3Z"/>`,
  then: svg`<circle cx="4.5" cy="10" r="1.8"/><circle cx="15.5" cy="10" r="1.8"/><path d="M6.5 10h7M11 7.5l2.5 2.5-2.5 2.5"/>`,
  regularly: svg`<path d="M4 16V8M8 16v-5M12 16V6M16 16v-7"/>`,
  share: svg`<circle cx="10" cy="10" r="7"/><path d="M10 3v7l5 5"/>`,
  was: svg`<path d="M4 10a6 6 0 1 1 2 4.5"/><path d="M4 15v-4h4"/>`,
  entered: svg`<path d="M9 4h6.5v12H9M3.5 10H12M9 7l3 3-3 3"/>`,
  left: svg`<path d="M11 4H4.5v12H11M8 10h8.5M13.5 7l3 3-3 3"/>`,
  stayed: svg`<path d="M5 3.5h10M5 16.5h10M6.5 3.5c0 4 7 4 7 6.5s-7 2.5-7 6.5M13.5 3.5c0 4-7 4-7 6.5s7 2.5 7 6.5"/>`,
  group: svg`<path d="M7 3.5H4.5v13H7M13 3.5h2.5v13H13M8.5 8h3M8.5 12h3"/>`,
  other: svg`<circle cx="10" cy="10" r="7"/><path d="M8.3 8a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.8.6-.8 1.2"/><path d="M10 13.5v.1"/>`,
  plus: svg`<path d="M10 4.5v11M4.5 10h11"/>`,
  up: svg`<path d="M10 16V4.5M5.5 9 10 4.5 14.5 9"/>`,
  down: svg`<path d="M10 4v11.5M5.5 11 10 15.5 14.5 11"/>`,
  duplicate: svg`<rect x="7" y="7" width="9.5" height="9.5" rx="1.8"/><path d="M13 4.5a1 1 0 0 0-1-1H4.5a1 1 0 0 0-1 1V12a1 1 0 0 0 1 1"/>`,
  remove: svg`<path d="M5.5 5.5l9 9M14.5 5.5l-9 9"/>`,
  undo: svg`<path d="M7.5 4 4 7.5 7.5 11"/><path d="M4 7.5h7.5a4.5 4.5 0 0 1 0 9H8"/>`,
  redo: svg`<path d="M12.5 4 16 7.5 12.5 11"/><path d="M16 7.5H8.5a4.5 4.5 0 0 0 0 9H12"/>`,
  alert: svg`<path d="M10 3.5 17.5 16.5h-15Z"/><path d="M10 8.5v3.5M10 14.3v.1"/>`,
  note: svg`<circle cx="10" cy="10" r="7"/><path d="M10 9.3v4M10 6.6v.1"/>`,
  enter: svg`<path d="M10 4v8M6.5 8.5 10 12l3.5-3.5M4 16h12"/>`,
  leave: svg`<path d="M10 12V4M6.5 7.5 10 4l3.5 3.5M4 16h12"/>`,
  person: svg`<circle cx="10" cy="7" r="3"/><path d="M4.5 16.5c.7-3 2.8-4.5 5.5-4.5s4.8 1.5 5.5 4.5"/>`,
  gallery: svg`<rect x="3.5" y="3.5" width="5.5" height="5.5" rx="1"/><rect x="11" y="3.5" width="5.5" height="5.5" rx="1"/><rect x="3.5" y="11" width="5.5" height="5.5" rx="1"/><path d="M13.75 11v5.5M11 13.75h5.5"/>`,
  held: svg`<path d="M3.5 10h4l2-5 2.5 10 2-5h2.5"/><path d="M3.5 16.5h13"/>`,
  visited: svg`<circle cx="10" cy="10" r="7"/><path d="M3 10h14M10 3c-4.5 4.5-4.5 9.5 0 14 4.5-4.5 4.5-9.5 0-14"/>`,
  score_moved: svg`<path d="M3.5 15.5 8 11l3 3 5.5-6.5M12 7h4.5v4.5"/>`,
  company: svg`<path d="M4.5 16.5V4.5h7v12M11.5 8.5h4v8M3 16.5h14M7 7.5h2M7 10.5h2M7 13.5h2"/>`,
  open: svg`<path d="M5.5 8 10 12.5 14.5 8"/>`,
};

export const icon = (name) => html`<svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor"
  stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"
>${SHAPES[name] ?? SHAPES.other}</svg>`;
