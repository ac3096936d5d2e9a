// The alerts and the dashboard in deploy/: promtool finds nothing wrong, each alert fires when it should,
// each has a page that says what to do, and nothing is named that a running server does not tell.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, it } from 'node:test';
import { openHouse } from '../js/house.js';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const PYTHON = process.env.SEATWIRE_TEST_PYTHON ?? 'python3';
const RULES = readFileSync(`${DEPLOY}prometheus/alerts.yml`, 'utf8');
const FIRED = readFileSync(`${DEPLOY}prometheus/alerts.test.yml`, 'utf8');
const DASHBOARD = JSON.parse(readFileSync(`${DEPLOY}grafana/seatwire.json`, 'utf8'));
const PAGE = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');
const ALERTS = [...RULES.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name);

function promtool(args, input) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: `${DEPLOY}prometheus`, input, encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}`.trim() };
}

function expressions() {
  const panels = DASHBOARD.panels.flatMap((panel) => (panel.targets ?? []).map((target) => target.expr));
  const variables = DASHBOARD.templating.list.filter(({ type }) => type === 'query').map(({ query }) => query);
  return [...panels, ...variables, RULES];
}

let house;
let told;
before(async () => {
  house = await openHouse();
  const route = await house.newRoute();
  await house.customer.book(route, 1);
  // What has not happened yet has no series; Prometheus is told of these as they come.
  await house.anyone.call('GET', '/no-such-address');
  told = await (await fetch(`${house.url}/metrics`, { headers: { authorization: `Bearer ${house.admin.token}` } })).text();
});
after(() => house?.close());

it('what a running server tells is as Prometheus wants it', () => {
  assert.match(told, /seatwire_build_info/);
  assert.deepEqual(promtool(['check', 'metrics'], told), { status: 0, said: '' });
});

it('what it tells as OpenMetrics is read by a strict reader, with the same figures', async () => {
  const asked = {
    accept: 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    authorization: `Bearer ${house.admin.token}`,
  };
  const answer = await fetch(`${house.url}/metrics`, { headers: asked });
  assert.equal(answer.headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  const text = await answer.text();
  assert.ok(text.endsWith('\n# EOF\n'), text.slice(-80));
  // The reader refuses what is not of the form: names, units, bounds, order, the end.
  const reads = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
families = list(read(sys.stdin.read()))
print(json.dumps({f.name: [f.type, f.unit, sorted({s.name for s in f.samples})] for f in families}))`;
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', reads], { input: text, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const families = JSON.parse(stdout);
  assert.deepEqual(families.seatwire_http_requests, ['counter', '', ['seatwire_http_requests_total']]);
  assert.deepEqual(families.seatwire_http_request_duration_seconds.slice(0, 2), ['histogram', 'seconds']);
  assert.deepEqual(families.process_resident_memory_bytes.slice(0, 2), ['gauge', 'bytes']);
  const plain = [...told.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name.replace(/_total$/, ''));
  assert.deepEqual(Object.keys(families).sort(), [...new Set(plain)].sort());
});

it('the rules are sound and each alert fires, and only when it should', () => {
  for (const args of [['check', 'rules', 'alerts.yml'], ['test', 'rules', 'alerts.test.yml']]) {
    const { status, said } = promtool(args);
    assert.equal(status, 0, said);
  }
  assert.ok(ALERTS.length >= 10, `${ALERTS}`);
  for (const name of ALERTS) assert.ok(FIRED.includes(`name: ${name}\n`), `no test makes ${name} fire`);
});

/// Promtool reads expressions only in rules: one rule for each, with a time in place of Grafana's own variable.
function checkedExpressions(expressions) {
  const rules = expressions.map((expr, at) => ({ record: `panel:${at}`, expr: expr.replaceAll('$__rate_interval', '5m') }));
  const folder = mkdtempSync(join(tmpdir(), 'seatwire-dashboard-'));
  try {
    const file = join(folder, 'rules.yml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    return promtool(['check', 'rules', file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('every expression of the dashboard can be read', () => {
  const shown = DASHBOARD.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const { status, said } = checkedExpressions(shown);
  assert.equal(status, 0, said);
  assert.match(said, new RegExp(`\\b${shown.length} rules found`));
  assert.ok(shown.length >= 30, `${shown.length}`);
  // It would be told of one that cannot be read: each of these faults was made in the first of them.
  const [first, ...others] = shown;
  for (const wrong of [first.slice(0, -1), first.replace('sum by', 'sum bye'), first.replace('rate(', 'rated('), `${first} +`]) {
    assert.notEqual(wrong, first);
    assert.notEqual(checkedExpressions([wrong, ...others]).status, 0, wrong);
  }
});

it('each alert has a page that says what to do', () => {
  const pages = [...PAGE.matchAll(/^## (Seatwire\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(pages, ALERTS);
  for (const name of ALERTS) {
    const link = `runbook_url: docs/alerts.md#${name.toLowerCase()}`;
    assert.ok(RULES.includes(link), `${name} has no ${link}`);
  }
});

it('every metric that is named is one that a server tells', () => {
  const list = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const kinds = new Map([...list.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, kind]) => [name, kind]));
  // The list is held to a running server by the program's own tests; here the two that nothing has caused yet.
  for (const name of [...kinds.keys()].filter((name) => !/payments|rate_limited/.test(name))) {
    assert.match(told, new RegExp(`^# TYPE ${name} `, 'm'));
  }
  const named = new Set(expressions().flatMap((text) => text.match(/\b(?:seatwire|process)_\w+/g) ?? []));
  assert.ok(named.size >= 15, [...named].join(' '));
  for (const name of named) {
    const histogram = name.replace(/_(bucket|sum|count)$/, '');
    const is = kinds.has(name) || kinds.get(histogram) === 'histogram';
    assert.ok(is, `${name} is not told by any server`);
  }
});
