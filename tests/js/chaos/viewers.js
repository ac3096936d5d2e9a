// Stock Socket.IO clients with nothing of ours, as many as the plan on the first line of stdin says.
//
// They do what frontends do: subscribe once and again when they were not recovered, or on every
// connect; fold every event over a snapshot. Whatever comes out of order is said at once on stdout;
// the rest is asked for a line at a time by `bench chaos`.

import readline from 'node:readline';

/// What a browser offers, and a stock client listens to where there is one.
const browser = new EventTarget();
globalThis.addEventListener = browser.addEventListener.bind(browser);
globalThis.removeEventListener = browser.removeEventListener.bind(browser);
const { io } = await import('socket.io-client');

/// Clients in a hundred that begin again when they are cut.
const RELOADS = 8;

/// Between a refusal of a server without its database and the next question.
const AGAIN_MS = 250;

/// How long servers may take to see that the database went back, once it has.
const NOTICE_MS = 20_000;
/// How long until all of them have begun anew: sessions of before end with that. Only for those of which no event
/// has said in which epoch they were.
const BEGUN_ANEW_MS = 35_000;

const HAPPENED_MAX = 14;
const TAKEN = ['RESERVED', 'CONFIRMED'];

const counts = {
  cuts: 0, reloads: 0, reconnects: 0, recovered: 0, anew: 0, events: 0, missed: 0, doubled: 0, compared: 0, betweenHistories: 0,
};
const started = Date.now();

function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/// The legs of a segment, one bit each.
function legs({ fromStopIndex, toStopIndex }) {
  return (2 ** toStopIndex - 1) & ~(2 ** fromStopIndex - 1);
}

/// What one client has seen of one route.
class Sight {
  start;
  last;
  seats;

  /// A place in the stream that the server has named; wrong if it is elsewhere.
  at(seq) {
    this.start ??= seq;
    this.last ??= seq;
    return this.last === seq ? undefined : `stands at ${seq}, behind ${this.last}`;
  }

  snapshot({ seq, seatCount, seats }) {
    const wrong = this.at(seq);
    const fresh = new Array(seatCount).fill(0);
    for (const seat of seats) if (TAKEN.includes(seat.status)) fresh[seat.seatNumber - 1] |= legs(seat);
    this.seats ??= [...fresh];
    const differs = fresh.findIndex((taken, index) => taken !== this.seats[index]);
    if (wrong || differs < 0) return wrong;
    return `seat ${differs + 1}: legs ${this.seats[differs].toString(2)} here, ${fresh[differs].toString(2)} there`;
  }

  update(update) {
    const { seq, seatNumber, eventType } = update;
    this.start ??= seq - 1;
    this.last ??= seq - 1;
    const { last } = this;
    if (seq <= last) return `doubled: ${seq} behind ${last}`;
    this.last = seq;
    if (this.seats) this.#fold(seatNumber - 1, eventType, legs(update));
    return seq === last + 1 ? undefined : `missed: ${seq} behind ${last}`;
  }

  #fold(index, eventType, taken) {
    if (eventType === 'seat_reserved' || eventType === 'seat_confirmed') this.seats[index] |= taken;
    if (eventType === 'seat_available' || eventType === 'seat_suspended') this.seats[index] &= ~taken;
  }
}

class Client {
  #happened = [];
  #routes;
  #wasConnected = false;
  #connectedAt = 0;
  #rollCall;
  #open;
  /// The epoch of the events of this session; unknown while none has come.
  #epoch;
  /// Sessions that were not recovered: that was right if the next one is of another epoch.
  #notRecovered = [];

  constructor({ index, each, port, routes, token, transports }, ids) {
    this.name = `stock client ${index} (subscribes ${each ? 'each time' : 'once'}, port ${port})`;
    this.each = each;
    this.#open = () => {
      this.#wasConnected = false;
      this.#epoch = undefined;
      this.#routes = new Map(
        routes.map((route) => [ids[route], { route, sight: new Sight(), confirmed: false, asked: false }]),
      );
      this.#connect(port, token, transports);
    };
    this.#open();
  }

  #connect(port, token, transports) {
    this.socket = io(`http://127.0.0.1:${port}/seats`, {
      forceNew: true,
      reconnectionDelay: 100,
      reconnectionDelayMax: 1000,
      ...(token ? { auth: { token } } : {}),
      ...(transports ? { transports } : {}),
    });
    this.socket.on('connect', () => this.#connected());
    this.socket.on('disconnect', (reason) => this.#disconnected(reason));
    this.socket.on('connect_error', (fault) => {
      this.#note(`(${fault.message})`);
      if (!this.socket.active) this.#differs(`was refused: ${fault.message}`);
    });
    this.socket.on('subscribed', (data) => this.#subscribed(data));
    this.socket.on('seat_availability', (data) => this.#availability(data));
    this.socket.on('seat_update', (data, offset) => {
      this.#isOf(offset.split('.')[0]);
      this.#update(data);
    });
    this.socket.on('error', (data) => this.#failed(data));
    this.socket.on('seat_snapshot', (data) => this.#differs(`got seat_snapshot: ${JSON.stringify(data).slice(0, 300)}`));
  }

  /// Loses the connection as a cable loses it; only where there is one of its own.
  cut() {
    const wire = this.socket.io.engine?.transport?.ws?._socket;
    if (!wire) return false;
    wire.resetAndDestroy();
    return true;
  }

  /// Leaves for good and begins again as if it had just come, as a page does that is loaded again.
  reload() {
    counts.reloads += 1;
    this.socket.removeAllListeners();
    this.socket.disconnect();
    this.#note('began again');
    this.#open();
  }

  /// Resolves when the server has answered once more for every route.
  rollCall() {
    const answered = new Promise((resolve) => {
      this.#rollCall = resolve;
    });
    for (const id of this.#routes.keys()) this.#ask(id);
    return answered;
  }

  describe() {
    return {
      connected: this.socket.connected,
      story: `${this.name}; last: ${this.#happened.join(' | ')}`,
      routes: [...this.#routes.values()].map(({ route, sight }) => ({
        route,
        start: sight.start ?? null,
        last: sight.last ?? null,
        legs: sight.seats ?? null,
      })),
    };
  }

  #connected() {
    const { recovered } = this.socket;
    this.#note(recovered ? `recovered, offset ${this.socket._lastOffset}` : 'connected');
    if (this.#wasConnected) {
      counts.reconnects += 1;
      counts[recovered ? 'recovered' : 'anew'] += 1;
      if (!recovered) this.#beginAnew();
    }
    this.#wasConnected = true;
    this.#connectedAt = Date.now();
    for (const [routeId, watched] of this.#routes) {
      if (this.each || !watched.confirmed) this.socket.emit('subscribe_route', { routeId });
      if (watched.confirmed && !watched.sight.seats) this.#ask(routeId);
    }
  }

  #beginAnew() {
    const confirmed = [...this.#routes].filter(([, watched]) => watched.confirmed);
    for (const watched of this.#routes.values()) {
      watched.sight = new Sight();
      watched.confirmed = false;
    }
    const epoch = this.#epoch;
    this.#epoch = undefined;
    // It may have met a server that does not know yet that the database went back.
    if (confirmed.length === 0 || Date.now() < wentBackAt + NOTICE_MS) return;
    const told = { notRecovered: `was not recovered into ${confirmed.map(([id]) => id)}; ${this.describe().story}` };
    if (epoch !== undefined) this.#notRecovered.push({ epoch, told });
    else if (this.#connectedAt >= wentBackAt + BEGUN_ANEW_MS) say(told);
  }

  /// An event of this session has said its epoch.
  #isOf(epoch) {
    if (this.#epoch === epoch) return;
    this.#epoch = epoch;
    for (const before of this.#notRecovered) if (before.epoch === epoch) say(before.told);
    this.#notRecovered = [];
  }

  #disconnected(reason) {
    this.#note(reason);
    for (const watched of this.#routes.values()) watched.asked = false;
    if (!this.socket.active) this.#differs(`will not come back: ${reason}`);
  }

  #subscribed({ routeId, seq }) {
    const watched = this.#routes.get(routeId);
    watched.confirmed = true;
    this.#judge('subscribed', routeId, watched.sight.at(seq));
    if (!watched.sight.seats && !watched.asked) this.#ask(routeId);
  }

  #availability(data) {
    counts.compared += 1;
    const watched = this.#routes.get(data.routeId);
    watched.asked = false;
    this.#judge('seat_availability', data.routeId, watched.sight.snapshot(data));
    if ([...this.#routes.values()].every(({ asked }) => !asked)) this.#rollCall?.();
  }

  #update(data) {
    counts.events += 1;
    const { sight } = this.#routes.get(data.routeId);
    const before = sight.last;
    if (!this.#judge('seat_update', data.routeId, sight.update(data))) return;
    if (data.seq <= before) counts.doubled += 1;
    else counts.missed += data.seq - before - 1;
  }

  /// A server that has just lost its database says so; what was asked is asked again.
  #failed(data) {
    if (!databaseBreaks || data.code !== 'unavailable') {
      this.#differs(`got error: ${JSON.stringify(data).slice(0, 300)}`);
      return;
    }
    this.#note(`unavailable: ${data.routeId}`);
    const { socket } = this;
    setTimeout(() => {
      // On a new connection everything has been asked for again.
      if (socket !== this.socket || !socket.connected) return;
      for (const [routeId, watched] of this.#routes) {
        if (!watched.confirmed) socket.emit('subscribe_route', { routeId });
        else if (watched.asked) this.#ask(routeId);
      }
    }, AGAIN_MS);
  }

  #ask(routeId) {
    this.#routes.get(routeId).asked = true;
    this.socket.emit('get_seat_availability', { routeId });
  }

  /// True if it is a difference.
  #judge(what, routeId, wrong) {
    if (!wrong) return false;
    // Its server may not have seen yet that the database went back, and answers from both histories until
    // it ends the connection.
    if (Date.now() < wentBackAt + NOTICE_MS) {
      counts.betweenHistories += 1;
      this.reload();
      return false;
    }
    this.#differs(`${what} of route ${routeId}: ${wrong}`);
    return true;
  }

  #differs(what) {
    say({ difference: `${what}; ${this.describe().story}` });
  }

  #note(what) {
    const reached = [...this.#routes.values()].map(({ sight }) => sight.last ?? 0);
    this.#happened.push(`${Date.now() - started} ms ${what} at [${reached}]`);
    if (this.#happened.length > HAPPENED_MAX) this.#happened.shift();
  }
}

/// Numbers from 0 to 1 that a seed decides (a linear congruence; nothing depends on their quality).
function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

let clients = [];
/// Servers lose their database now and then, and say so.
let databaseBreaks = false;
/// When the database went back to an older state last.
let wentBackAt = -Infinity;

async function obey(command) {
  switch (command.do) {
    case 'cut': {
      const next = dice(command.seed);
      const chosen = clients.filter(() => next() * 100 < command.percent);
      counts.cuts += chosen.filter((client) => client.cut()).length;
      for (const client of chosen) if (next() * 100 < RELOADS) client.reload();
      return undefined;
    }
    case 'offline':
      browser.dispatchEvent(new Event('offline'));
      return undefined;
    case 'goesBack':
      wentBackAt = Date.now();
      return undefined;
    case 'where':
      return clients.map((client) => client.describe());
    case 'rollCall':
      await Promise.all(clients.map((client) => client.rollCall()));
      return clients.map((client) => client.describe());
    case 'counts':
      return counts;
    default:
      throw new Error(`a command nobody knows: ${command.do}`);
  }
}

const lines = readline.createInterface({ input: process.stdin });
lines.once('line', (first) => {
  const { routes, viewers, ...world } = JSON.parse(first);
  databaseBreaks = world.databaseBreaks;
  clients = viewers.map((viewer) => new Client(viewer, routes));
  lines.on('line', async (line) => {
    const answer = await obey(JSON.parse(line));
    if (answer) say(answer);
  });
});
lines.on('close', () => process.exit(0));
