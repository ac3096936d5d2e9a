// Every operation of /openapi.json, asked by everybody: who may not, must not. Which operation is for whom
// is read from the document itself: its `security`, and `(ADMIN)` or `(staff)` in its summary. What belongs
// to a traveller is asked for in `owned.js`.

import { OWNED, tellsOfPassenger } from './owned.js';

const NOWHERE = '00000000-0000-7000-8000-000000000000';

export function operations(document) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.responses)
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, ...asked(method, path, operation) })),
  );
}

function asked(method, path, { security, summary = '', requestBody }) {
  const name = `${method.toUpperCase()} ${path}`;
  const isSecured = security?.length === 1 && 'bearer' in security[0];
  const isForAdmins = /\(ADMIN\)|\(administrators\)/.test(summary);
  const isForStaff = !isForAdmins && /\(staff/.test(summary);
  return { name, isSecured, isForAdmins, isForStaff, isOwned: OWNED.has(name), hasBody: requestBody !== undefined };
}

/// Whoever is asked for by this is nobody afterwards.
const ENDS_LOGINS = '/auth/logout';

/// Streams do not end by themselves.
export function isStream({ path }) {
  return path.endsWith('/events');
}

/// The address of an operation: on a route with a ticket of somebody else, or on a thing that is nowhere.
export function address({ path }, route) {
  const isOnRoute = /^\/(routes|tracking|tickets\/available-seats)/.test(path);
  const given = { id: isOnRoute ? route.id : NOWHERE, token: 'x'.repeat(43) };
  return path.replace(/\{(\w+)\}/g, (_, name) => given[name] ?? NOWHERE);
}

/// Reads first and deletions last: what others ask about is to be there still.
const turn = ({ method }) => ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].indexOf(method);

/// What is wrong with how everybody was answered; nothing, if all is well. `who`: callers by name.
export async function breaches(document, who, route) {
  const found = [];
  let asked = 0;
  const all = operations(document).filter((operation) => !isStream(operation) && !operation.isOwned);
  for (const operation of all.sort((one, other) => turn(one) - turn(other))) {
    for (const [role, caller] of Object.entries(who)) {
      if (operation.path === ENDS_LOGINS && caller.user) continue;
      const body = operation.hasBody ? {} : undefined;
      const { status, body: said } = await caller.call(operation.method, address(operation, route), body);
      asked += 1;
      const fault = judged(operation, role, status, said);
      if (fault) found.push(`${operation.name} by ${role}: ${status}, ${fault}`);
    }
  }
  return { asked, found };
}

/// The role from which on an operation is not refused for who asks.
const RANKS = ['nobody', 'customer', 'agent', 'admin'];
function rankNeeded({ isSecured, isForAdmins, isForStaff }) {
  if (isForAdmins) return 3;
  if (isForStaff) return 2;
  return isSecured ? 1 : 0;
}

/// Some operations are for customers alone; so the lowest role that may is the control, and every one above it
/// where staff are named.
export function judged(operation, role, status, said) {
  if (status >= 500) return 'a failure of the server';
  const rank = role.startsWith('token') ? 0 : RANKS.indexOf(role);
  const needed = rankNeeded(operation);
  if (operation.isSecured && rank === 0 && status !== 401) return 'not 401 without a login';
  if (rank > 0 && rank < needed && status !== 403) return `not 403 for ${RANKS[needed]} only`;
  const isControl = rank === needed || (rank > needed && needed >= 2);
  if (rank > 0 && isControl && [401, 403].includes(status)) return 'refused to one who may';
  if (rank < 2 && tellsOfPassenger(said)) return "somebody else's passenger was named";
  return undefined;
}
