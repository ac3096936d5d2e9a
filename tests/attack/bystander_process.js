// The process of the honest reader: asks one path after the other until its parent says stop, then tells
// how long each answer took and what failed.

import http from 'node:http';
import { ask } from './bystander.js';

const PAUSE_MS = 2;

const [port, ...paths] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
const times = [];
const failures = [];
let isOver = false;
process.once('message', () => {
  isOver = true;
});
// A parent that has ended tells nothing any more.
process.once('disconnect', () => process.exit(0));

for (let index = 0; !isOver; index += 1) {
  const path = paths[index % paths.length];
  const { status, ms } = await ask(Number(port), { path, agent });
  times.push(ms);
  if (status !== 200) failures.push(`${path}: ${status}`);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
agent.destroy();
process.send({ times, failures });
