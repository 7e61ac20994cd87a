// What is said on the screen: texts that came with the page, numbers as the reader's language writes them.

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export class Words {
  constructor(texts, language) {
    this.texts = texts;
    this.rules = new Intl.PluralRules(language);
    this.integers = new Intl.NumberFormat(language);
    this.percents = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
    this.tenths = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  }

  // A text, with {name} filled in.
  say(key, values = {}) {
    return this.fill(this.texts[key] ?? key, values);
  }

  // A text that depends on how many.
  many(key, count) {
    const forms = this.texts[key];
    return this.fill(forms[this.rules.select(count)] ?? forms.other, { count: this.number(count) });
  }

  fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  number(count) {
    return this.integers.format(count);
  }

  // "12.3 %"; little is never shown as nothing.
  share(count, everybody) {
    const part = everybody ? count / everybody : 0;
    if (part > 0 && part < 0.001) return `< ${this.tenths.format(0.001)}`;
    return (part > 0 && part < 0.1 ? this.tenths : this.percents).format(part);
  }
}
