/*
 * What belongs to every page: menus that close themselves, and words when a request gets no answer.
 * Everything here adds to pages that work without it.
 */

/* A page that answers a sent form has an address of its own: Back and Reload go there, where the browser would
   ask whether to send the form again. */
const { address } = document.documentElement.dataset;
if (address) history.replaceState(history.state, "", address);

/* The rail may be longer than the screen: the place one is at is shown. Only the rail itself scrolls. */
const rail = document.querySelector(".rail");
const here = rail?.querySelector("[aria-current]");
if (here && here.offsetTop + here.offsetHeight > rail.clientHeight) {
  rail.scrollTop = here.offsetTop - (rail.clientHeight - here.offsetHeight) / 2;
}

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

/* A button opens or closes a dialog of this page: data-opens="id", data-closes inside the dialog. */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
});

/* Copies <template id> into the notice region; the same words are never there twice. */
function notify(templateId) {
  const region = document.getElementById("notices");
  const template = document.getElementById(templateId);
  if (!region || !template) return;
  region.querySelector(`[data-from="${templateId}"]`)?.remove();
  const copy = template.content.firstElementChild.cloneNode(true);
  copy.dataset.from = templateId;
  region.append(copy);
  copy.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:sendError", () => notify("no-answer"));
document.addEventListener("htmx:timeout", () => notify("no-answer"));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr?.status === 401) {
    notify("signed-out");
    return;
  }
  /* A row that refreshes itself may miss a beat: nobody asked for anything, so nobody is told. */
  if (event.detail.requestConfig?.verb !== "get") notify("refused-answer");
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  for (const stale of document.querySelectorAll('#notices [data-from="no-answer"]')) stale.remove();
});

/* What refreshes itself every few seconds rests while nobody looks, and goes on when somebody does. */
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.matches("[data-rests]")) event.preventDefault();
});

/* Whoever signs out leaves no half-written text in this browser. */
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-signs-out]")) return;
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("draft:")) sessionStorage.removeItem(key);
  }
});
