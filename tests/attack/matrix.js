// Every operation of /openapi.json, asked by everybody: who may not, must not. Which operation is for whom
// is read from the document itself: its `security`, and `(ADMIN)` or `(staff)` in its summary.

const NOWHERE = '00000000-0000-7000-8000-000000000000';
const OWNED = /^\/(tickets|bookings)\/\{id\}|^\/payments\/refund\/\{id\}/;
/// Public with the right pair of code and phone, whatever the summary says of the rest.
const BY_PAIR = new Set(['GET /tickets/search']);
/// What a customer may do with what is theirs.
const OF_OWNERS = /\/confirm$/;

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
  const isForStaff = !isForAdmins && /\(staff/.test(summary) && !BY_PAIR.has(name) && !OF_OWNERS.test(path);
  return { name, isSecured, isForAdmins, isForStaff, isOwned: OWNED.test(path), hasBody: requestBody !== undefined };
}

/// Whoever is asked for by this is nobody afterwards.
const ENDS_LOGINS = '/auth/logout';

/// Streams do not end by themselves.
export function isStream({ path }) {
  return path.endsWith('/events');
}

/// The address of an operation, on what belongs to the owner where it belongs to somebody.
export function address({ path }, { ticket, booking, route }) {
  const id = () => {
    if (path.startsWith('/tickets/available-seats')) return route.id;
    if (path.startsWith('/tickets') || path.startsWith('/payments')) return ticket.id;
    if (path.startsWith('/bookings')) return booking;
    return path.startsWith('/routes') || path.startsWith('/tracking') ? route.id : NOWHERE;
  };
  const given = { id: id(), pnr: ticket.pnrNumber, token: 'x'.repeat(43) };
  return path.replace(/\{(\w+)\}/g, (_, name) => given[name] ?? NOWHERE);
}

/// What is wrong with how everybody was answered; nothing, if all is well. `who`: callers by name.
export async function breaches(document, who, owned) {
  const found = [];
  let asked = 0;
  // Reads first: the owner's ticket is to be there while others ask for it.
  const all = operations(document).filter((operation) => !isStream(operation));
  for (const operation of all.sort((one, other) => (one.method === 'GET' ? 0 : 1) - (other.method === 'GET' ? 0 : 1))) {
    for (const [role, caller] of Object.entries(who)) {
      if (operation.path === ENDS_LOGINS && ['customer', 'agent'].includes(role)) continue;
      const body = operation.hasBody ? {} : undefined;
      const { status, body: said } = await caller.call(operation.method, address(operation, owned), body);
      asked += 1;
      const fault = judged(operation, role, status, said);
      if (fault) found.push(`${operation.name} by ${role}: ${status}, ${fault}`);
    }
  }
  return { asked, found };
}

function judged(operation, role, status, said) {
  if (status >= 500) return 'a failure of the server';
  const isAnybody = role === 'nobody' || role.startsWith('token');
  if (operation.isSecured && isAnybody && status !== 401) return 'not 401 without a login';
  if (role.startsWith('token') && status < 300 && operation.isSecured) return 'a bad token was let in';
  if (operation.isForAdmins && ['customer', 'agent'].includes(role) && status !== 403) return 'not 403 for ADMIN only';
  if (operation.isForStaff && role === 'customer' && status !== 403) return 'not 403 for staff only';
  if (operation.isOwned && ['customer', ...(isAnybody ? [role] : [])].includes(role)) {
    if (status < 300) return "somebody else's was given or changed";
    if (JSON.stringify(said ?? '').includes('Deniz')) return "the refusal names somebody else's passenger";
  }
  return undefined;
}
