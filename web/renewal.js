// Decides how a login goes on when its token ends: with a refresh token, which the server takes once, or again
// within some seconds when its answer was lost. Later it ends the login, so only one tab asks at a time, and the
// others take what it was given.

import { ApiError, postAnonymously, postAs } from "./api.js";
import { serverNow } from "./clock.js";
import { storedSession, storeSession } from "./stored-session.js";

const LOCK = "seatwire.renewal";
/** Nobody waits longer for a tab that got no answer. */
const ANSWER_MS_MAX = 15_000;
/** A token is renewed so long before its end, or in the last quarter of a shorter life. */
const BEFORE_END_MS = 60_000;
const BEFORE_END_SHARE = 0.25;
/** Whatever the clocks say, no tab asks more often by itself. */
const WAIT_MS_MIN = 10_000;
/** Timers count no further. */
const WAIT_MS_MAX = 2 ** 31 - 1;

/**
 * Whether this login can go on. Browsers have locks only on https and localhost: elsewhere two tabs could
 * show one token, so there the login ends with its token.
 */
export function canRenew(session) {
  return session?.refreshToken !== undefined && navigator.locks !== undefined;
}

/** How long to wait before the token of this session is renewed. */
export function renewalWait_ms({ token }) {
  const { iat, exp } = claims(token);
  const early_ms = Math.min(BEFORE_END_MS, (exp - iat) * 1_000 * BEFORE_END_SHARE);
  const wait_ms = exp * 1_000 - early_ms - serverNow();
  // Of a token that cannot be read nothing is known: the server will say when it has ended.
  return Number.isNaN(wait_ms) ? WAIT_MS_MAX : Math.min(Math.max(wait_ms, WAIT_MS_MIN), WAIT_MS_MAX);
}

/**
 * The session that goes on from this one, whichever tab was first to ask. `null` when the login has ended.
 * Throws when the server could not say.
 */
export function renewed(session) {
  const isReplaced = (stored) => stored !== undefined && stored?.token !== session.token;
  return navigator.locks.request(LOCK, async () => {
    const stored = storedSession();
    if (isReplaced(stored)) return stored;
    const next = await asked(session.refreshToken);
    // While the server answered, somebody may have logged out in another tab, or in as somebody else.
    const storedMeanwhile = storedSession();
    if (isReplaced(storedMeanwhile)) return storedMeanwhile;
    // Before the lock is given back: the next tab must find it.
    storeSession(next);
    return next;
  });
}

/** Ends this login at the server; by the token that follows, when its own has ended. */
export async function endLogin({ token, refreshToken }) {
  try {
    await postAs(token, "/auth/logout");
  } catch (error) {
    if (error.status !== 401 || refreshToken === undefined) throw error;
    const next = await asked(refreshToken);
    if (next) await postAs(next.token, "/auth/logout");
  }
}

async function asked(refreshToken) {
  try {
    return await postAnonymously("/auth/refresh", { refreshToken }, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return null;
    throw error;
  }
}

function claims(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return {};
  }
}
