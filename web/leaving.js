// Decides when a page is taken for left. A reload looks like leaving: browsers do not tell them apart before
// the page is gone.

/**
 * `onLeave()` when the page is left, `onReturn()` when it is shown again as it was (the browser's back
 * button). Returns a function that stops both.
 */
export function whenLeft({ onLeave, onReturn }) {
  const shown = ({ persisted }) => {
    if (persisted) onReturn();
  };
  window.addEventListener("pagehide", onLeave);
  window.addEventListener("pageshow", shown);
  return () => {
    window.removeEventListener("pagehide", onLeave);
    window.removeEventListener("pageshow", shown);
  };
}
