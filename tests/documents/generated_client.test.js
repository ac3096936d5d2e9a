// `/openapi.json`: a client that OpenAPI Generator makes of it compiles strictly and books a seat. The generator writes a
// class for each group of operations and asks more of a document than a map of types does: a name for each operation, a
// schema for each answer, no schema under the name of a language's own type.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openHouse } from '../js/house.js';
import { DEMO } from '../js/rest.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PYTHON = process.env.SEATWIRE_TEST_PYTHON;

/// Strict, and nothing of Node's types. `noUncheckedIndexedAccess` is left out: the generator's own runtime does not keep it.
const STRICT = { strict: true, target: 'es2022', module: 'nodenext', lib: ['es2022', 'dom'], types: [] };

const CLIENT = `
import { AuthApi, Configuration, RoutesApi, TicketsApi, type Gender } from "./client/index.js";

const [basePath = "", id = "", email = "", password = ""] = process.argv.slice(2);
const { token } = await new AuthApi(new Configuration({ basePath })).postAuthLogin({ login: { email, password } });
const known = new Configuration({ basePath, accessToken: token });

const { fromCity, toCity } = await new RoutesApi(known).getRoutesById({ id });
const passenger = { gender: "FEMALE", userPhoneNumber: "5551234567", passengerName: "Deniz Yolcu" } as const;
const newTicket = { routeId: id, fromCity, toCity, seatNumber: 12, ...passenger };
const ticket = await new TicketsApi(known).postTickets({ newTicket });
console.log(\`\${ticket.seatNumber} \${ticket.status} \${ticket.createdAt instanceof Date}\`);

// @ts-expect-error there is no such gender
export const wrong: Gender = "NONE";
`;

let house;
let folder;
before(async () => {
  assert.ok(PYTHON, 'SEATWIRE_TEST_PYTHON: a Python in which requirements.txt is installed (`cargo xtask test` makes one)');
  house = await openHouse();
  folder = mkdtempSync(path.join(tmpdir(), 'seatwire-generated-'));
});
after(async () => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  await house?.close();
});

function run(program, args) {
  try {
    return execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
  } catch (fault) {
    throw new Error(`${program} ${args.join(' ')}:\n${fault.stdout}\n${fault.stderr}`);
  }
}

function write(name, content) {
  writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('a client that OpenAPI Generator makes', () => {
  it('compiles strictly and books a seat', async () => {
    write('openapi.json', await house.anyone.get('/openapi.json'));
    const generator = path.join(path.dirname(PYTHON), 'openapi-generator-cli');
    const way = ['--generator-name', 'typescript-fetch', '--additional-properties', 'importFileExtension=.js'];
    run(generator, ['generate', '--input-spec', 'openapi.json', '--output', 'client', ...way]);
    write('package.json', { private: true, type: 'module' });
    write('node.d.ts', 'declare const process: { argv: string[] };\n');
    write('book.ts', CLIENT);
    write('tsconfig.json', { compilerOptions: STRICT, files: ['node.d.ts', 'book.ts'] });
    run(path.join(HERE, 'node_modules/.bin/tsc'), []);

    const route = await house.newRoute();
    const { email, password } = DEMO.customer;
    assert.equal(run('node', ['book.js', house.url, route.id, email, password]), '12 RESERVED true\n');
  });
});
