// <tick-count for="form-id" name="field" none="…" one="…" many="… %n …"> around a button: its words say how many
// boxes of that name are ticked. A box that stands for several says so: data-counts="5". Without script the
// button keeps the words it came with.
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
    const boxes = [...form.elements].filter((box) => box.name === this.getAttribute("name") && box.checked);
    const count = boxes.reduce((sum, box) => sum + Number(box.dataset.counts ?? 1), 0);
    const words = this.getAttribute(count === 0 ? "none" : count === 1 ? "one" : "many");
    button.textContent = words.replace("%n", count);
  }
}

if (!customElements.get("tick-count")) customElements.define("tick-count", TickCount);
