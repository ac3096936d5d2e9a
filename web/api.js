// Decides how the page speaks to the REST API: headers, errors, retried writes. Keeps the invariant that a
// write whose answer was lost is sent again under the same idempotency key, and a new intention never is.
// Knows no page.

import { noteServerTime } from "./clock.js";
import { waitInWords, withReadableTimes } from "./format.js";
import { noteOutage } from "./server-reach.js";

/** A token that was renewed may have ended on the way, where the network is slow. */
const RESENT_MAX = 2;

let bearerToken;
let onUnauthorized = async () => undefined;

/** The server understood and said no (or failed). `faults`: [{name, pointer, message}], one per bad field. */
export class ApiError extends Error {
  constructor(status, problem, retryAfter_s) {
    super(sentence(problem.detail ?? problem.message ?? problem.title ?? `The server answered ${status}.`));
    this.status = status;
    this.code = problem.code ?? "";
    this.faults = (problem.errors ?? []).map(({ pointer, message }) => ({
      name: String(pointer ?? "").split("/").at(-1),
      pointer: String(pointer ?? ""),
      message: withReadableTimes(message),
    }));
    /** Only with the refusal `neighbour_rule`. @type {number[]} */
    this.seatsThatWouldDo = problem.seatsThatWouldDo ?? [];
    this.retryAfter_s = retryAfter_s > 0 ? retryAfter_s : 0;
    if (status === 429 && this.retryAfter_s > 0) this.message += ` Try again in ${waitInWords(this.retryAfter_s)}.`;
  }
}

/** Statuses of a server, or of a proxy before it, that is not able to answer just now. */
const OUTAGES = new Set([502, 503, 504]);

/** Whether the server could not be asked, so that the same question may succeed in a moment. */
export function isOutage(error) {
  return error instanceof NoAnswer || OUTAGES.has(error.status);
}

/** No answer came; whether the server acted is unknown. */
export class NoAnswer extends Error {
  constructor() {
    super("The server cannot be reached. Check your connection and try again.");
  }
}

export function setBearerToken(token) {
  bearerToken = token;
}

/**
 * Called when a request that carried this token is answered 401. What it promises is the token with which to
 * send the request again, if there is one.
 */
export function whenUnauthorized(callback) {
  onUnauthorized = callback;
}

export function get(path, query = {}) {
  return request("GET", withQuery(path, query), {});
}

/** What a guest may see, whoever is logged in by now. */
export function getAnonymously(path, query) {
  return request("GET", withQuery(path, query), { token: null });
}

/** A request that must not carry a token, such as logging in. */
export function postAnonymously(path, body, { signal } = {}) {
  return request("POST", path, { body, token: null, signal });
}

/** For a token that is no longer the page's. Also goes out while the page goes away. */
export function postAs(token, path) {
  return request("POST", path, { token, keepalive: true });
}

/** One thing the user wants done once. Sending it again after a lost answer cannot do it twice. */
export class Intention {
  #key;
  #sent;
  #options;

  /** `anonymous`: a guest wants it, whoever is logged in by now. */
  constructor({ anonymous = false } = {}) {
    this.#options = anonymous ? { token: null } : {};
  }

  async send(method, path, body) {
    const wanted = JSON.stringify([method, path, body]);
    if (wanted !== this.#sent) this.#key = undefined;
    this.#key ??= randomKey();
    this.#sent = wanted;
    try {
      const answer = await request(method, path, { body, headers: { "Idempotency-Key": this.#key }, ...this.#options });
      this.#key = undefined;
      return answer;
    } catch (error) {
      if (!isUndecided(error)) this.#key = undefined;
      throw error;
    }
  }
}

/**
 * Asks for something while the page goes away, when nobody is left to hear the answer. The key is the
 * same as with any other write: browsers may send such a request twice.
 */
export function sendLast(method, path) {
  const headers = { "Idempotency-Key": randomKey() };
  request(method, path, { headers, keepalive: true }).catch(() => {});
}

/** Whether the server may have done what was asked although it did not say so. */
export function isUndecided(error) {
  return error instanceof NoAnswer || error.status >= 500 || error.code === "idempotency_in_flight";
}

async function request(method, path, options) {
  const { body, headers = {}, token = bearerToken, keepalive = false, signal, resent = 0 } = options;
  // The page is in English, whatever the browser prefers.
  const sent = { Accept: "application/json", "Accept-Language": "en", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  if (token) sent.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method, headers: sent, keepalive, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    noteOutage();
    throw new NoAnswer();
  }
  if (OUTAGES.has(response.status)) noteOutage();
  noteServerTime(Date.parse(response.headers.get("Date") ?? ""));
  const answer = await readJson(response);
  if (response.ok) return answer;
  if (response.status === 401 && token) {
    const renewed = await onUnauthorized(token);
    // A refused request has done nothing, so it may be sent again.
    if (renewed && resent < RESENT_MAX) return request(method, path, { ...options, token: renewed, resent: resent + 1 });
  }
  throw new ApiError(response.status, answer ?? {}, Number(response.headers.get("Retry-After")));
}

/** The server's details are clauses; the page speaks in sentences. */
function sentence(detail) {
  const text = withReadableTimes(detail);
  return text.charAt(0).toLocaleUpperCase("en") + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/** A cut-off or empty body reads as nothing; the status alone then decides. */
async function readJson(response) {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function withQuery(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** `crypto.randomUUID` exists only on https and localhost; this page may be on neither. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
