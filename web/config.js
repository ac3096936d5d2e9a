// Decides what this installation is: its mode, its time zone, and what a demonstration offers.
// When the server says nothing, the page behaves as in production.

import { get } from "./api.js";
import { setTimezone } from "./format.js";

export const config = { mode: "production", timezone: "Europe/Istanbul", holdSeconds: Infinity, demoUsers: [], testCards: [] };

export async function loadConfig() {
  try {
    Object.assign(config, await get("/page-config.json"));
    setTimezone(config.timezone);
  } catch {
    // The defaults above are safe, and the page is more useful than an error.
  }
}

/** The provider's promise for a test card: does paying with it succeed? */
export function testCardSucceeds({ outcome }) {
  return String(outcome).toUpperCase() === "SUCCESS";
}
