/*
 * <auto-dialog><dialog class="dialog" open aria-labelledby="...">...</dialog></auto-dialog>
 *
 * A dialog that an htmx answer brings is shown as a modal at once and removed when it closes; the focus
 * goes back to where it was. Without script the dialog is open in the page and works as a plain form.
 */
class AutoDialog extends HTMLElement {
  connectedCallback() {
    const dialog = this.querySelector("dialog");
    if (!dialog) return;
    const before = document.activeElement;
    dialog.removeAttribute("open");
    dialog.showModal();
    dialog.addEventListener("close", () => {
      this.remove();
      if (before?.isConnected) before.focus();
    });
  }
}

customElements.define("auto-dialog", AutoDialog);
