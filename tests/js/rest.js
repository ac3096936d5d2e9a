// The REST side as a client sees it: one caller with one token, and calls that say what they
// expect. An unexpected status fails with the server's own problem document in the message.

import assert from 'node:assert/strict';
import { PATIENCE_MS } from './inbox.js';

export const DEMO = {
  customer: { email: 'customer@seatwire.example', password: 'customer-demo-1' },
  agent: { email: 'agent@seatwire.example', password: 'agent-demo-1' },
  admin: { email: 'admin@seatwire.example', password: 'admin-demo-1' },
};

export const GOOD_CARD = '5528790000000008';
export const DECLINED_CARD = '4111111111111111';

export class Caller {
  constructor(url, token, user) {
    this.url = url;
    this.token = token;
    this.user = user;
  }

  /// `{status, body, headers}`, whatever the status. What is not JSON, as metrics, stays a text.
  async call(method, path, body, headers = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    const isText = /^(text\/|application\/openmetrics)/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      body: text === '' ? undefined : isText ? text : JSON.parse(text),
      headers: response.headers,
    };
  }

  /// The body of a call that must be answered with this status.
  async expect(status, method, path, body) {
    const answer = await this.call(method, path, body);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  get = (path) => this.expect(200, 'GET', path);
  patch = (path, body) => this.expect(200, 'PATCH', path, body);

  /// Books (or, as staff, sells) one seat; the ticket.
  book(route, seatNumber, more = {}) {
    return this.expect(201, 'POST', '/tickets', booking(route, seatNumber, more));
  }

  tryToBook(route, seatNumber, more = {}) {
    return this.call('POST', '/tickets', booking(route, seatNumber, more));
  }

  pay(ticketId, cardNumber = GOOD_CARD) {
    return this.expect(200, 'POST', '/payments', {
      ticketId,
      cardHolderName: 'Deniz Yolcu',
      cardNumber,
      expireMonth: '12',
      expireYear: '2030',
      cvc: '123',
    });
  }

  cancel = (ticketId) => this.patch(`/tickets/${ticketId}/cancel`);
  suspend = (ticketId) => this.patch(`/tickets/${ticketId}/suspend`);
  confirm = (ticketId) => this.patch(`/tickets/${ticketId}/confirm`);

  availableSeats(route, fromCity = route.fromCity, toCity = route.toCity) {
    const segment = new URLSearchParams({ fromCity, toCity });
    return this.get(`/tickets/available-seats/${route.id}?${segment}`);
  }
}

export function booking(route, seatNumber, more = {}) {
  return {
    routeId: route.id,
    fromCity: route.fromCity,
    toCity: route.toCity,
    seatNumber,
    gender: 'FEMALE',
    userPhoneNumber: '5551234567',
    passengerName: 'Deniz Yolcu',
    ...more,
  };
}

export async function login(url, { email, password }) {
  const anyone = new Caller(url);
  const { user, token } = await anyone.expect(200, 'POST', '/auth/login', { email, password });
  return new Caller(url, token, user);
}

/// Registers a new customer, or whatever `role` says when `as` is an admin.
export async function register(url, email, { as = new Caller(url), ...more } = {}) {
  const person = {
    email,
    password: 'long-enough-for-a-test-1',
    firstName: 'Deniz',
    lastName: 'Yolcu',
    phone: '5551234567',
    ...more,
  };
  const { user, token } = await as.expect(201, 'POST', '/auth/register', person);
  return new Caller(url, token, user);
}
