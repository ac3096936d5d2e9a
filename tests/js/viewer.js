// A stock Socket.IO client on `/seats` that keeps everything it receives.

import { io } from 'socket.io-client';
import { Inbox, within } from './inbox.js';

/// The three ways in which a stock client may come.
export const TRANSPORTS = {
  'websocket only': { transports: ['websocket'] },
  'polling only': { transports: ['polling'] },
  'polling, then upgrade': {},
};

/// The namespace's own happenings stand in the inbox under names no server can send.
export const CONNECT = '(connect)';
export const CONNECT_ERROR = '(connect_error)';
export const DISCONNECT = '(disconnect)';

export class Viewer {
  inbox = new Inbox();

  constructor(url, { namespace = '/seats', ...options } = {}) {
    this.socket = io(url + namespace, {
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      ...options,
    });
    this.socket.onAny((event, ...args) => this.inbox.push({ event, data: args[0], args }));
    this.socket.on('connect', () => this.inbox.push({ event: CONNECT, data: this.socket.id }));
    this.socket.on('disconnect', (reason) => this.inbox.push({ event: DISCONNECT, data: reason }));
    this.socket.on('connect_error', (fault) => {
      this.inbox.push({ event: CONNECT_ERROR, data: { message: fault.message, data: fault.data } });
    });
  }

  /// Connected, and subscribed to each of these routes.
  static async watching(url, routes, options) {
    const viewer = new Viewer(url, options);
    for (const route of routes) await viewer.subscribe(route.id);
    return viewer;
  }

  connected() {
    return this.next(CONNECT);
  }

  /// The acknowledgement of one message.
  ask(event, data) {
    const answer = new Promise((resolve) => this.socket.emit(event, data, resolve));
    return within(`the acknowledgement of ${event} ${JSON.stringify(data)}`, answer);
  }

  subscribe(routeId, more = {}) {
    return this.ask('subscribe_route', { routeId, ...more });
  }

  /// The data of the first `event` that fits, past or future.
  async next(event, fits = () => true, what = event) {
    const fitting = (item) => item.event === event && fits(item.data);
    return (await this.inbox.first(what, fitting)).data;
  }

  /// Waits until this route's event number `seq` is here.
  update(routeId, seq) {
    const fits = (data) => data.routeId === routeId && data.seq === seq;
    return this.next('seat_update', fits, `seat_update ${seq} of route ${routeId}`);
  }

  /// The `seat_update`s received so far, of one route or of all.
  updates(routeId) {
    const wanted = (item) =>
      item.event === 'seat_update' && (routeId === undefined || item.data.routeId === routeId);
    return this.inbox.all.filter(wanted).map((item) => item.data);
  }

  all(event) {
    return this.inbox.all.filter((item) => item.event === event).map((item) => item.data);
  }

  /// Resolves when the server has answered this viewer once more: whatever it was going to send
  /// before that has arrived.
  async caughtUp(routeId) {
    return this.ask('get_seat_availability', { routeId });
  }

  close() {
    this.socket.disconnect();
  }
}

/// Closes what a test has opened, whichever way the test ends.
export function closing(context, ...viewers) {
  context.after(() => viewers.forEach((viewer) => viewer.close()));
}
