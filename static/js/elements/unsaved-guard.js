/*
 * <unsaved-guard key="post-UID-7"><form>...</form></unsaved-guard>
 *
 * Keeps what is typed: warns before the page is left with unsaved text, and holds a copy of the form
 * in sessionStorage, so that an expired session, a closed lid or a lost connection loses nothing. When
 * a kept copy differs from what the server shows, it is offered, never put in place unasked. The words
 * come from <template id="draft-found"> in the frame.
 *
 * <unsaved-guard clears="post-UID-7"></unsaved-guard> on the page that follows a successful save
 * drops the copy. Passwords, files and hidden fields are never kept; signing out drops everything.
 */
const SKIPPED = new Set(["hidden", "password", "file", "submit", "button", "reset", "image"]);

function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && !SKIPPED.has(field.type) && field.tagName !== "FIELDSET");
}

function snapshot(form) {
  return fieldsOf(form).map((field) => {
    if (field.type === "checkbox" || field.type === "radio") return [field.name, field.value, field.checked];
    if (field.type === "select-multiple") return [field.name, [...field.selectedOptions].map((option) => option.value)];
    return [field.name, field.value];
  });
}

function restore(form, saved) {
  fieldsOf(form).forEach((field, at) => {
    const [name, value, checked] = saved[at] ?? [];
    if (name !== field.name) return;
    if (field.type === "checkbox" || field.type === "radio") field.checked = checked;
    else if (field.type === "select-multiple") for (const option of field.options) option.selected = value.includes(option.value);
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
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
    this.shown = JSON.stringify(snapshot(this.form));
    this.offer();
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
    window.addEventListener("pageshow", () => (this.leaving = false), { signal });
  }

  disconnectedCallback() {
    this.note();
    clearTimeout(this.pause);
    this.abort?.abort();
    this.abort = null;
  }

  get key() {
    return `draft:${this.getAttribute("key") ?? location.pathname}`;
  }

  dirty() {
    return JSON.stringify(snapshot(this.form)) !== this.shown;
  }

  noteSoon() {
    this.touched = true;
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.note(), 400);
  }

  note() {
    if (!this.form || !this.touched) return;
    const values = snapshot(this.form);
    try {
      if (JSON.stringify(values) === this.shown) sessionStorage.removeItem(this.key);
      else sessionStorage.setItem(this.key, JSON.stringify(values));
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

  offer() {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(this.key));
    } catch {
      return;
    }
    const template = document.getElementById("draft-found");
    if (!kept || !template || JSON.stringify(kept) === this.shown) return;
    const bar = template.content.firstElementChild.cloneNode(true);
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
