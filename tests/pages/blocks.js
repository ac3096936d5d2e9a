// The code blocks of the documents: which there are, and what is said behind their language.
//
// ```js console shows="seat_reserved"
//   the language; words (how it is run); what its output must contain; `not-run="why"` for one that
//   cannot run here. GitHub and the site show none of it.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NOT_OURS = new Set(['node_modules', 'target', 'data']);

/// Every Markdown file of the repository, relative to its root.
export function documents(folder = '') {
  const entries = readdirSync(path.join(ROOT, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const inner = path.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) || entry.name.startsWith('.') ? [] : documents(inner);
    return entry.name.endsWith('.md') ? [inner] : [];
  });
}

/// The fenced blocks of one file.
export function blocks(file) {
  const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n');
  const found = [];
  for (let at = 0; at < lines.length; at += 1) {
    const fence = /^(\s*)```(.*)$/.exec(lines[at]);
    if (!fence) continue;
    const [, indent, about] = fence;
    const begin = at + 1;
    do at += 1; while (lines[at] !== `${indent}\`\`\`` && at < lines.length);
    const text = lines.slice(begin, at).map((line) => line.slice(indent.length)).join('\n');
    found.push({ file, line: begin, text, ...read(about, `${file}:${begin}`) });
  }
  return found;
}

function read(about, place) {
  const [language, ...rest] = about.trim().split(' ');
  assert.ok(language, `${place}: a block without a language`);
  const attributes = {};
  const words = rest.join(' ').replaceAll(/([\w-]+)="([^"]*)"/g, (_, name, value) => {
    attributes[name] = value;
    return '';
  });
  return { language, words: words.split(' ').filter(Boolean), ...attributes, notRun: attributes['not-run'] };
}
