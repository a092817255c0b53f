/*
 * <unsaved-guard key="post-UID-7"><form>...</form></unsaved-guard>
 *
 * Keeps what is typed: warns before the page is left with unsaved text, and holds a copy of the form
 * in sessionStorage, so that an expired session, a closed lid or a lost connection loses nothing. When
 * a kept copy differs from what is in the form, it is offered, never put in place unasked; but whoever goes
 * back finds the page as they left it. The words come from <template id="draft-found"> in the frame.
 *
 * <unsaved-guard clears="post-UID-7"></unsaved-guard> on the page that follows a successful save
 * drops the copy. Passwords, files and hidden fields are never kept; signing out drops everything.
 *
 * With the attribute `unsaved` the page shows what was sent but not stored: all of it counts as unsaved. A field
 * marked data-passing (which preview to look at) is no part of what is written.
 *
 * With `handed-in="ID"` the htmx element of that id sends the same words to the hub and shows an element marked
 * data-handed-in once it has them. A copy that the hub has is not offered here, since the page offers the hub's;
 * a newer one is offered in place of the element that `instead-of` names. What it shows is taken away as soon as
 * something newer is typed. The form gets the event "hand-in" a few seconds after something was typed, and as often
 * while the typing goes on.
 *
 * A browser that goes back puts its own memory of the fields in place after the scripts have begun; the
 * guard then sends "input" for each, so that whatever follows the typing (counters, previews) follows that too.
 */
const SKIPPED = new Set(["hidden", "password", "file", "submit", "button", "reset", "image"]);
const HAND_IN_AFTER = 3000; // milliseconds
const BOXES = new Set(["checkbox", "radio"]);

function fieldsOf(form) {
  return [...form.elements].filter(
    (field) =>
      field.name && !SKIPPED.has(field.type) && field.tagName !== "FIELDSET" && !("passing" in field.dataset),
  );
}

function valueOf(field) {
  if (BOXES.has(field.type)) return field.checked;
  if (field.type === "select-multiple") return [...field.selectedOptions].map((option) => option.value);
  return field.value;
}

function servedValueOf(field) {
  if (BOXES.has(field.type)) return field.defaultChecked;
  if (field.tagName !== "SELECT") return field.defaultValue;
  const served = [...field.options].filter((option) => option.defaultSelected).map((option) => option.value);
  if (field.type === "select-multiple") return served;
  return served.at(-1) ?? field.options[0]?.value ?? "";
}

/* By the field's name: a box by its value too, and the second field of a name by its place. */
function snapshot(form, of = valueOf) {
  const places = {};
  const values = {};
  for (const field of fieldsOf(form)) {
    const name = BOXES.has(field.type) ? `${field.name}=${field.value}` : field.name;
    places[name] = (places[name] ?? 0) + 1;
    values[`${name}#${places[name]}`] = of(field);
  }
  return values;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/* Whether `kept` would change a field that the form still has: what has no field cannot be brought back. */
function differs(kept, now) {
  return Object.keys(now).some((name) => name in kept && !same(kept[name], now[name]));
}

function speak(field) {
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function restore(form, kept) {
  const names = Object.keys(snapshot(form));
  fieldsOf(form).forEach((field, at) => {
    const value = kept[names[at]];
    if (value === undefined) return;
    if (BOXES.has(field.type)) field.checked = value;
    else if (field.type === "select-multiple") for (const option of field.options) option.selected = value.includes(option.value);
    else field.value = value;
    speak(field);
  });
}

class UnsavedGuard extends HTMLElement {
  connectedCallback() {
    if (this.hasAttribute("clears")) {
      this.forget(this.getAttribute("clears"));
      return;
    }
    this.form = this.querySelector("form");
    if (!this.form || this.abort) return;
    this.abort = new AbortController();
    const signal = this.abort.signal;
    this.served = snapshot(this.form, servedValueOf);
    this.followHub(signal);
    this.form.addEventListener("input", () => this.noteSoon(), { signal });
    this.form.addEventListener("change", () => this.noteSoon(), { signal });
    this.form.addEventListener("submit", () => {
      this.note();
      this.leaving = true;
    }, { signal });
    window.addEventListener("beforeunload", (event) => {
      this.note();
      if (!this.leaving && this.dirty()) event.preventDefault();
    }, { signal });
    window.addEventListener("pageshow", () => this.settle(), { signal });
    if (document.readyState === "complete") this.settle();
  }

  /* Once the browser has put back what it remembers of the fields itself. */
  settle() {
    this.leaving = false;
    if (this.hasAttribute("unsaved")) {
      this.touched = true;
      this.note();
      return;
    }
    for (const field of fieldsOf(this.form)) if (!same(valueOf(field), servedValueOf(field))) speak(field);
    const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    if (cameBack && !this.dirty()) restore(this.form, this.kept() ?? {});
    else this.offer();
  }

  disconnectedCallback() {
    this.note();
    clearTimeout(this.pause);
    clearTimeout(this.due);
    this.abort?.abort();
    this.abort = null;
  }

  get key() {
    return `draft:${this.getAttribute("key") ?? location.pathname}`;
  }

  dirty() {
    return this.hasAttribute("unsaved") || !same(snapshot(this.form), this.served);
  }

  noteSoon() {
    this.touched = true;
    this.hub?.querySelector("[data-handed-in]")?.remove();
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.note(), 400);
    if (this.hub) this.due ??= setTimeout(() => this.handIn(), HAND_IN_AFTER);
  }

  note() {
    if (!this.form || !this.touched) return;
    const values = snapshot(this.form);
    try {
      if (!this.hasAttribute("unsaved") && same(values, this.served)) sessionStorage.removeItem(this.key);
      else sessionStorage.setItem(this.key, JSON.stringify(values));
    } catch {
      /* Storage may be full or forbidden; the warning on leaving still stands. */
    }
  }

  /* What is sent to the hub, and whether it is still all that was typed when the hub has it. */
  followHub(signal) {
    this.hub = document.getElementById(this.getAttribute("handed-in") ?? "");
    let sent = "";
    this.hub?.addEventListener("htmx:beforeRequest", () => (sent = JSON.stringify(snapshot(this.form))), { signal });
    this.hub?.addEventListener("htmx:afterSwap", () => {
      const shown = this.hub.querySelector("[data-handed-in]");
      if (!shown) return;
      this.store(`${this.key}:handed-in`, sent);
      if (sent !== JSON.stringify(snapshot(this.form))) shown.remove();
    }, { signal });
  }

  handIn() {
    this.due = null;
    this.form.dispatchEvent(new Event("hand-in", { bubbles: true }));
  }

  isHandedIn(kept) {
    return this.hub && sessionStorage.getItem(`${this.key}:handed-in`) === JSON.stringify(kept);
  }

  store(key, text) {
    try {
      sessionStorage.setItem(key, text);
    } catch {
      /* Storage may be full or forbidden; the warning on leaving still stands. */
    }
  }

  forget(key) {
    try {
      sessionStorage.removeItem(`draft:${key}`);
    } catch {
      /* Nothing was kept then. */
    }
  }

  kept() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  offer() {
    const kept = this.kept();
    const template = document.getElementById("draft-found");
    this.querySelector(":scope > [data-kept]")?.remove();
    if (!kept || !template || this.isHandedIn(kept) || !differs(kept, snapshot(this.form))) return;
    document.getElementById(this.getAttribute("instead-of") ?? "")?.remove();
    const bar = template.content.firstElementChild.cloneNode(true);
    bar.dataset.kept = "";
    bar.querySelector("[data-restore]").addEventListener("click", () => {
      restore(this.form, kept);
      bar.remove();
    });
    bar.querySelector("[data-drop]").addEventListener("click", () => {
      sessionStorage.removeItem(this.key);
      bar.remove();
    });
    this.prepend(bar);
  }
}

customElements.define("unsaved-guard", UnsavedGuard);
