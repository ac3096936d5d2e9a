// Decides whether the server answers at all, and says so when it does again: what told the traveller of an
// outage takes it back. Asks by itself only while an outage lasts. Knows no page and no endpoint but one.

const READY = "/health/ready";
const FIRST_QUESTION_MS = 1_000;
const QUESTION_MAX_MS = 8_000;

const listeners = new Set();
let timer;
let delay_ms = FIRST_QUESTION_MS;

/** `listener()` after an outage, once the server answers again. Returns a function that stops it. */
export function onServerBack(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A request got no answer, or one that says that the server is not able to. */
export function noteOutage() {
  if (timer !== undefined) return;
  delay_ms = FIRST_QUESTION_MS;
  askLater();
}

function askLater() {
  timer = setTimeout(ask, delay_ms);
  delay_ms = Math.min(delay_ms * 2, QUESTION_MAX_MS);
}

async function ask() {
  const answers = await fetch(READY, { cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (!answers) {
    askLater();
    return;
  }
  timer = undefined;
  for (const listener of [...listeners]) listener();
}

// The network is back: no reason to wait for the next question.
window.addEventListener("online", () => {
  if (timer === undefined) return;
  clearTimeout(timer);
  delay_ms = FIRST_QUESTION_MS;
  ask();
});
