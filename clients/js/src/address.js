// Decides where the server is and how a token gets there: in the query, because browsers set no headers on
// a WebSocket; and why a handshake failed. Knows no frame.

/**
 * @param {string | URL | undefined} given  `http(s)://host` or `ws(s)://host/seats`; the page's own host when absent.
 */
export function socketUrl(given) {
  const url = new URL(given ?? /** @type {any} */ (globalThis).location.origin);
  url.protocol = url.protocol.replace(/^http/, "ws");
  if (url.pathname === "/") url.pathname = "/seats";
  return url;
}

/** @param {URL} base @param {string | undefined} token */
export function withToken(base, token) {
  const url = new URL(base);
  if (token) url.searchParams.set("token", token);
  return url.href;
}

/**
 * Whether the server lets nobody watch with this token or, without one, wants a login first. To a script a refused
 * handshake looks like a broken network; asking over HTTP tells them apart.
 * @param {URL} base @param {string | undefined} token @param {string} routeId  Of a route that is to be watched.
 * @param {typeof globalThis.fetch} fetch
 */
export async function isLoginRefused(base, token, routeId, fetch) {
  // The stream of a route's events is open to the same viewers as the WebSocket; its head says so without a stream.
  const asked = new URL(token ? "/auth/me" : `/routes/${encodeURIComponent(routeId)}/events`, base);
  asked.protocol = asked.protocol.replace(/^ws/, "http");
  try {
    const { status } = await fetch(asked, token ? { headers: { authorization: `Bearer ${token}` } } : { method: "HEAD" });
    return status === 401;
  } catch {
    return false; // it is the network
  }
}
