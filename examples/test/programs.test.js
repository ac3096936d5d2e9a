// The examples that draw nothing: each started as its README says, each told of a booking.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import readline from "node:readline";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { openHouse } from "../../tests/js/house.js";
import { Inbox, within } from "../../tests/js/inbox.js";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

/** A program of ours, ended with the test; its lines, and how it ended. */
function start(t, command, args, env = {}) {
  // A group of its own: `npm run` and the shell in between are ended too.
  const child = spawn(command, args, { cwd: FOLDER, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"], detached: true });
  const lines = new Inbox();
  for (const stream of [child.stdout, child.stderr]) readline.createInterface({ input: stream }).on("line", (line) => lines.push(line));
  const ended = new Promise((resolve) => child.once("close", resolve));
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
    await ended;
  });
  return { ended, says: (what) => lines.first(what, (line) => line.includes(what)) };
}

const npm = (name, ...args) => ["npm", ["run", "--silent", name, "--", ...args]];

describe("curl", () => {
  it("is told of a booking, and of one that it missed", async (t) => {
    const route = await house.newRoute();
    const { says } = start(t, ...npm("curl", house.url, route.id, "0"));
    await house.customer.book(route, 6);
    await says('"seatNumber":6');
    await house.customer.book(route, 7);
    await says('"seatNumber":7');
  });
});

describe("wscat", () => {
  it("is told of a booking", async (t) => {
    const route = await house.newRoute();
    const { says } = start(t, ...npm("wscat", house.url, route.id));
    await says('"event":"subscribed"');
    await house.customer.book(route, 6);
    await says('"seatNumber":6');
  });
});

for (const name of ["python", "python-asyncio"]) {
  describe(name, () => {
    it("is told of a booking, also of one while the server was killed and started again", async (t) => {
      const python = process.env.SEATWIRE_TEST_PYTHON;
      assert.ok(python, "SEATWIRE_TEST_PYTHON names no Python that has python/requirements.txt");
      const route = await house.newRoute();
      const { says } = start(t, ...npm(name, house.url, route.id), { PYTHON: python, PYTHONDONTWRITEBYTECODE: "1" });
      await says("watching, from event 1 on");
      await house.customer.book(route, 6);
      await says("#1 seat 6: seat_reserved");
      await house.server.crash();
      await house.server.restart();
      await house.customer.book(route, 7);
      await says("#2 seat 7: seat_reserved");
    });
  });
}

describe("the bot", () => {
  it("books the first seat of its wishes that is free, and pays", async (t) => {
    const route = await house.newRoute();
    const other = await house.newCustomer();
    await other.book(route, 8);
    const { says, ended } = start(t, ...npm("node-bot", house.url, route.id), { SEAT_WISHES: "8,9" });
    await says("booked seat 9");
    await says("the map says so at event 3");
    assert.equal(await within("the bot to end", ended), 0);
    const [ticket] = (await house.anyone.get(`/routes/${route.id}`)).tickets.filter(({ seatNumber }) => seatNumber === 9);
    assert.equal(ticket.status, "CONFIRMED");
  });
});
