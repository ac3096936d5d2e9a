// The only ways in which a test waits: for a promise, or for what has been received to satisfy a
// condition. Both have a bound, and both say what they waited for. Nothing here polls or sleeps.

// A machine that runs tests may stand still for twenty seconds.
export const PATIENCE_MS = 60_000;

/// The promise's outcome, or a failure that names what never came.
export async function within(what, promise, patienceMs = PATIENCE_MS) {
  let bound;
  const late = new Promise((_, reject) => {
    const expire = () => {
      const name = typeof what === 'function' ? what() : what;
      reject(new Error(`waited ${patienceMs} ms for ${name}`));
    };
    bound = setTimeout(expire, patienceMs); // justified: a bound on waiting, not a sleep
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(bound);
  }
}

/// Everything somebody has received, in order, and whoever waits for more of it.
export class Inbox {
  #items = [];
  #waiting = new Set();

  push(item) {
    this.#items.push(item);
    for (const look of [...this.#waiting]) look();
  }

  get all() {
    return [...this.#items];
  }

  /// Resolves with the first true answer of `judge(items)`, asked now and after every arrival.
  reached(what, judge, patienceMs = PATIENCE_MS) {
    let look;
    const answer = new Promise((resolve, reject) => {
      look = () => {
        try {
          const verdict = judge(this.#items);
          if (verdict) resolve(verdict);
        } catch (fault) {
          reject(fault);
        }
      };
      this.#waiting.add(look);
      look();
    });
    const name = () => `${what}; received so far: ${excerpt(this.#items)}`;
    return within(name, answer, patienceMs).finally(() => this.#waiting.delete(look));
  }

  /// The first item, past or future, that fits.
  first(what, fits) {
    return this.reached(what, (items) => items.find(fits));
  }
}

function excerpt(items) {
  // `args` repeats `data`.
  const shown = (key, value) => (key === 'args' ? undefined : value);
  const tail = items.slice(-12).map((item) => JSON.stringify(item, shown));
  return `${items.length} items, the last: [${tail.join(', ')}]`.slice(0, 4000);
}
