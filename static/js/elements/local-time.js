/*
 * <local-time><time datetime="2026-11-24T18:30:00+00:00">Tue 24 Nov, 18:30 Lisbon</time></local-time>
 *
 * Adds how far away that is beside the absolute time ("in 2 hours"), never instead of it.
 */
const STEPS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function relative(seconds, locale) {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

class LocalTime extends HTMLElement {
  connectedCallback() {
    this.time = this.querySelector("time");
    if (!this.time || this.querySelector(".relative")) return;
    this.words = document.createElement("span");
    this.words.className = "relative soft small";
    this.append(" ", this.words);
    this.update();
    this.clock = setInterval(() => this.update(), 30_000);
  }

  disconnectedCallback() {
    clearInterval(this.clock);
  }

  update() {
    const at = Date.parse(this.time.dateTime);
    if (Number.isNaN(at)) return;
    const words = relative((at - Date.now()) / 1000, document.documentElement.lang || undefined);
    this.words.textContent = `(${words})`;
  }
}

customElements.define("local-time", LocalTime);
