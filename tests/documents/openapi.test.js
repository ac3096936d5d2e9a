// `/openapi.json`: nothing to complain of for Redocly's recommended rules, and a typed client that is made of it
// compiles and books a seat.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openHouse } from '../js/house.js';
import { DEMO } from '../js/rest.js';

/// As strict as the compiler can be, and nothing of Node's types: the client knows the web's alone.
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  target: 'es2022',
  module: 'nodenext',
  lib: ['es2022', 'dom'],
  types: [],
};

const HERE = fileURLToPath(new URL('.', import.meta.url));

const CLIENT = `
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

const [server = "", routeId = "", email = "", password = ""] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: server });

const login = await client.POST("/auth/login", { body: { email, password } });
if (!login.data) throw new Error(login.error?.detail);
const headers = { authorization: \`Bearer \${login.data.token}\` };

const route = await client.GET("/routes/{id}", { params: { path: { id: routeId } } });
if (!route.data) throw new Error(route.error?.detail);
const { fromCity, toCity } = route.data;

const passenger = { gender: "FEMALE", userPhoneNumber: "5551234567", passengerName: "Deniz Yolcu" } as const;
const booked = await client.POST("/tickets", { headers, body: { routeId, fromCity, toCity, seatNumber: 12, ...passenger } });
if (!booked.data) throw new Error(booked.error?.detail);
const ticket: components["schemas"]["Ticket"] = booked.data;
console.log(\`\${ticket.seatNumber} \${ticket.status}\`);

// @ts-expect-error there is no such gender
export const wrong: components["schemas"]["Gender"] = "NONE";
`;

let house;
let folder;
before(async () => {
  house = await openHouse();
  folder = mkdtempSync(path.join(tmpdir(), 'seatwire-openapi-'));
  write('openapi.json', JSON.stringify(await house.anyone.get('/openapi.json')));
  write('package.json', JSON.stringify({ private: true, type: 'module' }));
  write('node.d.ts', 'declare const process: { argv: string[] };\n');
  symlinkSync(path.join(HERE, 'node_modules'), path.join(folder, 'node_modules'));
});
after(async () => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  await house?.close();
});

function write(name, text) {
  writeFileSync(path.join(folder, name), text);
}

function run(program, args) {
  const file = program === 'node' ? program : path.join(HERE, 'node_modules/.bin', program);
  try {
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    return execFileSync(file, args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
  } catch (fault) {
    throw new Error(`${program} ${args.join(' ')}:\n${fault.stdout}\n${fault.stderr}`);
  }
}

/// The rule for ambiguous paths looks at no methods. The contract has `GET /bookings/pnr/{pnr}` beside
/// `PATCH /bookings/{id}/cancel`, and others like them: no request fits both.
function isTwoMethods({ ruleId, message }) {
  if (ruleId !== 'no-ambiguous-paths') return false;
  const { paths } = JSON.parse(readFileSync(path.join(folder, 'openapi.json'), 'utf8'));
  const [one, other] = [...message.matchAll(/`([^`]+)`/g)].map(([, name]) => Object.keys(paths[name]));
  return one.every((method) => !other.includes(method));
}

describe('/openapi.json', () => {
  it('keeps the recommended rules', () => {
    const config = path.join(HERE, 'redocly.yaml');
    const found = JSON.parse(run('redocly', ['lint', 'openapi.json', `--config=${config}`, '--format=json', '--max-problems=1000']));
    const problems = found.problems.filter((problem) => !isTwoMethods(problem)).map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer}`);
    assert.deepEqual(problems, []);
  });

  it('makes a typed client that compiles strictly and books a seat', async () => {
    run('openapi-typescript', ['openapi.json', '--output', 'api.ts']);
    write('book.ts', CLIENT);
    write('tsconfig.json', JSON.stringify({ compilerOptions: STRICT, files: ['node.d.ts', 'book.ts'] }));
    run('tsc', []);
    const route = await house.newRoute();
    const { email, password } = DEMO.customer;
    assert.equal(run('node', ['book.js', house.url, route.id, email, password]), '12 RESERVED\n');
  });
});
