// Two viewers without a Socket.IO library: a plain WebSocket that speaks JSON frames, as Postman
// or wscat do, and a reader of Server-Sent Events.

import { WebSocket } from 'ws';
import { Inbox, within } from './inbox.js';

export class PlainViewer {
  inbox = new Inbox();
  closed = false;

  constructor(url, { token } = {}) {
    const query = token ? `?token=${encodeURIComponent(token)}` : '';
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/seats${query}`);
    this.socket.on('message', (data, isBinary) => {
      this.inbox.push(isBinary ? { binary: true } : JSON.parse(data.toString()));
    });
    this.socket.on('close', () => {
      this.closed = true;
    });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
  }

  static async open(url, options) {
    const viewer = new PlainViewer(url, options);
    await within('the WebSocket to open', viewer.opened);
    return viewer;
  }

  send(frame) {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /// The first frame of this event that fits.
  next(event, fits = () => true) {
    const fitting = (frame) => frame.event === event && fits(frame);
    return this.inbox.first(`a frame ${event}`, fitting);
  }

  /// The frame that answers the message with this id.
  answer(id) {
    return this.inbox.first(`the answer to message ${id}`, (frame) => frame.id === id);
  }

  updates() {
    return this.inbox.all.filter((frame) => frame.event === 'seat_update').map((frame) => frame.data);
  }

  close() {
    this.socket.terminate();
  }
}

export class EventStream {
  inbox = new Inbox();
  #stop = new AbortController();

  /// `lastEventId` is sent as the header a browser would send after a disconnection.
  static async open(url, routeId, { lastEventId, token } = {}) {
    const stream = new EventStream();
    const opening = fetch(`${url}/routes/${routeId}/events`, {
      headers: {
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      signal: stream.#stop.signal,
    });
    stream.response = await within('the event stream to open', opening);
    if (stream.response.ok) stream.#read(stream.response.body);
    return stream;
  }

  async #read(body) {
    let rest = '';
    try {
      for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + chunk).split(/\r?\n\r?\n/);
        rest = blocks.pop();
        for (const block of blocks) this.#take(block);
      }
      this.inbox.push({ event: '(end)' });
    } catch {
      // Aborted by `close`, or the server is gone: either way the stream is over.
      this.inbox.push({ event: '(end)' });
    }
  }

  #take(block) {
    const message = { data: [] };
    for (const line of block.split(/\r?\n/)) {
      const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (field === 'data') message.data.push(value);
      else if (field === 'event' || field === 'id') message[field] = value;
      // An empty field name is a comment: what keeps the connection warm.
    }
    if (message.data.length > 0) {
      this.inbox.push({ ...message, data: JSON.parse(message.data.join('\n')) });
    }
  }

  /// Waits until event number `seq` is here.
  update(seq) {
    const fits = (item) => item.event === 'seat_update' && item.data.seq === seq;
    return this.inbox.first(`server-sent seat_update ${seq}`, fits);
  }

  updates() {
    return this.inbox.all.filter((item) => item.event === 'seat_update').map((item) => item.data);
  }

  close() {
    this.#stop.abort();
  }
}
