// Tokens that were not given out: each is made of a good one by a change that a careless verifier lets
// pass. The algorithm is never the token's to choose.

import { createHmac, generateKeyPairSync, sign } from 'node:crypto';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const read = (text) => JSON.parse(Buffer.from(text, 'base64url').toString());

/// Forged tokens by what is wrong with them; `good` is one that the server gave to a customer.
export function forged(good) {
  const [head, body, signature] = good.split('.');
  const header = read(head);
  const claims = read(body);
  const admin = { ...claims, role: 'ADMIN' };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const hmac = (text, key, hash = 'sha256') => createHmac(hash, key).update(text).digest('base64url');
  const signed = (header, claims, key) => `${part(header)}.${part(claims)}.${hmac(`${part(header)}.${part(claims)}`, key)}`;
  const rs256 = `${part({ ...header, alg: 'RS256' })}.${part(admin)}`;
  return {
    'role raised, old signature': `${head}.${part(admin)}.${signature}`,
    'alg none': `${part({ ...header, alg: 'none' })}.${part(admin)}.`,
    'alg None': `${part({ ...header, alg: 'None' })}.${part(admin)}.`,
    'alg none, old signature': `${part({ ...header, alg: 'none' })}.${part(admin)}.${signature}`,
    'no signature': `${head}.${body}.`,
    'two parts': `${head}.${body}`,
    'four parts': `${good}.${signature}`,
    'empty secret': signed(header, admin, ''),
    'guessed secret': signed(header, admin, 'secret'),
    'signed with its own header': signed(header, admin, head),
    'HS512 said, HS256 done': signed({ ...header, alg: 'HS512' }, admin, 'secret'),
    'RS256 with a key of its own': `${rs256}.${sign('sha256', Buffer.from(rs256), privateKey).toString('base64url')}`,
    'key in the header': signed({ ...header, jwk: { kty: 'oct', k: Buffer.from('secret').toString('base64url') } }, admin, 'secret'),
    'key by URL': signed({ ...header, jku: 'http://127.0.0.1:1/keys' }, admin, 'secret'),
    'key by path': signed({ ...header, kid: '../../../../dev/null' }, admin, ''),
    'key by SQL': signed({ ...header, kid: "' UNION SELECT 'x' --" }, admin, 'x'),
    'last byte changed': `${good.slice(0, -2)}${good.endsWith('AA') ? 'BB' : 'AA'}`,
    'signature cut': good.slice(0, -4),
    'padding added': `${good}=`,
    'expired long ago, old signature': `${head}.${part({ ...claims, exp: 1 })}.${signature}`,
    'claims that are a list': `${head}.${part([admin])}.${signature}`,
    'very long': `${head}.${part({ ...admin, x: 'x'.repeat(8000) })}.${signature}`,
  };
}
