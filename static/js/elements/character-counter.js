/*
 * <character-counter for="id_text" max="500">at most 500 signs</character-counter>
 *
 * Counts as people and platforms count and shows what is left. Attributes:
 *   for          id of the text field
 *   own          id of a field whose text replaces it when it is not empty (text for one target)
 *   link         id of a link field; its link counts, with one space, unless the text has it already
 *   max          how many are allowed
 *   url-length   what any address in the text counts, whatever its real length
 *   unit         "graphemes" (default), "code-points" or "code-units"
 *   parts        with it, a line of dashes begins the next part of a thread, and the fullest part counts
 *   near         from how many left it warns (default 20)
 *   left-words, over-words   "{n} left", "{n} too many"
 *
 * It sets data-state to "fine", "near" or "over", and says the number to a screen reader only
 * when it is near or over, and only when the writer pauses. The server still decides.
 */
const ADDRESS = /https?:\/\/[^\s<>"]+/giu;

const NEXT_PART = /^[ \t]*-{3,}[ \t]*$/mu;

const measures = {
  "code-units": (text) => text.length,
  "code-points": (text) => [...text].length,
  graphemes: (text) => {
    if (!Intl.Segmenter) return [...text].length;
    let n = 0;
    for (const _ of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)) n += 1;
    return n;
  },
};

export function count(text, { unit = "graphemes", urlLength = 0 } = {}) {
  const measure = measures[unit] ?? measures.graphemes;
  if (!urlLength) return measure(text);
  const addresses = text.match(ADDRESS) ?? [];
  return measure(text.replace(ADDRESS, "")) + addresses.length * urlLength;
}

class CharacterCounter extends HTMLElement {
  connectedCallback() {
    this.words = document.createElement("span");
    this.spoken = document.createElement("span");
    this.spoken.className = "visually-hidden";
    this.spoken.setAttribute("role", "status");
    this.words.setAttribute("aria-hidden", "true");
    this.classList.add("counter");
    this.replaceChildren(this.words, this.spoken);
    this.abort = new AbortController();
    const fields = ["for", "own", "link"].map((name) => this.getAttribute(name)).filter(Boolean);
    document.addEventListener("input", (event) => fields.includes(event.target.id) && this.update(), {
      signal: this.abort.signal,
    });
    this.update();
  }

  disconnectedCallback() {
    this.abort?.abort();
    clearTimeout(this.pause);
  }

  valueOf(name) {
    return document.getElementById(this.getAttribute(name))?.value ?? "";
  }

  update() {
    let text = this.valueOf("own").trim() ? this.valueOf("own") : this.valueOf("for");
    const link = this.valueOf("link").trim();
    const parts = text.replace(/\r\n/g, "\n").split(this.hasAttribute("parts") ? NEXT_PART : undefined);
    if (link && !text.includes(link)) parts[0] = `${parts[0]} ${link}`;
    const how = {
      unit: this.getAttribute("unit") ?? undefined,
      urlLength: Number(this.getAttribute("url-length") ?? 0),
    };
    const used = Math.max(...parts.map((part) => count(part.trim(), how)));
    const left = Number(this.getAttribute("max")) - used;
    const near = Number(this.getAttribute("near") ?? 20);
    this.dataset.state = left < 0 ? "over" : left <= near ? "near" : "fine";
    const form = left < 0 ? this.getAttribute("over-words") ?? "{n} too many" : this.getAttribute("left-words") ?? "{n} left";
    const words = form.replace("{n}", Math.abs(left).toLocaleString(document.documentElement.lang || undefined));
    if (words === this.words.textContent) return;
    this.words.textContent = words;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => {
      this.spoken.textContent = this.dataset.state === "fine" ? "" : words;
    }, 1200);
  }
}

customElements.define("character-counter", CharacterCounter);
