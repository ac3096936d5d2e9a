// Decides when two spellings mean the same route, as the server compares them: a UUID in either case, with
// blanks around it, with or without its hyphens. The server answers in the form that this makes.

const DIGITS = /^[0-9a-f]{32}$/;

/**
 * The server's spelling of a route's id. What is no id stays as it is, so that the server can say so.
 * @param {string} id
 * @returns {string}
 */
export function canonicalRouteId(id) {
  const given = String(id).trim();
  const bare = given.toLowerCase().replace(/^urn:uuid:/, "").replace(/^\{(.*)\}$/, "$1").replaceAll("-", "");
  if (!DIGITS.test(bare)) return given;
  return [bare.slice(0, 8), bare.slice(8, 12), bare.slice(12, 16), bare.slice(16, 20), bare.slice(20)].join("-");
}
