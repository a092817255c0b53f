/*
 * <image-picker id="pictures" max="4">: see templates/pieces/_image_picker.html for the markup.
 *
 * Shows chosen pictures at once, each with its own description field under it, collects several
 * choices into the one file input, and lets each be taken out again. The description fields all have
 * the same name and stand in the order of the files, so the server pairs them by position. Pictures
 * that are already saved sit in the same strip as .image-item with an <img>, a <textarea> and, if they
 * may go, a checkbox marked data-remove. Fires "images-changed" with {images: [{url, alt}]}.
 *
 * Without script the file input does the choosing, and descriptions are asked for after saving.
 */
class ImagePicker extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector('input[type="file"]');
    this.strip = this.querySelector(".images");
    this.template = this.querySelector("template");
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
    this.tell();
  }

  disconnectedCallback() {
    for (const entry of this.files ?? []) URL.revokeObjectURL(entry.url);
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

  /* By what the input itself accepts: types, and endings of files whose type the browser does not know. */
  accepts(file) {
    const accepted = this.input.accept.split(",").map((each) => each.trim().toLowerCase());
    return accepted.some((each) => each === file.type || (each.startsWith(".") && file.name.toLowerCase().endsWith(each)));
  }

  add(chosen) {
    const files = chosen.filter((file) => this.accepts(file));
    const wrong = chosen.find((file) => !this.accepts(file));
    const room = Math.max(0, this.max - this.saved.length - this.files.length);
    const added = files.slice(0, room).map((file) => this.draw(file));
    this.files.push(...added);
    const said = [
      wrong && this.says?.dataset.wrong.replace("{name}", wrong.name),
      files.length > room && this.says?.dataset.full,
    ];
    if (this.says) this.says.textContent = said.filter(Boolean).join(" ");
    this.sync();
    added[0]?.item.querySelector("textarea").focus();
  }

  draw(file) {
    const item = this.template.content.firstElementChild.cloneNode(true);
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
    if (this.says) this.says.textContent = "";
    this.sync();
    this.input.focus();
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
    }));
    this.dispatchEvent(new CustomEvent("images-changed", { bubbles: true, detail: { images } }));
  }
}

customElements.define("image-picker", ImagePicker);
