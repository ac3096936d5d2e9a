// What is installed: packed, put into an empty project, and used there as an ES module, through a bundler and
// from strict TypeScript. And that the core is small.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const CORE_BYTES_MAX = 6_000;

const CONSUMER = `
import { seatMap, Seatwire, type Seat, type SeatMapSnapshot } from "seatwire";
import { useSeatMap as inReact } from "seatwire/react";
import { useSeatMap as inVue } from "seatwire/vue";
import { ref } from "vue";

const token: string | undefined = undefined;
const seats = seatMap("http://localhost:3000", "id", { token, fromStopIndex: 0, toStopIndex: 2 });
const stop: () => void = seats.subscribe((now: SeatMapSnapshot) => {
  const first: Readonly<Seat> | undefined = now.seats[0];
  if (now.state === "error") console.log(now.error?.code, first?.offeredTo);
});
stop();
export const shared = seatMap(new Seatwire({ url: new URL("http://localhost:3000") }), null);
export function Free(): number {
  const { freeSeats, refresh } = inReact("http://localhost:3000", undefined, { token });
  refresh();
  return freeSeats.length;
}
export const inSetup = (): number => inVue("http://localhost:3000", ref<string>(), () => ({ token })).snapshot.value.seq;
// @ts-expect-error there is no such state
export const wrong = seats.getSnapshot().state === "closed";
// @ts-expect-error a picture is not to be changed
seats.getSnapshot().seats.push({ seatNumber: 1, state: "free" });
`;

let project;
before(() => {
  project = mkdtempSync(path.join(tmpdir(), "seatwire-project-"));
  const packed = run("npm", ["pack", "--silent", "--pack-destination", project], PACKAGE).trim().split("\n").at(-1);
  write("package.json", JSON.stringify({ name: "empty", private: true, type: "module" }));
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${packed}`]);
});
after(() => rmSync(project, { recursive: true, force: true }));

function run(program, args, cwd = project) {
  try {
    return execFileSync(program, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (fault) {
    throw new Error(`${program} ${args.join(" ")}:\n${fault.stdout}\n${fault.stderr}`);
  }
}

function write(name, text) {
  writeFileSync(path.join(project, name), text);
}

/** Puts packages of ours into the project, as if they had been installed. */
function lend(...names) {
  for (const name of names) {
    const target = path.join(project, "node_modules", name);
    mkdirSync(path.dirname(target), { recursive: true });
    rmSync(target, { force: true });
    symlinkSync(path.join(PACKAGE, "node_modules", name), target);
  }
}

/** Bundled for browsers and minified. */
async function bundle(entry) {
  write("entry.js", entry);
  const { outputFiles } = await build({
    entryPoints: [path.join(project, "entry.js")],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    external: ["react", "vue"],
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0].contents;
}

describe("the package in an empty project", () => {
  it("brings its sources, declarations and licence, and nothing else", () => {
    const installed = path.join(project, "node_modules/seatwire");
    assert.deepEqual(readdirSync(installed).sort(), ["LICENSE", "README.md", "package.json", "src", "types"]);
    const license = (folder) => readFileSync(path.join(folder, "LICENSE"), "utf8");
    assert.equal(license(installed), license(path.join(PACKAGE, "../..")), "the text that its licence is named after");
    const names = (folder, end) =>
      readdirSync(path.join(installed, folder)).map((name) => name.replace(end, "")).sort();
    assert.deepEqual(names("types", ".d.ts"), names("src", ".js"));
    assert.deepEqual(readdirSync(path.join(project, "node_modules")).filter((name) => !name.startsWith(".")), ["seatwire"]);
  });

  it("is an ES module", () => {
    write("use.mjs", `import { seatMap } from "seatwire"; console.log(seatMap("http://localhost:3000", "id").getSnapshot().state);`);
    assert.equal(run("node", ["use.mjs"]), "connecting\n");
  });

  it("is used from strict TypeScript, with and without a bundler", () => {
    lend("@types/react", "csstype", "vue", "@vue");
    write("use.ts", CONSUMER);
    const tsc = path.join(PACKAGE, "node_modules/typescript/bin/tsc");
    const strict = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noEmit", "--target", "es2022"];
    for (const resolution of [["--module", "nodenext"], ["--module", "esnext", "--moduleResolution", "bundler"]]) {
      run("node", [tsc, ...strict, ...resolution, "use.ts"]);
    }
  });

  it("is bundled, and the core is small", async () => {
    const core = await bundle(`export { seatMap } from "seatwire";`);
    const [gzip, brotli] = [gzipSync(core, { level: 9 }).length, brotliCompressSync(core).length];
    assert.ok(gzip < CORE_BYTES_MAX, `${gzip} bytes with gzip, ${brotli} with brotli`);
  });

  it("brings no framework into a bundle that uses none, and only the one that is used", async () => {
    const frameworks = async (entry) => Buffer.from(await bundle(entry)).toString().match(/from\s*"(react|vue)"/g) ?? [];
    assert.deepEqual(await frameworks(`export { seatMap } from "seatwire";`), []);
    assert.equal((await frameworks(`export { useSeatMap } from "seatwire/react";`)).length, 1);
    assert.equal((await frameworks(`export { useSeatMap } from "seatwire/vue";`)).length, 1);
  });
});
