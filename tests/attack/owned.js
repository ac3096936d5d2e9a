// What belongs to somebody: each operation on it, asked by everybody about a thing of its own.
//
// The thing is made anew for each caller, in a state in which its owner could do what is asked. So a refusal
// can only be for the caller; that it is, is shown each time by one who may and asks the same afterwards.

import { isDeepStrictEqual } from 'node:util';
import { GOOD_CARD } from '../js/rest.js';

/// Of the passenger alone: an answer that has one of these tells of somebody else's ticket.
export const PASSENGER = { passengerName: 'Zeynep Sahibi', userPhoneNumber: '5559876543' };
const WRONG_PHONE = '5399999999';
const GIVEN_AWAY = ['Zeynep', '5559876543'];

const reserved = ({ owner, route, seat }) => owner.book(route, seat, PASSENGER);
async function paid(scene) {
  const ticket = await reserved(scene);
  await scene.owner.pay(ticket.id);
  return ticket;
}
async function suspended(scene) {
  const ticket = await paid(scene);
  await scene.house.agent.suspend(ticket.id);
  return ticket;
}
async function suspendedUnpaid(scene) {
  const ticket = await reserved(scene);
  await scene.house.agent.suspend(ticket.id);
  return ticket;
}

const card = (ticket) => ({
  ticketId: ticket.id, cardHolderName: 'Ali Veli', cardNumber: GOOD_CARD, expireMonth: '12', expireYear: '2030', cvc: '123',
});
const inBody = (pair) => ({ body: pair });
const inQuery = (...names) => (pair) => ({ query: `?${new URLSearchParams(names.map((name) => [name, pair[name]]))}` });
const byRoute = (ticket) => `?routeId=${ticket.routeId}`;

/// Every operation on what is owned: the state of the ticket, and a body or a query that is accepted. `forStaff`:
/// in this state not even the owner may. `noLogin`: how a caller without a login is refused, if not by 401: here
/// other parameters would do instead. `pair`: where a guest sends code and phone. An operation twice is for two states.
export const QUESTIONS = [
  { name: 'GET /tickets/{id}', state: reserved, pair: inQuery('pnrNumber', 'phone') },
  { name: 'GET /tickets/pnr/{pnr}', state: reserved, pair: inQuery('phone') },
  { name: 'GET /tickets/search', state: reserved, query: byRoute, forStaff: true, noLogin: 403 },
  { name: 'PATCH /tickets/{id}', state: reserved, body: () => ({ passengerName: 'Zeynep Sahibi Demir' }) },
  { name: 'PATCH /tickets/{id}', state: paid, body: () => ({ userPhoneNumber: '5559876543', gender: 'OTHER' }) },
  { name: 'DELETE /tickets/{id}', state: reserved, pair: inBody },
  { name: 'PATCH /tickets/{id}/cancel', state: reserved, pair: inBody },
  { name: 'PUT /tickets/{id}/cancel', state: paid, pair: inBody },
  { name: 'PATCH /tickets/{id}/confirm', state: suspended },
  { name: 'PUT /tickets/{id}/confirm', state: suspended },
  { name: 'PATCH /tickets/{id}/confirm', state: reserved, forStaff: true },
  { name: 'PUT /tickets/{id}/confirm', state: suspendedUnpaid, forStaff: true },
  { name: 'PATCH /tickets/{id}/suspend', state: reserved, forStaff: true },
  { name: 'PUT /tickets/{id}/suspend', state: paid, forStaff: true },
  { name: 'GET /bookings/{id}', state: reserved, pair: inQuery('pnrNumber', 'phone') },
  { name: 'GET /bookings/pnr/{pnr}', state: reserved, pair: inQuery('phone') },
  { name: 'PATCH /bookings/{id}/cancel', state: paid, pair: inBody },
  { name: 'POST /payments', state: reserved, body: card, pair: inBody },
  { name: 'POST /payments/refund/{id}', state: paid },
];
export const OWNED = new Set(QUESTIONS.map(({ name }) => name));

/// Not owned by a traveller: the company's own things, and holds, which whoever has their token may use.
const OF_THE_COMPANY = /^\/(routes|buses|bus-features|seat-layouts|stations|tracking|users|holds)\/|^\/tickets\/available-seats\//;
/// A field of a body that names somebody's thing.
const NAMES_A_THING = ['ticketId', 'bookingId', 'paymentId'];

/// Operations on one thing of which nobody has said here whose it is, and questions that the document has not.
export function unknown(document) {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.responses)
      .map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
  );
  const isAboutOne = ({ path, operation }) =>
    (path.includes('{') && !OF_THE_COMPANY.test(path)) || fields(document, operation).some((name) => NAMES_A_THING.includes(name));
  const names = new Set(all.map(({ name }) => name));
  return [
    ...all.filter((it) => isAboutOne(it) && !OWNED.has(it.name)).map(({ name }) => `${name}: in no question of owned.js`),
    ...[...OWNED].filter((name) => !names.has(name)).map((name) => `${name}: not in the document`),
  ];
}

function fields(document, { requestBody }) {
  const schema = requestBody?.content?.['application/json']?.schema;
  const named = schema?.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema;
  return Object.keys(named?.properties ?? {});
}

/// What is wrong with the answer to one who may not ask; nothing, if all is well. `only`: the one right status.
export function strangersFault(only, { status, body }, isUnchanged) {
  if (status < 300) return "somebody else's was given or changed";
  if (!isUnchanged) return "somebody else's changed, whatever the answer says";
  if (only !== undefined && status !== only) return `not ${only}`;
  if (![401, 403, 404].includes(status)) return 'refused for another reason than who asks';
  if (tellsOfPassenger(body)) return "the refusal names somebody else's passenger";
  return undefined;
}

/// The same for one who may: without their success, a refusal of others shows nothing.
export function holdersFault({ status }) {
  if (status === 401 || status === 403) return 'refused to one who may';
  return status < 300 ? undefined : 'failed for one who may, so it shows nothing about others';
}

export function tellsOfPassenger(body) {
  const text = JSON.stringify(body ?? '');
  return GIVEN_AWAY.some((word) => text.includes(word));
}

/// `phone`: of a guest, who sends it with the ticket's code.
function asked(caller, { name, body, query, pair }, ticket, phone) {
  const [method, path] = name.split(' ');
  const of = { id: path.startsWith('/bookings') ? ticket.bookingId : ticket.id, pnr: ticket.pnrNumber };
  const guest = phone ? pair({ pnrNumber: ticket.pnrNumber, phone }) : {};
  const address = path.replace(/\{(\w+)\}/g, (_, part) => of[part]) + (guest.query ?? query?.(ticket) ?? '');
  return caller.call(method, address, body || guest.body ? { ...body?.(ticket), ...guest.body } : undefined);
}

/// A customer may be told that there is no such thing; without a login there is one right refusal.
function onlyFor(caller, { noLogin = 401 }) {
  if (caller.user) return undefined;
  return caller.token ? 401 : noLogin;
}

/// As its owner sees it.
async function seen(owner, ticket) {
  return [await owner.get(`/tickets/${ticket.id}`), await owner.get(`/bookings/${ticket.bookingId}`)];
}

/// What is wrong with how everybody was answered. `strangers`: callers by name, with a `user` if logged in.
export async function breachesOfOwners(house, strangers) {
  const found = [];
  let count = 0;
  for (const question of QUESTIONS) {
    const owner = await house.newCustomer();
    const route = await house.newRoute();
    let seat = 0;
    const fresh = () => question.state({ house, owner, route, seat: (seat += 1) });
    const note = (who, { status }, fault) => {
      count += 1;
      if (fault) found.push(`${question.name} (${question.state.name}) by ${who}: ${status}, ${fault}`);
    };
    const mayNot = { ...strangers, ...(question.forStaff ? { 'its owner': owner } : {}) };
    const [mayName, may] = question.forStaff ? ['an agent', house.agent] : ['its owner', owner];
    for (const [who, caller] of Object.entries(mayNot)) {
      const ticket = await fresh();
      const before = await seen(owner, ticket);
      const answer = await asked(caller, question, ticket);
      const isUnchanged = isDeepStrictEqual(await seen(owner, ticket), before);
      note(who, answer, strangersFault(onlyFor(caller, question), answer, isUnchanged));
      const control = await asked(may, question, ticket);
      note(`${mayName} after ${who}`, control, holdersFault(control));
    }
    if (question.pair) {
      const ticket = await fresh();
      const before = await seen(owner, ticket);
      const answer = await asked(house.anyone, question, ticket, WRONG_PHONE);
      const isUnchanged = isDeepStrictEqual(await seen(owner, ticket), before);
      note('a guest with a wrong phone', answer, strangersFault(404, answer, isUnchanged));
      const control = await asked(house.anyone, question, ticket, PASSENGER.userPhoneNumber);
      note('a guest with the right phone', control, holdersFault(control));
    }
    for (const [who, caller] of [['an agent', house.agent], ['an administrator', house.admin]]) {
      const answer = await asked(caller, question, await fresh());
      note(who, answer, holdersFault(answer));
    }
  }
  return { asked: count, found };
}
