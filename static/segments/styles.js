// The builder's looks, on the colours of kith.css (custom properties reach into shadow trees; its rules do not).
import { css } from "../vendor/lit/lit.min.js";

// Fields, buttons and small texts, the same in every element of the builder.
export const controls = css`
  *, *::before, *::after { box-sizing: border-box; }
  :host { font: inherit; color: var(--k-text); }
  h2, h3, p, ul, menu { margin: 0; padding: 0; list-style: none; }
  button, input, select { font: inherit; color: var(--k-strong); margin: 0; }
  a { color: inherit; text-decoration: none; }
  input:not([type=radio]), select { height: 34px; min-width: 0; padding: 0 .5rem; border: 1px solid var(--s-border); border-radius: var(--k-radius); background-color: var(--k-card); color-scheme: var(--s-scheme, light); font-weight: 500; }
  input::placeholder { color: var(--k-quiet); font-weight: 400; opacity: 1; }
  input:hover, select:hover { border-color: var(--s-hover, var(--k-quiet)); }
  input[aria-invalid] { border-color: var(--k-bad); background-color: var(--k-bad-soft); }
  select { max-width: 100%; field-sizing: content; padding-right: 1.5rem; appearance: none; cursor: pointer; background-image: var(--s-chevron); background-repeat: no-repeat; background-position: right .3rem center; }
  input.count { width: 3.9rem; } input.number { width: 7rem; } input.date { width: 9.2rem; } input.text { width: 13rem; }
  input.mono { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .8125rem; }
  :is(a, button, input, select):focus-visible { outline: var(--s-ring, 2px) solid var(--k-accent); outline-offset: 1px; }
  svg { flex: none; display: block; }
  .says { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .button { display: inline-flex; align-items: center; justify-content: center; gap: .4rem; min-height: 38px; padding: 0 .9rem; border: 1px solid var(--k-line); border-radius: var(--k-radius); background: var(--k-card); color: var(--k-strong); font-weight: 500; cursor: pointer; }
  .button:hover:enabled { background: var(--k-hover); }
  .button:disabled { color: var(--k-quiet); cursor: default; opacity: .75; }
  .button.small { min-height: 32px; padding: 0 .65rem; font-size: .8125rem; }
  .button.primary { border-color: transparent; background: var(--color-primary-600); color: #fff; }
  .button.primary:hover { background: var(--color-primary-700); }
  .icon { display: inline-flex; align-items: center; justify-content: center; width: 28px; height: 28px; padding: 0; border: 0; border-radius: 6px; background: transparent; color: var(--k-quiet); cursor: pointer; }
  .icon:hover { background: var(--k-hover); color: var(--k-strong); }
  .error, .note, .hint { display: flex; gap: .45rem; align-items: flex-start; font-size: .8125rem; line-height: 1.35; }
  .error { color: var(--k-bad); font-weight: 500; } .note { color: var(--k-info); } .note.grave { color: var(--k-warn); font-weight: 500; }
  .note .fix { margin: -.2rem 0 -.2rem .35rem; padding: .15rem .5rem; border: 1px solid color-mix(in oklab, currentColor 40%, transparent); border-radius: 99px; background: transparent; color: inherit; font-size: .75rem; font-weight: 600; white-space: nowrap; cursor: pointer; }
  .note .fix:hover:enabled { background: color-mix(in oklab, currentColor 12%, transparent); } .note .fix:disabled { opacity: .55; cursor: progress; } .hint { color: var(--k-quiet); }
  :is(.error, .note, .hint) svg { width: 16px; height: 16px; margin-top: .05rem; }
`;

// The rule: groups within groups, one line for a condition.
export const layout = css`
  :host { display: block; }
  .builder { display: grid; grid-template-columns: minmax(0, 1fr) 20rem; gap: 1.25rem; align-items: start; }
  .rule { min-width: 0; }
  .tools { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin-bottom: .75rem; }
  .keys { margin-left: auto; color: var(--k-quiet); font-size: .8125rem; }
  .group { --g: var(--k-accent); position: relative; padding: .8rem; border: 1px solid var(--k-line); border-left: 3px solid var(--g); border-radius: calc(var(--k-radius) + 2px); background: var(--k-card); }
  .group.any { --g: var(--k-info); } .group.none { --g: var(--k-bad); }
  .group.inner { background: var(--k-soft); }
  .head { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; }
  .head + .child, .group > :is(.note, .error, .hint), .group > :is(.note, .error, .hint) + .child { margin-top: .65rem; }
  .space { flex: 1; }
  .segmented { display: inline-flex; padding: 2px; border-radius: var(--k-radius); background: var(--k-hover); }
  .segmented label { position: relative; padding: .2rem .7rem; border-radius: calc(var(--k-radius) - 2px); color: var(--k-text); font-size: .8125rem; font-weight: 500; line-height: 1.4rem; cursor: pointer; }
  .segmented label:hover { color: var(--k-strong); }
  .segmented .chosen { background: var(--k-card); color: var(--g); font-weight: 650; box-shadow: 0 1px 2px oklch(0% 0 0 / 14%); }
  .segmented input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
  .segmented label:has(:focus-visible) { outline: 2px solid var(--k-accent); outline-offset: 1px; }
  .child { position: relative; }
  .child + .child { margin-top: .35rem; }
  .link { display: block; width: max-content; margin: 0 0 .35rem .9rem; padding: 0 .5rem; border-radius: 99px; background: color-mix(in oklab, var(--g) 12%, transparent); color: var(--g); font-size: .75rem; font-weight: 650; line-height: 1.25rem; }
  .condition { padding: .5rem .5rem .5rem .65rem; border: 1px solid var(--k-line); border-radius: var(--k-radius); background: var(--k-card); }
  .condition:focus-within { border-color: color-mix(in oklab, var(--k-accent) 55%, var(--k-line)); }
  .condition.wrong { border-color: var(--k-bad); }
  .condition > :is(.error, .note) { margin: .35rem 0 .15rem 2.2rem; }
  .line { display: flex; align-items: flex-start; gap: .6rem; }
  .kind { display: inline-flex; flex: none; align-items: center; justify-content: center; width: 26px; height: 34px; color: var(--k-accent); }
  .fields { display: flex; flex: 1; flex-wrap: wrap; align-items: flex-start; gap: .4rem; min-width: 0; }
  :is(.fields, .filters) kith-combobox { width: 11.5rem; max-width: 100%; } :is(.fields, .filters) kith-combobox.text { width: 11rem; } .filters kith-combobox.property { width: 10rem; }
  :is(.fields, .filter) kith-tokens { flex: 1 1 14rem; min-width: 10rem; }
  .pair { display: inline-flex; max-width: 100%; gap: .4rem; }
  .word { line-height: 34px; white-space: nowrap; } .word.strong { color: var(--k-strong); font-weight: 600; }
  .end { display: flex; flex: none; align-items: center; gap: .35rem; min-height: 34px; }
  .actions { display: inline-flex; }
  .pill { --part: 0%; min-width: 2.6rem; padding: .05rem .6rem; border-radius: 99px; background: linear-gradient(to right, color-mix(in oklab, var(--k-accent) 26%, var(--k-hover)) var(--part), var(--k-hover) var(--part)); color: var(--k-strong); font-size: .8125rem; font-weight: 600; line-height: 1.4rem; text-align: center; font-variant-numeric: tabular-nums; cursor: default; }
  .pill.waits { display: inline-flex; justify-content: center; align-items: center; height: 1.5rem; background: var(--k-hover); }
  .pill.waits i { width: .8rem; height: .25rem; border-radius: 9px; background: var(--k-quiet); animation: breathe 1s ease-in-out infinite alternate; }
  .steps { display: grid; gap: .45rem; flex-basis: 100%; justify-items: start; }
  .step { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem; width: 100%; }
  .step .filters { flex-basis: 100%; margin: 0 0 .2rem 1rem; }
  .more[open] { flex-basis: 100%; }
  .more summary { list-style: none; width: fit-content; } .more summary::-webkit-details-marker { display: none; }
  .more .menu { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .25rem; margin-top: .4rem; padding: .4rem; border: 1px solid var(--k-line); border-radius: var(--k-radius); background: var(--s-raised); text-align: left; }
  .more .menu button { display: grid; grid-template-columns: auto 1fr; column-gap: .5rem; align-items: center; padding: .4rem .55rem; border: 0; border-radius: 5px; background: transparent; color: var(--k-strong); text-align: left; cursor: pointer; }
  .more .menu button:is(:hover, :focus-visible) { background: var(--k-accent-soft); }
  .more .menu :is(b, small) { grid-column: 2; } .more .menu b { font-weight: 600; } .more .menu small { color: var(--k-text); font-size: .8125rem; }
  .more .menu .kind { grid-row: span 2; }
  .welcome .more { margin-top: .9rem; } .welcome .more summary { margin: 0 auto; }
  .filters { display: grid; gap: .4rem; justify-items: start; margin: .4rem 0 .1rem 2.25rem; }
  .filter { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem; width: 100%; padding-left: .75rem; border-left: 2px solid var(--k-line); }
  .text-button, .add { display: inline-flex; align-items: center; gap: .25rem; min-height: 34px; padding: 0 .55rem 0 .35rem; border: 0; border-radius: 6px; background: transparent; color: var(--k-accent); font-size: .8125rem; font-weight: 500; cursor: pointer; }
  .add { padding-right: .7rem; border: 1px dashed var(--s-border); min-height: 30px; }
  :is(.text-button, .add):hover { background: var(--k-accent-soft); border-color: currentColor; }
  :is(.text-button, .add) svg { width: 15px; height: 15px; }
  .additions { display: flex; flex-wrap: wrap; gap: .4rem; margin-top: .65rem; }
  .welcome { padding: 2.2rem 1rem 1.8rem; text-align: center; }
  .welcome h3 { color: var(--k-strong); font-size: 1.125rem; font-weight: 600; }
  .welcome p { margin: .35rem auto 1.3rem; max-width: 32rem; }
  .choices { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; }
  .choice { display: flex; flex-direction: column; align-items: center; gap: .15rem; padding: 1rem .75rem; border: 1px solid var(--k-line); border-radius: calc(var(--k-radius) + 2px); background: var(--k-card); cursor: pointer; }
  .choice:hover { border-color: var(--k-accent); background: var(--k-accent-soft); }
  .choice b { font-weight: 600; } .choice small { color: var(--k-text); font-size: .8125rem; }
  .choice .kind { width: 38px; height: 38px; border-radius: 50%; background: var(--k-accent-soft); }
  .ready { margin-top: 1.1rem; } .ready a { display: inline-flex; align-items: center; gap: .4rem; padding: .35rem .6rem; border-radius: 6px; color: var(--k-accent); font-weight: 500; } .ready a:hover { background: var(--k-accent-soft); }
  .stale { filter: grayscale(1); }
  .figures.stale .total b { color: var(--k-quiet); }
  @keyframes breathe { from { opacity: .25; } to { opacity: 1; } }
  @media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
  @media (max-width: 80rem) { .builder { grid-template-columns: minmax(0, 1fr) 17rem; } }
  @media (max-width: 64rem) { .builder { grid-template-columns: minmax(0, 1fr); } .keys { display: none; } }
  @media (max-width: 48rem) {
    .group { padding: .6rem; }
    .group.inner { margin-right: -.25rem; }
    .line { flex-wrap: wrap; gap: .25rem .4rem; }
    .fields { flex-basis: calc(100% - 2.6rem); }
    :is(.fields, .filter) kith-combobox, :is(.fields, .filter) kith-combobox.text, .filter kith-combobox.property { width: auto; flex: 1 1 9.5rem; }
    .end { width: 100%; justify-content: flex-end; }
    .icon { width: 34px; height: 34px; }
    .filters { margin-left: 0; }
    .choices { grid-template-columns: minmax(0, 1fr); gap: .5rem; }
    .choice { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 .8rem; justify-items: start; padding: .6rem .8rem; text-align: left; }
    .choice .kind { grid-row: span 2; }
    .additions .add, .filters .text-button { min-height: 36px; }
  }
`;

export const aside = css`
  .panel { position: sticky; top: 1rem; max-height: calc(100vh - 6.5rem); overflow-y: auto; display: grid; gap: .7rem; padding: 1.1rem; border: 1px solid var(--k-line); border-radius: calc(var(--k-radius) + 2px); background: var(--k-card); }
  .figures { display: grid; gap: .55rem; }
  .panel h3 { margin-top: .5rem; color: var(--k-quiet); font-size: .75rem; font-weight: 600; letter-spacing: .02em; }
  .total { display: flex; align-items: baseline; gap: .5rem; }
  .total b { color: var(--k-strong); font-size: 2.25rem; line-height: 1.1; font-weight: 650; letter-spacing: -.03em; font-variant-numeric: tabular-nums; }
  .bar { height: 8px; border-radius: 99px; background: var(--k-hover); overflow: hidden; }
  .bar i { display: block; height: 100%; border-radius: 99px; background: var(--k-accent); transition: width .25s; }
  .share { font-size: .8125rem; }
  .moves { display: flex; flex-wrap: wrap; gap: .35rem .9rem; font-size: .8125rem; font-weight: 600; }
  .moves span { display: inline-flex; align-items: center; gap: .25rem; } .moves svg { width: 15px; height: 15px; }
  .enters { color: var(--k-good); } .leaves { color: var(--k-warn); } .moves.same { color: var(--k-text); font-weight: 500; }
  .sentence { color: var(--k-strong); line-height: 1.5; overflow-wrap: anywhere; }
  .took { color: var(--k-quiet); font-size: .75rem; } .about { color: var(--k-quiet); font-weight: 400; }
  .counting { display: flex; align-items: center; gap: .5rem; color: var(--k-quiet); font-size: .8125rem; }
  .counting i { width: 12px; height: 12px; border: 2px solid var(--k-line); border-top-color: var(--k-accent); border-radius: 50%; animation: turn .7s linear infinite; }
  @keyframes turn { to { rotate: 1turn; } }
  @media (max-width: 64rem) { .panel { position: static; max-height: none; } }
`;

export const faces = css`
  .people { display: grid; }
  .people a { display: flex; align-items: center; gap: .6rem; padding: .3rem .35rem; margin: 0 -.35rem; border-radius: 6px; }
  .people a:hover { background: var(--k-hover); }
  .avatar { display: inline-flex; flex: none; align-items: center; justify-content: center; width: 30px; height: 30px; border-radius: 50%; background: oklch(var(--s-face-back) var(--h)); color: oklch(var(--s-face-ink) var(--h)); font-size: .6875rem; font-weight: 650; }
  .avatar svg { width: 16px; height: 16px; }
  .name { display: grid; min-width: 0; line-height: 1.25; }
  .name :is(b, small) { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .name b { color: var(--k-strong); font-weight: 600; } .name small { color: var(--k-quiet); font-size: .75rem; }
  .name .because { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; line-clamp: 2; color: var(--k-text); white-space: normal; overflow-wrap: anywhere; }
`;

export const list = css`
  :host { position: relative; display: inline-block; }
  input { width: 100%; padding-right: 1.6rem; text-overflow: ellipsis; background-image: var(--s-chevron); background-repeat: no-repeat; background-position: right .3rem center; }
  :host([free]) input { background-image: none; padding-right: .6rem; }
  ul { position: absolute; z-index: 30; top: calc(100% + 4px); left: 0; min-width: 100%; width: max-content; max-width: min(26rem, 80vw); max-height: 18rem; overflow-y: auto; padding: 4px; border: 1px solid var(--k-line); border-radius: var(--k-radius); background: var(--s-raised); box-shadow: 0 10px 28px oklch(0% 0 0 / 18%); }
  li { display: flex; align-items: baseline; justify-content: space-between; gap: 1rem; padding: .4rem .55rem; border-radius: 5px; color: var(--k-strong); cursor: pointer; overflow-wrap: anywhere; }
  li small { color: var(--k-text); font-size: .75rem; }
  li:hover, li.active { background: var(--k-accent-soft); }
  li.active { box-shadow: inset 2px 0 0 var(--k-accent); }
  li[aria-selected=true] { font-weight: 650; }
  li.none { color: var(--k-text); }
`;

export const chips = css`
  .tokens { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem; min-height: 34px; padding: 2px 4px; border: 1px solid var(--s-border); border-radius: var(--k-radius); background: var(--k-card); }
  .tokens:focus-within { outline: 2px solid var(--k-accent); outline-offset: 1px; }
  .tokens kith-combobox { flex: 1 1 6.5rem; --s-border: transparent; --s-hover: transparent; --s-ring: 0; }
  .token { display: inline-flex; align-items: center; gap: .1rem; padding-left: .5rem; border-radius: 6px; background: var(--k-accent-soft); color: var(--k-accent); font-size: .8125rem; font-weight: 600; line-height: 1.6rem; overflow-wrap: anywhere; }
  .token button { display: inline-flex; align-items: center; justify-content: center; width: 24px; height: 24px; padding: 0; border: 0; border-radius: 6px; background: transparent; color: inherit; cursor: pointer; }
  .token button:hover { background: var(--k-hover); } .token svg { width: 14px; height: 14px; }
`;

export const dialog = css`
  dialog { width: min(44rem, calc(100vw - 2rem)); max-height: calc(100vh - 3rem); padding: 1.4rem; border: 1px solid var(--k-line); border-radius: 14px; background: var(--s-raised); color: var(--k-text); box-shadow: 0 24px 60px oklch(0% 0 0 / 30%); }
  dialog::backdrop { background: oklch(20% .02 220 / 45%); }
  form { display: grid; gap: .9rem; }
  h2 { color: var(--k-strong); font-size: 1.1875rem; font-weight: 650; overflow-wrap: anywhere; }
  .sentence { line-height: 1.5; overflow-wrap: anywhere; }
  .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .9rem; }
  section { padding: .8rem .9rem; border: 1px solid color-mix(in oklab, currentColor 22%, transparent); border-radius: 10px; min-width: 0; }
  h3 { display: flex; align-items: center; gap: .4rem; margin-bottom: .5rem; color: var(--k-good); font-weight: 600; }
  h3 b { margin-left: auto; color: var(--k-strong); font-size: 1.25rem; font-variant-numeric: tabular-nums; }
  .leave h3 { color: var(--k-warn); }
  .nobody, .more { color: var(--k-quiet); font-size: .8125rem; } .more { margin-top: .35rem; }
  .stay b { color: var(--k-strong); }
  menu { display: flex; justify-content: flex-end; gap: .6rem; }
`;
