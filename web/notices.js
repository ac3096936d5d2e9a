// Decides how what an administrator says to those who watch is shown: above everything, read out without moving
// the focus, until it is dismissed. The newest few; who says it again is not shown twice.

import { el, icon } from "./dom.js";
import { timeOf } from "./format.js";

const SHOWN_MAX = 3;

// In the page before anything is said: a status that comes with its text is not read out everywhere.
const list = el("div", { class: "notices", role: "status", "aria-live": "polite", "data-testid": "notices" });
document.getElementById("main").before(list);

/** The data of the event `notice`. */
export function showNotice({ message, at }) {
  for (const shown of [...list.children]) if (shown.dataset.message === message) shown.remove();
  const dismiss = el(
    "button",
    { type: "button", class: "icon-button", "aria-label": "Dismiss this message", onclick: () => dismissed(said) },
    icon("close"),
  );
  const said = el(
    "div",
    { class: "notice notice-warn", "data-testid": "notice", "data-message": message },
    icon("info"),
    el("div", {}, el("p", {}, message), el("p", { class: "notice-when" }, timeOf(at))),
    dismiss,
  );
  list.append(said);
  while (list.children.length > SHOWN_MAX) list.firstChild.remove();
}

function dismissed(said) {
  const had = said.contains(document.activeElement);
  said.remove();
  // Whoever used the keyboard goes on where the page begins, not at the top of the document.
  if (had) document.getElementById("main").focus();
}
