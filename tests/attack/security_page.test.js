// docs/security.md names a test for each threat: each is one that there is.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

const ROOT = new URL('../../', import.meta.url);
const PAGE = readFileSync(new URL('docs/security.md', ROOT), 'utf8');

it('every threat has a test, and every test that is named exists', () => {
  // A table ends at an empty line; others than those of threats name no tests.
  const tables = PAGE.split('\n\n').filter((piece) => piece.startsWith('| threat |'));
  const rows = tables.flatMap((table) => table.trim().split('\n').slice(2));
  assert.ok(rows.length >= 30, `${rows.length} threats`);
  for (const row of rows) {
    const named = [...row.split('|').at(-2).matchAll(/`([^`]+)`/g)].map(([, text]) => text);
    assert.ok(named.length > 0, `no test: ${row}`);
    for (const name of named) {
      const [file, test] = name.split(' › ');
      const source = readFileSync(new URL(file, ROOT), 'utf8');
      if (test === undefined) continue;
      const found = file.endsWith('.rs') ? source.includes(`fn ${test}(`) : source.includes(`it('${test}'`);
      assert.ok(found, `${file} has no test ${test}`);
    }
  }
});
