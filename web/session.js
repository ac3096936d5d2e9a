// Decides who is using the page. The token lives in local storage where that is allowed, else only in this
// tab. Keeps the invariant that the API, the live connection and every view see the same user.

import { ApiError, get, postAnonymously, setBearerToken, whenUnauthorized } from "./api.js";

const STORAGE_KEY = "seatwire.session";
const listeners = new Set();
let current = null;

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
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export async function logIn(credentials) {
  adopt(await postAnonymously("/auth/login", credentials), "login");
}

export async function register(details) {
  adopt(await postAnonymously("/auth/register", details), "login");
}

export function logOut() {
  adopt(null, "logout");
}

/** Takes up the session of an earlier visit, and asks the server whether it still counts. */
export async function restoreSession() {
  whenUnauthorized(() => adopt(null, "expired"));
  const stored = read();
  if (stored) adopt(stored, "login");
  window.addEventListener("storage", ({ key }) => {
    if (key === STORAGE_KEY) adopt(read(), "login", { keep: true });
  });
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
    if (error.status === 404) adopt(null, "expired");
  }
}

function adopt(session, reason, { keep = false } = {}) {
  const before = current?.token;
  current = session ? { token: session.token, user: session.user } : null;
  setBearerToken(current?.token);
  if (!keep) write(current);
  if (before === current?.token) return;
  for (const listener of [...listeners]) listener({ reason: current ? "login" : reason === "login" ? "logout" : reason });
}

function read() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "null");
    return typeof stored?.token === "string" && stored.user ? stored : null;
  } catch {
    return null;
  }
}

function write(session) {
  try {
    if (session) localStorage.setItem(STORAGE_KEY, JSON.stringify(session));
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Storage may be forbidden; the session then lasts as long as the tab.
  }
}
