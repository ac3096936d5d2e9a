// Decides whether another token is another viewer's. Only reads what a token says of itself: whether it is good
// is the server's to say.

/**
 * Whether somebody who was watching is not the one who watches from now on. Before a token there was nobody.
 * @param {string | undefined} before @param {string | undefined} after
 */
export function isOtherViewer(before, after) {
  if (!before || before === after) return false;
  const viewer = subjectOf(before);
  return viewer === undefined || viewer !== subjectOf(after);
}

/** The account that a token names, if it can be read. @param {string | undefined} token */
function subjectOf(token) {
  try {
    const claims = String(token).split(".")[1] ?? "";
    return JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return undefined;
  }
}
