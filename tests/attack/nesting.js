// Documents that are small to send and dear to read, or that one reader takes for another's.

const deep = (depth, open, close) => open.repeat(depth) + close.repeat(depth);

/// Bodies of POST /auth/login by what is wrong with them: each is a 4xx, and nothing else.
export const BODIES = {
  'deep lists': deep(30_000, '[', ']'),
  'deep objects': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  'never closed': '['.repeat(60_000),
  'a huge number': `{"email": ${'9'.repeat(50_000)}}`,
  'a huge exponent': '{"email": 1e999999999}',
  'the same name many times': `{${'"email":"a@b.c",'.repeat(3_000)}"password":"x"}`,
  'many names': `{${Array.from({ length: 5_000 }, (_, index) => `"f${index}":1`).join(',')}}`,
  'half a pair of surrogates': '{"email": "\\ud800", "password": "12345678"}',
  'a NUL': '{"email": "a\\u0000@b.c", "password": "12345678"}',
  'the prototype': '{"__proto__": {"role": "ADMIN"}, "email": "a@b.c", "password": "12345678"}',
  'not UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  'two documents': '{"email":"a@b.c","password":"12345678"}{}',
  'too large': `"${'x'.repeat(200_000)}"`,
};
