// Decides when two names mean the same city, and which known one a misspelt name may mean. Pure.

/** Whether two spellings mean the same city: `istanbul`, `İSTANBUL ` and `ISTANBUL` do. */
export function sameCity(a, b) {
  return foldCity(a) === foldCity(b);
}

/** The known name that is only a slip away from this one; none when it is known itself, or too far from all. */
export function nearestCity(name, known) {
  const folded = foldCity(name);
  if (folded === "" || known.some((each) => foldCity(each) === folded)) return undefined;
  // One slip in a short name, two in a longer one: more would make another city of it.
  const slips_max = folded.length < 6 ? 1 : 2;
  let nearest;
  let least = slips_max + 1;
  for (const each of known) {
    const slips = distance(folded, foldCity(each));
    if (slips < least) [nearest, least] = [each, slips];
  }
  return nearest;
}

function foldCity(name) {
  return String(name ?? "")
    .trim()
    .replace(/[İIı]/g, "i")
    .toLowerCase()
    .normalize("NFC")
    .replace(/[çğöşü]/g, (letter) => "cgosu"["çğöşü".indexOf(letter)]);
}

/** How many letters have to be typed, left out, replaced or swapped with their neighbour (optimal string alignment). */
function distance(a, b) {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      rows[i][j] = Math.min(replaced, rows[i - 1][j] + 1, rows[i][j - 1] + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}
