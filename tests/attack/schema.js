// `cargo xtask attack --schema`: schemathesis makes requests of /openapi.json, good and bad ones, as an
// administrator and as nobody. No answer may be a failure of the server.

import { spawnSync } from 'node:child_process';
import { openHouse } from '../js/house.js';

const [, , schemathesis] = process.argv;
const EXAMPLES = process.env.SEATWIRE_ATTACK_EXAMPLES ?? '30';

// Behind one of these the token is good for nothing, and everything else would be asked by nobody.
const TOKEN_ENDS = ['/auth/logout', '/auth/password', '/auth/totp', '/auth/totp/confirm'];

const house = await openHouse({ env: { SEATWIRE_RATE_LIMIT: 'off' } });
let worst = 0;
try {
  for (const token of [house.admin.token, undefined]) {
    const login = token
      ? ['--header', `Authorization: Bearer ${token}`, ...TOKEN_ENDS.flatMap((path) => ['--exclude-path', path])]
      : [];
    const { status } = spawnSync(
      schemathesis,
      [
        'run', `${house.url}/openapi.json`, '--url', house.url, ...login,
        '--checks', 'not_a_server_error', '--max-examples', EXAMPLES, '--workers', '1', '--request-timeout', '20',
        // A stream that does not end is no answer that can be judged.
        '--exclude-path', '/routes/{id}/events', '--phases', 'examples,coverage,fuzzing', '--no-color',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    worst = Math.max(worst, status ?? 1);
    if (token) {
      const { status: stillIn } = await fetch(`${house.url}/auth/me`, {
        headers: { authorization: `Bearer ${token}` },
      });
      if (stillIn !== 200) throw new Error(`the administrator was out before the end: ${stillIn}`);
    }
  }
  await house.close();
} finally {
  house.server.vanish();
}
process.exitCode = worst;
