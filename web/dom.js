// Decides how elements come into being: always as nodes with text, never as markup from data.
// Knows nothing of buses or tickets.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes, listeners (`onclick: fn`) and children. Empty children are left out, so that
 * `condition && child` can be written in place.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...present(children));
  return element;
}

/** A drawing from the page's sprite; decorative, the words beside it speak. */
export function icon(name, extraClass = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${extraClass}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

export function replace(parent, ...children) {
  parent.replaceChildren(...present(children));
}

/** Text for screen readers only. */
export function hiddenText(text) {
  return el("span", { class: "visually-hidden" }, text);
}

/** Says something to screen readers without moving the focus. Calls close together are read as one. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  pendingWords.push(text);
  if (pendingWords.length > 1) return;
  setTimeout(() => {
    // A burst of changes would be read for minutes; the last few say enough.
    announcer.textContent = pendingWords.splice(0).slice(-4).join(". ");
  }, 150);
}

const pendingWords = [];

/** A box that tells something important in place: `bad`, `warn`, `good` or `calm`. */
export function notice(tone, ...children) {
  const symbol = { bad: "alert", warn: "alert", good: "check", calm: "info" }[tone];
  const role = tone === "bad" || tone === "warn" ? "alert" : "status";
  return el("div", { class: `notice notice-${tone}`, role }, icon(symbol), el("div", {}, ...children));
}

/** Fills a slot beside a form, and shows it to whoever cannot see it from the button they pressed. */
export function tell(slot, ...children) {
  replace(slot, ...children);
  slot.scrollIntoView({ block: "nearest" });
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false && child !== "");
}
