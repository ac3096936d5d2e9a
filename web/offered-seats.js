// Decides to whom a free seat is offered under the neighbour rule, as the server does: nobody sits beside a
// stranger of the other gender on legs that they share. Follows the live map, where the server's own list
// (`offers`) would be as old as the last question. Pure.

/**
 * `beside`: the genders of those who sit right beside it. Nothing when the seat is for everybody; `OTHER`,
 * who may sit anywhere, between a man and a woman.
 * @param {string[]} beside
 * @returns {"MALE" | "FEMALE" | "OTHER" | undefined}
 */
export function offeredTo(beside) {
  const isMale = beside.includes("MALE");
  const isFemale = beside.includes("FEMALE");
  if (isMale && isFemale) return "OTHER";
  if (isMale) return "MALE";
  return isFemale ? "FEMALE" : undefined;
}

/** Whether somebody may take a seat that is offered so. */
export function mayTake(gender, offered) {
  return offered === undefined || gender === undefined || gender === "OTHER" || gender === offered;
}
