// <tick-count for="form-id" name="field" none="…" one="…" many="… %n …"> around a button: its words say how many
// boxes of that name are ticked. Without script the button keeps the words it came with.
class TickCount extends HTMLElement {
  connectedCallback() {
    this.count = () => this.say();
    document.addEventListener("change", this.count);
    this.say();
  }

  disconnectedCallback() {
    document.removeEventListener("change", this.count);
  }

  say() {
    const button = this.querySelector("button");
    const form = document.getElementById(this.getAttribute("for"));
    if (!button || !form) return;
    const boxes = [...form.elements].filter((box) => box.name === this.getAttribute("name"));
    const ticked = boxes.filter((box) => box.checked).length;
    const words = this.getAttribute(ticked === 0 ? "none" : ticked === 1 ? "one" : "many");
    button.textContent = words.replace("%n", ticked);
  }
}

if (!customElements.get("tick-count")) customElements.define("tick-count", TickCount);
