/*
 * <image-picker id="pictures" max="4">: see templates/pieces/_image_picker.html for the markup.
 *
 * Shows chosen pictures at once, each with its own description field under it, collects several
 * choices into the one file input, and lets each be taken out again. The description fields all have
 * the same name and stand in the order of the files, so the server pairs them by position. Pictures
 * that are already saved sit in the same strip as .image-item with an <img>, a <textarea> and, if they
 * may go, a checkbox marked data-remove. Fires "images-changed" with {images: [{url, alt, film, length}]}.
 *
 * With add-url it also takes one video: that is sent there at once, with its progress shown, and the
 * answer is the saved item. The form does not go while one is on its way. video-bytes is the most it may have.
 *
 * Without script the file input does the choosing, and descriptions are asked for after saving.
 */
const FILM = /\.(mp4|m4v|mov)$/i;

class ImagePicker extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector('input[type="file"]');
    this.strip = this.querySelector(".images");
    this.says = this.querySelector("[data-says]");
    if (!this.input || this.files) return;
    this.files = [];
    this.input.addEventListener("change", () => this.add([...this.input.files]));
    this.addEventListener("input", () => this.tell());
    this.addEventListener("change", (event) => event.target.matches("[data-remove]") && this.sync());
    this.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.zone?.classList.add("over");
    });
    this.addEventListener("dragleave", () => this.zone?.classList.remove("over"));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.zone?.classList.remove("over");
      this.add([...event.dataTransfer.files]);
    });
    this.waits = (event) => this.hold(event);
    this.input.form?.addEventListener("submit", this.waits, { capture: true });
    this.tell();
  }

  disconnectedCallback() {
    for (const entry of this.files ?? []) URL.revokeObjectURL(entry.url);
    this.input?.form?.removeEventListener("submit", this.waits, { capture: true });
    this.upload?.abort();
  }

  get zone() {
    return this.querySelector(".drop-zone");
  }

  get max() {
    return Number(this.getAttribute("max") ?? 4);
  }

  get saved() {
    return [...this.strip.querySelectorAll(".image-item:not([data-new])")].filter(
      (item) => !item.querySelector("[data-remove]")?.checked,
    );
  }

  say(...sentences) {
    if (this.says) this.says.textContent = sentences.filter(Boolean).join(" ");
  }

  /* By what the input itself accepts: types, and endings of files whose type the browser does not know. */
  accepts(file) {
    const accepted = this.input.accept.split(",").map((each) => each.trim().toLowerCase());
    return accepted.some((each) => each === file.type || (each.startsWith(".") && file.name.toLowerCase().endsWith(each)));
  }

  isFilm(file) {
    return file.type.startsWith("video/") || FILM.test(file.name);
  }

  add(chosen) {
    const taken = chosen.filter((file) => this.accepts(file));
    const wrong = chosen.find((file) => !this.accepts(file));
    const film = taken.find((file) => this.isFilm(file));
    const pictures = taken.filter((file) => !this.isFilm(file));
    const words = this.says?.dataset ?? {};
    const said = [wrong && words.wrong?.replace("{name}", wrong.name)];
    const hasFilm = this.upload || this.saved.some((item) => item.dataset.film);
    if (hasFilm && taken.length) said.push(words.filmHere);
    else if (film) said.push(this.refusalOf(film, taken));
    else if (pictures.length > this.room) said.push(words.full);
    const added = film || hasFilm ? [] : pictures.slice(0, this.room).map((file) => this.draw(file));
    this.files.push(...added);
    this.say(...said);
    this.sync();
    added[0]?.item.querySelector("textarea").focus();
    if (film && !said.some(Boolean)) this.send(film);
  }

  get room() {
    return Math.max(0, this.max - this.saved.length - this.files.length);
  }

  refusalOf(film, taken) {
    if (taken.length > 1 || this.saved.length || this.files.length) return this.says?.dataset.alone;
    if (film.size > Number(this.getAttribute("video-bytes"))) return this.says?.dataset.large.replace("{name}", film.name);
    return "";
  }

  draw(file) {
    const item = this.querySelector("template[data-picture]").content.firstElementChild.cloneNode(true);
    const url = URL.createObjectURL(file);
    const image = item.querySelector("img");
    const field = item.querySelector("textarea");
    const number = Math.random().toString(36).slice(2, 8);
    item.dataset.new = "";
    field.id = `alt-${number}`;
    item.querySelector("label").htmlFor = field.id;
    item.querySelector("[data-name]").textContent = file.name;
    image.addEventListener("error", () => {
      image.hidden = true;
      item.querySelector(".image-missing").hidden = false;
    });
    image.src = url;
    const entry = { file, item, url };
    item.querySelector("[data-take-out]").addEventListener("click", () => this.takeOut(entry));
    this.strip.append(item);
    return entry;
  }

  takeOut(entry) {
    this.files.splice(this.files.indexOf(entry), 1);
    entry.item.remove();
    URL.revokeObjectURL(entry.url);
    this.say();
    this.sync();
    this.input.focus();
  }

  /* ---- a video, sent ahead */

  send(file) {
    const row = this.querySelector("template[data-upload]").content.firstElementChild.cloneNode(true);
    const form = new FormData();
    form.append("images", file);
    for (const named of this.querySelectorAll('input[name="picture"]')) form.append("picture", named.value);
    const upload = new XMLHttpRequest();
    row.querySelector("[data-name]").textContent = file.name;
    row.querySelector("[data-stop]").addEventListener("click", () => upload.abort());
    upload.upload.addEventListener("progress", (event) => this.show(row, event));
    upload.addEventListener("loadend", () => this.arrived(upload, row));
    upload.open("POST", this.getAttribute("add-url"));
    upload.setRequestHeader("X-CSRFToken", this.input.form.elements.csrfmiddlewaretoken.value);
    upload.setRequestHeader("HX-Request", "true");
    this.upload = upload;
    this.zone.before(row);
    row.querySelector("[data-stop]").focus();
    upload.send(form);
  }

  show(row, { loaded, total, lengthComputable }) {
    if (!lengthComputable) return;
    const percent = Math.floor((100 * loaded) / total);
    row.querySelector("progress").value = percent;
    row.querySelector("[data-done]").textContent = `${percent} %`;
    const stage = row.querySelector("[data-stage]");
    if (loaded === total && stage.textContent !== stage.dataset.looking) stage.textContent = stage.dataset.looking;
  }

  arrived(upload, row) {
    row.remove();
    this.upload = null;
    const answer = new DOMParser().parseFromString(upload.responseText || "", "text/html");
    const item = upload.status === 200 && answer.querySelector(".image-item");
    if (item) {
      this.strip.append(document.adoptNode(item));
      item.querySelector("textarea").focus();
      this.say();
    } else {
      this.say(this.failureOf(upload, answer));
      if (this.isConnected) this.input.focus();
    }
    this.tell();
  }

  failureOf(upload, answer) {
    if (upload.status === 401) return this.says?.dataset.signedOut;
    if (upload.status === 422) return answer.querySelector(".error")?.textContent;
    return upload.readyState === XMLHttpRequest.UNSENT ? "" : this.says?.dataset.lost;
  }

  /* Nothing is saved without the video that is still on its way. */
  hold(event) {
    if (!this.upload) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.say(this.says?.dataset.wait);
    this.querySelector("[data-stop]")?.focus();
  }

  /* The input's own list is replaced, so that a plain form post sends exactly what is shown. */
  sync() {
    const transfer = new DataTransfer();
    for (const { file } of this.files) transfer.items.add(file);
    this.input.files = transfer.files;
    this.tell();
  }

  tell() {
    const images = [...this.saved, ...this.files.map(({ item }) => item)].map((item) => ({
      url: item.querySelector("img")?.src ?? "",
      alt: item.querySelector("textarea")?.value ?? "",
      film: item.dataset.film ?? "",
      length: item.dataset.length ?? "",
    }));
    this.dispatchEvent(new CustomEvent("images-changed", { bubbles: true, detail: { images } }));
  }
}

customElements.define("image-picker", ImagePicker);
