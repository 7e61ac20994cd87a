// "is not FR": the choice of an operator, and the field that it asks for. Operators are those of the catalogue.
import { html } from "../vendor/lit/lit.min.js";
import { field } from "./values.js";

// Operators that can be asked of a type; of an unknown type, all.
const fitting = (ui, types) => ui.catalogue.operators.filter(
  (operator) => !types.length || operator.types.some((type) => types.includes(type)),
);

// The body for another thing to compare: the operator stays where it fits, the value does not.
export function compare(ui, body, types) {
  const [first, ...others] = fitting(ui, types);
  const stays = [first, ...others].find((operator) => operator.key === body.op);
  const { op, value, not, ...rest } = body;
  return { ...rest, op: (stays ?? first).key, ...(stays && not ? { not } : {}) };
}

// `at`: {body, types, only, type, options, wrong, set(body, join)}; `only` names the operators to choose from.
export function operation(ui, at) {
  const { words, catalogue } = ui;
  const operators = fitting(ui, at.types).filter(({ key }) => !at.only || at.only.includes(key));
  const chosen = catalogue.operators.find((operator) => operator.key === at.body.op);
  const choose = (key, not) => {
    const next = catalogue.operators.find((operator) => operator.key === key);
    const { value, not: was, ...rest } = at.body;
    const keeps = chosen?.field === next.field && value !== undefined;
    at.set({ ...rest, op: key, ...(keeps ? { value } : {}), ...(not ? { not: true } : {}) });
  };
  const option = (operator, not) => html`<option value=${`${not ? "!" : ""}${operator.key}`}
    .selected=${operator.key === at.body.op && Boolean(at.body.not) === not}>${not ? operator.negative : operator.label}</option>`;
  const every = (some) => some.map((operator) => [option(operator, false), option(operator, true)]);
  return html`
    <select class="operator" aria-label=${words.say("operator")} @change=${(event) => {
      const { value } = event.target;
      choose(value.replace(/^!/, ""), value.startsWith("!"));
    }}>${at.types.length === 1 ? every(operators) : byType(ui, operators, every)}</select>
    ${chosen ? field(chosen.field, {
      words, units: catalogue.units, periods: catalogue.periods, type: at.type, value: at.body.value, options: at.options,
      wrong: at.wrong && missing(at.body.value),
      set: (value, join) => at.set(withValue(at.body, value), join),
    }) : ""}`;
}

// Which of the fields of a wrong condition to mark: those without an answer.
const missing = (value) => (Array.isArray(value)
  ? !value.length || [...value].some(missing) : value === undefined || value === null || value === "");

function withValue(body, value) {
  const { value: before, ...rest } = body;
  return value === undefined ? rest : { ...rest, value };
}

// "is between" asks of numbers or of days: of a property without a type, the heading says which.
function byType(ui, operators, every) {
  const first = (operator) => operator.types[0];
  return Object.entries(ui.catalogue.types).map(([type, label]) => {
    const some = operators.filter((operator) => first(operator) === type);
    return some.length ? html`<optgroup label=${label}>${every(some)}</optgroup>` : "";
  });
}
