/*
 * <local-time zone="Europe/Lisbon"><time datetime="2026-11-24T18:30:00+00:00">Tue 24 Nov, 18:30 Lisbon</time></local-time>
 *
 * Adds how far away that is beside the absolute time ("in 2 hours"), never instead of it. From another day on it
 * counts days of the calendar in that zone, as people do: two nights ago is not "yesterday" at any hour.
 */
const DAY = 86_400;
const LONG = [
  ["year", 365.25],
  ["month", 30.4],
  ["week", 7],
];

function partsOf(zone) {
  const parts = { year: "numeric", month: "numeric", day: "numeric" };
  try {
    return new Intl.DateTimeFormat("en", { ...parts, timeZone: zone });
  } catch {
    return new Intl.DateTimeFormat("en", parts); /* a zone younger than this browser */
  }
}

/* The day of the calendar in `zone`, as a number that goes up by one each day. */
function dayOf(time, zone) {
  const found = {};
  for (const { type, value } of partsOf(zone).formatToParts(time)) found[type] = Number(value);
  return Date.UTC(found.year, found.month - 1, found.day) / 1000 / DAY;
}

export function relative(time, now, zone, locale) {
  const seconds = (time - now) / 1000;
  const days = dayOf(time, zone) - dayOf(now, zone);
  const said = (number, unit, numeric = "auto") =>
    new Intl.RelativeTimeFormat(locale, { numeric }).format(Math.trunc(number), unit);
  for (const [unit, size] of LONG) if (Math.abs(days) >= size) return said(days / size, unit, "always");
  if (Math.abs(days) > 1 || (days !== 0 && Math.abs(seconds) >= DAY / 2)) return said(days, "day");
  if (Math.abs(seconds) >= 3_600) return said(seconds / 3_600, "hour");
  if (Math.abs(seconds) >= 60) return said(seconds / 60, "minute");
  return said(0, "second");
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
    const zone = this.getAttribute("zone") || undefined;
    const words = relative(at, Date.now(), zone, document.documentElement.lang || undefined);
    this.words.textContent = `(${words})`;
  }
}

customElements.define("local-time", LocalTime);
