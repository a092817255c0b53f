/*
 * <post-preview for="id_text" own="id_target_3_text" link="id_link" images="pictures">...</post-preview>
 *
 * Lets a server-drawn preview (pieces/_preview.html) follow what is being typed:
 *   for      id of the text field
 *   own      id of a field whose text replaces it when it is not empty
 *   link     id of the link field
 *   images   id of the <image-picker> whose pictures it shows
 *
 * Text is set as text, never as markup. Without script the preview shows the saved state.
 */
const ADDRESS = /(https?:\/\/[^\s<>"]+)/giu;

class PostPreview extends HTMLElement {
  connectedCallback() {
    this.abort = new AbortController();
    const signal = this.abort.signal;
    const fields = ["for", "own", "link"].map((name) => this.getAttribute(name)).filter(Boolean);
    document.addEventListener("input", (event) => fields.includes(event.target.id) && this.update(), { signal });
    document.addEventListener(
      "images-changed",
      (event) => event.target.id === this.getAttribute("images") && this.showImages(event.detail.images),
      { signal },
    );
    if (document.getElementById(this.getAttribute("for"))) this.update();
    /* A preview that was just swapped in asks for the pictures that only this browser has yet. */
    if (this.hasAttribute("images")) document.getElementById(this.getAttribute("images"))?.tell?.();
  }

  disconnectedCallback() {
    this.abort?.abort();
  }

  part(name) {
    return this.querySelector(`[data-preview="${name}"]`);
  }

  valueOf(name) {
    return document.getElementById(this.getAttribute(name))?.value ?? "";
  }

  update() {
    const text = this.valueOf("own").trim() ? this.valueOf("own") : this.valueOf("for");
    this.showText(text);
    if (this.hasAttribute("link")) this.showLink(this.valueOf("link").trim());
  }

  showText(text) {
    const pieces = text.split(ADDRESS).map((piece, at) => {
      if (at % 2 === 0) return piece;
      const link = document.createElement("a");
      link.textContent = piece;
      link.href = piece;
      link.rel = "noopener noreferrer nofollow";
      return link;
    });
    this.part("text")?.replaceChildren(...pieces);
  }

  showLink(address) {
    const card = this.part("link");
    if (!card) return;
    let url = null;
    try {
      url = new URL(address);
    } catch {
      /* Half-typed: no card yet. */
    }
    card.hidden = !url || !/^https?:$/.test(url.protocol);
    if (card.hidden) return;
    card.href = url.href;
    card.querySelector("strong").textContent = url.hostname + (url.pathname === "/" ? "" : url.pathname);
    const small = card.querySelector("small");
    if (small) small.textContent = url.hostname;
  }

  showImages(images) {
    const figures = images.map(({ url, alt }) => {
      const figure = document.createElement("figure");
      const image = document.createElement("img");
      image.src = url;
      image.alt = alt;
      figure.append(image);
      return figure;
    });
    this.part("images")?.replaceChildren(...figures);
  }
}

customElements.define("post-preview", PostPreview);
