// Decides how a bus is drawn and walked through: seats as buttons on the bus's own grid, aisle, doors and
// driver as scenery. Told the state of every seat, it shows what changed. Knows no ticket and no socket.

import { el, icon, replace } from "./dom.js";
import { GENDER_WORDS } from "./format.js";

/**
 * @typedef {object} SeatLook
 * @property {"free" | "selected" | "reserved" | "sold" | "own" | "blocked"} state
 * @property {string} [gender]
 * @property {boolean} [unpaid]  one's own seat that is only held so far
 * @property {boolean} [held]  a chosen seat that nobody else can take meanwhile
 * @property {string} [offeredTo]  a free seat that is not for everybody
 */

const SCENERY = {
  DRIVER: ["wheel", "Driver"],
  DOOR: ["door", "Door"],
};

const MARKS = { selected: "check", reserved: "clock", own: "ticket", blocked: "close" };
const GENDER_MARKS = { MALE: "male", FEMALE: "female", OTHER: "other" };

export class SeatMapView {
  #layout;
  #onPick;
  /** @type {Map<number, {button: HTMLButtonElement, row: number, column: number, place: string, shown?: string}>} */
  #seats = new Map();
  #drawn = false;

  /** `onPick(seatNumber)` for every seat that is pressed, free or not. */
  constructor(layout, { seatCount, onPick }) {
    this.#layout = layout?.seats?.some(({ seatNo }) => seatNo) ? layout : plainLayout(seatCount);
    this.#onPick = onPick;
    this.element = this.#draw();
  }

  /** Seat numbers in the order of the bus, front to back. */
  get seatNumbers() {
    return [...this.#seats.keys()];
  }

  /** `window` or `aisle`. */
  placeOf(seatNumber) {
    return this.#seats.get(seatNumber)?.place;
  }

  /** The seats right beside this one, without an aisle between: at most one on each side. */
  besideOf(seatNumber) {
    const seat = this.#seats.get(seatNumber);
    if (!seat) return [];
    const isBeside = ([, { row, column }]) => row === seat.row && Math.abs(column - seat.column) === 1;
    return [...this.#seats].filter(isBeside).map(([number]) => number);
  }

  focus(seatNumber) {
    this.#seats.get(seatNumber)?.button.focus();
  }

  /**
   * Shows the state of every seat and moves what changed, except the first time.
   * @param {(seatNumber: number) => SeatLook} lookOf
   * @returns {{seatNumber: number, look: SeatLook}[]} what changed
   */
  render(lookOf) {
    const changed = [];
    for (const [seatNumber, seat] of this.#seats) {
      const look = lookOf(seatNumber);
      const shown = `${look.state} ${look.gender ?? ""} ${look.unpaid ? "unpaid" : ""} ${look.held ? "held" : ""} ${look.offeredTo ?? ""}`;
      if (seat.shown === shown) continue;
      const before = seat.shown;
      seat.shown = shown;
      this.#paint(seatNumber, seat, look);
      // To whom a free seat is offered changes with what is sold beside it, which is told itself.
      if (!this.#drawn || before.split(" ", 1)[0] === "free" && look.state === "free") continue;
      changed.push({ seatNumber, look });
      if (byOthers(before, look)) flash(seat.button);
    }
    this.#drawn = true;
    return changed;
  }

  #paint(seatNumber, { button, place }, look) {
    const { state, gender, unpaid, held, offeredTo } = look;
    button.dataset.state = state;
    button.toggleAttribute("data-unpaid", Boolean(unpaid));
    button.toggleAttribute("data-held", Boolean(held));
    if (offeredTo) button.dataset.offered = offeredTo;
    else delete button.dataset.offered;
    const mark = unpaid ? MARKS.reserved : MARKS[state];
    if (gender && state !== "free" && state !== "selected") button.dataset.gender = gender;
    else delete button.dataset.gender;
    button.setAttribute("aria-label", `Seat ${seatNumber}, ${place}, ${describeLook(look)}`);
    button.setAttribute("aria-pressed", String(state === "selected"));
    replace(
      button,
      el("span", { class: "seat-number" }, String(seatNumber)),
      mark && icon(mark, "seat-mark seat-mark-state"),
      button.dataset.gender && icon(GENDER_MARKS[gender] ?? "other", "seat-mark seat-mark-gender"),
      offeredTo && icon(GENDER_MARKS[offeredTo], "seat-mark seat-mark-offered"),
    );
  }

  #draw() {
    const decks = stacked([this.#layout, ...(this.#layout.decks ?? [])]);
    const columns = Math.max(...decks.map(({ colCount }) => colCount));
    const cells = decks.flatMap((deck) => deck.cells);
    const isSeat = (cell) => Boolean(cell.seatNo);
    const seatColumns = new Set(cells.filter(isSeat).map(({ column }) => column));

    const grid = el("div", {
      class: "bus-grid",
      role: "group",
      "aria-label": "Seat map, front of the bus first. Arrow keys move between seats.",
      onkeydown: (event) => this.#walk(event),
    });
    grid.style.gridTemplateColumns = Array.from({ length: columns }, (_, column) =>
      seatColumns.has(column) ? "var(--seat-size)" : "var(--aisle-size)",
    ).join(" ");

    for (const deck of decks) {
      if (deck.name) grid.append(deckName(deck));
      for (const cell of deck.cells) {
        const drawn = isSeat(cell) ? this.#seat(cell, deck.colCount) : scenery(cell);
        if (!drawn) continue;
        drawn.style.gridColumn = String(cell.column + 1);
        drawn.style.gridRow = String(cell.row + 1);
        grid.append(drawn);
      }
    }
    const [first] = this.#seats.values();
    if (first) first.button.tabIndex = 0;
    return el(
      "div",
      { class: "bus", "data-testid": "seat-map" },
      el(
        "div",
        { class: "bus-front", "aria-hidden": "true" },
        el("span", { class: "bus-windscreen" }),
        // Every bus has a driver; some layouts just leave him out.
        !cells.some(({ type }) => type === "DRIVER") && el("span", { class: "bus-cockpit" }, icon("wheel")),
      ),
      grid,
    );
  }

  #seat({ seatNo, row, column }, columns) {
    const place = column === 0 || column === columns - 1 ? "window" : "aisle";
    const button = el("button", {
      type: "button",
      class: "seat",
      tabindex: "-1",
      "data-testid": "seat",
      "data-seat": seatNo,
      onclick: () => this.#onPick(seatNo),
      onfocus: () => this.#makeTabStop(button),
    });
    this.#seats.set(seatNo, { button, row, column, place });
    return button;
  }

  #makeTabStop(button) {
    for (const { button: each } of this.#seats.values()) each.tabIndex = each === button ? 0 : -1;
  }

  #walk(event) {
    const here = this.#seats.get(Number(event.target.closest(".seat")?.dataset.seat));
    const toward = {
      ArrowLeft: ({ row, column }) => row === here.row && column < here.column && here.column - column,
      ArrowRight: ({ row, column }) => row === here.row && column > here.column && column - here.column,
      ArrowUp: ({ row, column }) => row < here.row && (here.row - row) * 100 + Math.abs(column - here.column),
      ArrowDown: ({ row, column }) => row > here.row && (row - here.row) * 100 + Math.abs(column - here.column),
      Home: (seat) => seat !== here && seat.row * 100 + seat.column + 1,
      End: (seat) => seat !== here && 1_000_000 - seat.row * 100 - seat.column,
    }[event.key];
    if (!here || !toward) return;
    event.preventDefault();
    let nearest;
    let least = Infinity;
    for (const seat of this.#seats.values()) {
      const distance = toward(seat);
      if (distance && distance < least) [nearest, least] = [seat, distance];
    }
    nearest?.button.focus();
  }
}

/** For whom a free seat is, where the neighbour rule keeps it for some. */
export const OFFERED_WORDS = Object.freeze({
  FEMALE: "for women: a woman sits beside it",
  MALE: "for men: a man sits beside it",
  OTHER: "beside a man and a woman: for neither of them",
});

/** A seat's state in words. */
export function describeLook({ state, gender, unpaid, held, offeredTo }) {
  const who = gender && gender !== "OTHER" ? ` by a ${GENDER_WORDS[gender]}` : "";
  return {
    free: offeredTo ? `free, ${OFFERED_WORDS[offeredTo]}` : "free",
    selected: held ? "selected, held for you" : "selected",
    blocked: "blocked",
    reserved: `held${who}`,
    sold: `taken${who}`,
    own: unpaid ? "yours, held until you pay" : "yours",
  }[state];
}

/** What the colours and signs mean; `hasRule` where seats may be offered to some only, `hasBlocked` where some are out of sale. */
export function legend({ hasRule = false, hasBlocked = false } = {}) {
  const swatch = (words, symbol, attributes) =>
    el("li", {}, el("span", { class: "swatch", "aria-hidden": "true", ...attributes }, symbol && icon(symbol)), words);
  // A sold seat is filled in the colour of who sits there, so that is how the legend shows it.
  const sold = (words, gender) => swatch(words, GENDER_MARKS[gender], { "data-state": "sold", "data-gender": gender });
  return el(
    "ul",
    { class: "legend", "aria-label": "Legend" },
    swatch("Free", undefined, { "data-state": "free" }),
    swatch("Selected", MARKS.selected, { "data-state": "selected" }),
    swatch("Yours", MARKS.own, { "data-state": "own" }),
    swatch("Yours, not paid", MARKS.reserved, { "data-state": "own", "data-unpaid": "" }),
    swatch("Held", MARKS.reserved, { "data-state": "reserved" }),
    sold("Sold: woman", "FEMALE"),
    sold("Sold: man", "MALE"),
    sold("Sold: other", "OTHER"),
    hasBlocked && swatch("Blocked", MARKS.blocked, { "data-state": "blocked" }),
    hasRule && swatch("Free for women", GENDER_MARKS.FEMALE, { "data-state": "free", "data-offered": "FEMALE" }),
    hasRule && swatch("Free for men", GENDER_MARKS.MALE, { "data-state": "free", "data-offered": "MALE" }),
  );
}

/** The traveller's own choice needs no attention drawn to it. */
function byOthers(before, look) {
  return look.state !== "selected" && !(look.state === "free" && before?.startsWith("selected"));
}

function flash(button) {
  button.classList.remove("seat-changed");
  // Asking for the layout lets the same animation start again.
  void button.offsetWidth;
  button.classList.add("seat-changed");
  button.addEventListener("animationend", () => button.classList.remove("seat-changed"), { once: true });
}

function scenery({ type }) {
  const known = SCENERY[type];
  if (!known) return undefined;
  const [symbol, words] = known;
  return el("span", { class: `scenery scenery-${type.toLowerCase()}`, title: words, "aria-hidden": "true" }, icon(symbol));
}

/** The decks one below the other in one grid, and each cell's place in it. The first has no name of its own. */
function stacked(grids) {
  let first = 0;
  return grids.map(({ rowCount, colCount, seats }, index) => {
    const name = index > 0 ? "Upper deck" : undefined;
    const row = first + (name ? 1 : 0);
    const cells = seats.map((cell) => ({ ...cell, row: row + cell.x, column: cell.y }));
    const deck = { name, first, colCount, cells };
    first = row + rowCount;
    return deck;
  });
}

function deckName({ name, first }) {
  const caption = el("p", { class: "deck-name" }, name);
  caption.style.gridRow = String(first + 1);
  return caption;
}

/** For a bus that came without a drawing: two, the aisle, one. */
function plainLayout(seatCount) {
  const seats = Array.from({ length: seatCount ?? 0 }, (_, index) => ({
    seatNo: index + 1,
    x: Math.floor(index / 3) + 1,
    y: [0, 1, 3][index % 3],
    type: "SEAT",
  }));
  return { rowCount: Math.ceil((seatCount ?? 0) / 3) + 1, colCount: 4, seats };
}
