// <into-view> around a <details>: what opens is brought onto the screen whole, where it would otherwise open below
// its edge. Without script it opens where it stands.
class IntoView extends HTMLElement {
  connectedCallback() {
    this.follow = (event) => {
      if (event.target.open) event.target.scrollIntoView({ block: "nearest" });
    };
    this.addEventListener("toggle", this.follow, { capture: true }); // toggle does not bubble
  }

  disconnectedCallback() {
    this.removeEventListener("toggle", this.follow, { capture: true });
  }
}

if (!customElements.get("into-view")) customElements.define("into-view", IntoView);
