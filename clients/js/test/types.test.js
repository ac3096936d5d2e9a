// The type declarations are kept in the repository, because the server is built without Node.js and packs them.
// They are what the compiler makes of the sources now; `npm run types` writes them anew.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

function declarations(folder) {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(path.join(folder, name), "utf8")]));
}

describe("the type declarations", () => {
  it("are those of the sources", (t) => {
    const fresh = mkdtempSync(path.join(tmpdir(), "seatwire-types-"));
    t.after(() => rmSync(fresh, { recursive: true }));
    const tsc = path.join(PACKAGE, "node_modules/typescript/bin/tsc");
    execFileSync("node", [tsc, "--project", "tsconfig.types.json", "--outDir", fresh], { cwd: PACKAGE });
    assert.deepEqual(declarations(path.join(PACKAGE, "types")), declarations(fresh));
  });
});
