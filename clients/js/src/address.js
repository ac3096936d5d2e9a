// Decides where the server is and how a token gets there: in the query, because browsers set no headers on
// a WebSocket. Knows no frame.

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
 * Whether the server says that this token is not good. To a script a refused handshake looks like a broken
 * network; asking over HTTP tells them apart.
 * @param {URL} base @param {string} token @param {typeof globalThis.fetch} fetch
 */
export async function isTokenRefused(base, token, fetch) {
  const me = new URL("/auth/me", base);
  me.protocol = me.protocol.replace(/^ws/, "http");
  try {
    const { status } = await fetch(me, { headers: { authorization: `Bearer ${token}` } });
    return status === 401;
  } catch {
    return false; // it is the network
  }
}
