// `cargo xtask attack --schema`: schemathesis makes requests of /openapi.json, good and bad ones, as an
// administrator and as nobody. No answer may be a failure of the server.

import { spawnSync } from 'node:child_process';
import { openHouse } from '../js/house.js';

const [, , schemathesis] = process.argv;
const EXAMPLES = process.env.SEATWIRE_ATTACK_EXAMPLES ?? '30';

const house = await openHouse({ env: { SEATWIRE_RATE_LIMIT: 'off' } });
let worst = 0;
try {
  for (const token of [house.admin.token, undefined]) {
    const login = token ? ['--header', `Authorization: Bearer ${token}`] : [];
    const { status } = spawnSync(
      schemathesis,
      [
        'run', `${house.url}/openapi.json`, '--url', house.url, ...login,
        '--checks', 'not_a_server_error', '--max-examples', EXAMPLES, '--workers', '2', '--request-timeout', '20',
        // A stream that does not end is no answer that can be judged.
        '--exclude-path', '/routes/{id}/events', '--phases', 'examples,coverage,fuzzing', '--no-color',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    worst = Math.max(worst, status ?? 1);
  }
  await house.close();
} finally {
  house.server.vanish();
}
process.exitCode = worst;
