// Decides what is said when a departure changes without a sale.

import { notice } from "./dom.js";

const WORDS = {
  bus: "This departure has another bus now. Please look at your seats again.",
  delayed: "The times of this departure have changed. Please open it again to see them.",
  inactive: "This departure is not on sale at the moment.",
  active: "This departure is on sale again.",
};

/** Nothing for a change that is told otherwise, or that a later server adds. */
export function routeChangeNotice(change) {
  const words = WORDS[change];
  return words && notice(change === "active" ? "good" : "warn", words);
}
