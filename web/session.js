// Decides who is using the page. The session lives in local storage where that is allowed, else only in this
// tab. Keeps the invariant that the API, the live connection and every view see the same user.

import { ApiError, get, postAnonymously, setBearerToken, whenUnauthorized } from "./api.js";
import { canRenew, endLogin, renewalWait_ms, renewed } from "./renewal.js";
import { storedSession, storeSession, whenStoredElsewhere } from "./stored-session.js";

/** After a renewal that got no answer: while the server still tells the same again. */
const RETRY_MS = 5_000;

const sessionListeners = new Set();
const tokenListeners = new Set();
let current = null;
/** The token that was renewed last: a request that was on its way with it is sent again with the new one. */
let replacedToken;
let renewing;
let timer;

export function currentUser() {
  return current?.user ?? null;
}

export function currentToken() {
  return current?.token;
}

export function isStaff() {
  return current?.user.role === "AGENT" || current?.user.role === "ADMIN";
}

/** `listener({reason})`, reason one of `login`, `logout`, `expired`. Returns a function that stops it. */
export function onSessionChange(listener) {
  sessionListeners.add(listener);
  return () => sessionListeners.delete(listener);
}

/** Told also when the same user goes on with another token. */
export function onTokenChange(listener) {
  tokenListeners.add(listener);
}

export async function logIn(credentials) {
  enter(await postAnonymously("/auth/login", credentials));
}

export async function register(details) {
  enter(await postAnonymously("/auth/register", details));
}

export function logOut() {
  // Else this login would stay good at the server. Nobody is left to hear that it could not be reached.
  if (current) endLogin(current).catch(() => {});
  leave("logout");
}

/** Takes up the session of an earlier visit, and asks the server whether it still counts. */
export async function restoreSession() {
  whenUnauthorized(goOn);
  const stored = storedSession();
  if (stored) adopt(stored, "login");
  whenStoredElsewhere(() => adopt(storedSession() ?? null, "logout"));
  await verifySession();
}

/** A refused WebSocket handshake looks like a broken network to a script; asking here tells them apart. */
export async function verifySession() {
  if (!current) return;
  try {
    current.user = await get("/auth/me");
  } catch (error) {
    if (!(error instanceof ApiError)) return;
    // A 401 has already ended the session through `whenUnauthorized`.
    if (error.status === 404) expire();
  }
}

/** After a 401: the token to send the request again with, if its login goes on. */
async function goOn(token) {
  if (current?.token === token) {
    if (canRenew(current)) await renew();
    else expire();
  }
  // Never for another user than the one who asked.
  return token === replacedToken ? current?.token : undefined;
}

function renew() {
  renewing ??= renewOnce(current).finally(() => {
    renewing = undefined;
  });
  return renewing;
}

async function renewOnce(before) {
  const next = await renewed(before);
  // Somebody may have logged in or out here while the server answered.
  if (current === before) adopt(next, "expired");
}

function enter(session) {
  storeSession(kept(session));
  adopt(session, "login");
}

/** A page that the browser had put aside was not told of a login in another tab: that one still counts. */
function expire() {
  const stored = storedSession();
  if (stored && stored.token !== current?.token) adopt(stored, "expired");
  else leave("expired");
}

function leave(reason) {
  storeSession(null);
  adopt(null, reason);
}

/** `reason`: why it has ended, if it has. */
function adopt(session, reason) {
  const before = current;
  current = session && kept(session);
  setBearerToken(current?.token);
  planRenewal();
  if (before?.token === current?.token) return;
  const isSameUser = before?.user.id === current?.user.id && before?.user.role === current?.user.role;
  replacedToken = isSameUser ? before?.token : undefined;
  for (const listener of [...tokenListeners]) listener();
  if (isSameUser) return;
  for (const listener of [...sessionListeners]) listener({ reason: current ? "login" : reason });
}

function kept({ token, refreshToken, user }) {
  return { token, refreshToken, user };
}

function planRenewal(wait_ms) {
  clearTimeout(timer);
  if (!canRenew(current)) return;
  timer = setTimeout(() => renew().catch(() => planRenewal(RETRY_MS)), wait_ms ?? renewalWait_ms(current));
}
