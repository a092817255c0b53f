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

  /* What is shown already stays, so that a video that plays goes on playing while somebody writes. */
  showImages(images) {
    const place = this.part("images");
    if (!place) return;
    const shown = [...place.querySelectorAll("img, video")];
    const isSame = shown.length === images.length && images.every((image, at) => this.isOf(shown[at], image));
    if (!isSame) place.replaceChildren(...images.map((image) => this.figureOf(image)));
    for (const [at, element] of [...place.querySelectorAll("img, video")].entries()) {
      if (element.tagName === "IMG") element.alt = images[at].alt;
      else if (images[at].alt) element.setAttribute("aria-label", images[at].alt);
    }
  }

  isOf(element, { url, film }) {
    if (element.tagName === "IMG") return !film && element.src === url;
    return Boolean(film) && element.src === new URL(film, document.baseURI).href;
  }

  figureOf({ url, film, length }) {
    const figure = document.createElement("figure");
    const element = document.createElement(film ? "video" : "img");
    figure.append(element);
    if (!film) {
      element.src = url;
      return figure;
    }
    figure.className = "film";
    Object.assign(element, { preload: "none", controls: true, playsInline: true, poster: url, src: film });
    const clock = document.createElement("span");
    clock.className = "film-length";
    clock.textContent = length;
    figure.append(clock);
    return figure;
  }
}

customElements.define("post-preview", PostPreview);
