// Decides how the page speaks to the REST API: headers, errors, retried writes. Keeps the invariant that a
// write whose answer was lost is sent again under the same idempotency key, and a new intention never is.
// Knows no page.

import { noteServerTime } from "./clock.js";

let bearerToken;
let onUnauthorized = () => {};

/** The server understood and said no (or failed). `faults`: [{name, message}], one per bad field. */
export class ApiError extends Error {
  constructor(status, problem, retryAfter_s) {
    super(problem.detail ?? problem.message ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? "";
    this.faults = (problem.errors ?? []).map(({ pointer, message }) => ({
      name: String(pointer ?? "").split("/").at(-1),
      message,
    }));
    if (status === 429 && retryAfter_s > 0) this.message += ` Try again in ${retryAfter_s} s.`;
  }
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

/** Called when a request that carried a token is answered 401. */
export function whenUnauthorized(callback) {
  onUnauthorized = callback;
}

export function get(path, query = {}) {
  return request("GET", withQuery(path, query), {});
}

/** A request that must not carry a token, such as logging in. */
export function postAnonymously(path, body) {
  return request("POST", path, { body, token: null });
}

/** One thing the user wants done once. Sending it again after a lost answer cannot do it twice. */
export class Intention {
  #key;
  #sent;

  async send(method, path, body) {
    const wanted = JSON.stringify([method, path, body]);
    if (wanted !== this.#sent) this.#key = undefined;
    this.#key ??= randomKey();
    this.#sent = wanted;
    try {
      const answer = await request(method, path, { body, headers: { "Idempotency-Key": this.#key } });
      this.#key = undefined;
      return answer;
    } catch (error) {
      const undecided =
        error instanceof NoAnswer || error.status >= 500 || error.code === "idempotency_in_flight";
      if (!undecided) this.#key = undefined;
      throw error;
    }
  }
}

async function request(method, path, { body, headers = {}, token = bearerToken }) {
  const sent = { Accept: "application/json", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  if (token) sent.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new NoAnswer();
  }
  noteServerTime(Date.parse(response.headers.get("Date") ?? ""));
  const answer = await readJson(response);
  if (response.ok) return answer;
  if (response.status === 401 && token && token === bearerToken) onUnauthorized();
  throw new ApiError(response.status, answer ?? {}, Number(response.headers.get("Retry-After")));
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
