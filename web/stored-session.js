// Decides where a session outlives a page: in local storage, which all tabs share, where it is allowed.

const STORAGE_KEY = "seatwire.session";

/** `null`: nobody is logged in. `undefined`: this browser stores nothing, so the tab is alone. */
export function storedSession() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "null");
    return typeof stored?.token === "string" && stored.user ? stored : null;
  } catch (error) {
    return error instanceof SyntaxError ? null : undefined;
  }
}

export function storeSession(session) {
  try {
    if (session) localStorage.setItem(STORAGE_KEY, JSON.stringify(session));
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Storage may be forbidden; the session then lasts as long as the tab.
  }
}

/** Told when another tab has logged in or out, or has gone on with its login. */
export function whenStoredElsewhere(listener) {
  window.addEventListener("storage", ({ key }) => {
    if (key === STORAGE_KEY) listener();
  });
}
