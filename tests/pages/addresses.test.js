// The addresses in the documents are the program's: what stands as `GET /routes/{id}` in any of them is an
// operation of `/openapi.json`, and the quick reference names every operation.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { ROOT, documents } from './blocks.js';

const METHOD = '(?:GET|POST|PUT|PATCH|DELETE)';
/// "`GET`, `POST /holds`", "`PATCH` or `PUT /tickets/{id}/confirm`": several methods before one address.
const WRITTEN = new RegExp(`((?:\`?${METHOD}\`?(?:, | or | ))+)\`?(/[a-z][\\w/{}.-]*)`, 'g');
/// Behind an address, others of the same folder: "`/suspend`", "`/upcoming`".
const BESIDE = /^`(\/[a-z][\w/{}-]*)`/;
/// What is said of an address behind it: its body, a remark.
const SAID = /^(?: `\{[^`]*\}`)?(?: \([^)]*\))?/;
const SEPARATORS = /^(?: · |, )/;
const QUICK = 'docs/quick-reference.md';
/// Tells what was: its addresses may be gone.
const OF_THE_PAST = 'CHANGELOG.md';
/// Of the programs that Seatwire is measured beside.
const OF_OTHERS = new Set(['POST /fire']);

let house;
let operations;
before(async () => {
  house = await openHouse();
  const { paths } = await house.anyone.get('/openapi.json');
  const all = Object.entries(paths).flatMap(([address, methods]) => Object.keys(methods).map((method) => named(method, address)));
  // The documents that the list itself is in.
  operations = new Set([...all, 'GET /openapi.json', 'GET /asyncapi.json']);
});
after(() => house?.close());

/// What a parameter is called does not matter.
function named(method, address) {
  return `${method.toUpperCase()} ${address.replaceAll(/\{\w+\}/g, '{}')}`;
}

/// Every operation that a document writes out, without what stands beside it.
function written(text) {
  return [...text.matchAll(WRITTEN)].flatMap(([, methods, address]) =>
    methods.match(new RegExp(METHOD, 'g')).map((method) => named(method, address)));
}

/// The operations of a table whose rows go on with short forms of the address before.
function inTable(text) {
  const found = [];
  for (const { 0: whole, 1: methods, 2: address, index } of text.matchAll(WRITTEN)) {
    const these = methods.match(new RegExp(METHOD, 'g'));
    found.push(...these.map((method) => named(method, address)));
    // Behind the query, the closing backtick and what is said of it, until something else begins.
    let rest = text.slice(index + whole.length).replace(/^[^`]*`/, '').replace(SAID, '');
    while (SEPARATORS.test(rest)) {
      rest = rest.replace(SEPARATORS, '');
      const [shown, short] = BESIDE.exec(rest) ?? [];
      if (!short) break;
      const folders = [`/${address.split('/')[1]}`, address.replace(/\/[^/]*$/, ''), ''];
      found.push(...folders.flatMap((folder) => these.map((method) => named(method, folder + short))));
      rest = rest.slice(shown.length).replace(SAID, '');
    }
  }
  return new Set(found);
}

describe('the addresses in the documents', () => {
  it('are operations of the program', () => {
    const wrong = documents().filter((file) => file !== OF_THE_PAST).flatMap((file) =>
      written(readFileSync(path.join(ROOT, file), 'utf8'))
        // A document may name a list for its entries too: `DELETE /stations`.
        .filter((name) => !operations.has(name) && !operations.has(`${name}/{}`) && !OF_OTHERS.has(name))
        .map((name) => `${file}: ${name}`));
    assert.deepEqual(wrong, []);
  });

  it('are all on the page of the quick reference', () => {
    const text = readFileSync(path.join(ROOT, QUICK), 'utf8');
    const onPage = inTable(text);
    assert.deepEqual([...operations].filter((name) => !onPage.has(name)), []);
  });

  it('are found in every form in which they are written', () => {
    const text = '`GET /a?q` · `/b` · `GET`, `PATCH /a/{id}` | `PATCH` or `PUT /a/{id}/c`, `/d` `POST /e/{x}/f` `{g}`, `/e/h`';
    assert.deepEqual(written(text), ['GET /a', 'GET /a/{}', 'PATCH /a/{}', 'PATCH /a/{}/c', 'PUT /a/{}/c', 'POST /e/{}/f']);
    const all = inTable(text);
    for (const name of ['GET /a/b', 'PUT /a/{}/d', 'PATCH /a/{}/d', 'POST /e/h']) assert.ok(all.has(name), name);
    assert.ok(!all.has('POST /e/{}/d'));
  });
});
