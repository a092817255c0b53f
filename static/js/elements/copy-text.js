/*
 * <copy-text for="id" done="Copied"><button type="button" class="button small" hidden>Copy</button></copy-text>
 *
 * Copies the value or the text of the element with that id (or the attribute `text`). The button is
 * hidden until the browser can do it. What was done is said in the button and to a screen reader.
 */
class CopyText extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button || !navigator.clipboard) return;
    button.hidden = false;
    const label = button.querySelector("span") ?? button;
    const words = label.textContent;
    const spoken = document.createElement("span");
    spoken.className = "visually-hidden";
    spoken.setAttribute("role", "status");
    this.append(spoken);
    button.addEventListener("click", async () => {
      const source = document.getElementById(this.getAttribute("for"));
      const text = this.getAttribute("text") ?? source?.value ?? source?.textContent ?? "";
      await navigator.clipboard.writeText(text);
      const done = this.getAttribute("done") ?? "Copied";
      label.textContent = done;
      spoken.textContent = done;
      clearTimeout(this.pause);
      this.pause = setTimeout(() => {
        label.textContent = words;
        spoken.textContent = "";
      }, 4000);
    });
  }
}

customElements.define("copy-text", CopyText);
