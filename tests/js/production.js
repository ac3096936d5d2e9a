// A server in production mode, which begins empty, filled over REST by its first administrator.

import { startServer } from './harness.js';
import { House } from './house.js';
import { login, register } from './rest.js';

const ADMIN = { email: 'boss@operator.example', password: 'a-long-password-for-the-boss-1' };

export async function openProduction(env = {}) {
  const server = await startServer({
    env: {
      SEATWIRE_MODE: 'production',
      SEATWIRE_ALLOW_MOCK_PAYMENTS: 'true',
      SEATWIRE_JWT_SECRET: 'a secret of more than thirty-two bytes',
      SEATWIRE_ADMIN_EMAIL: ADMIN.email,
      SEATWIRE_ADMIN_PASSWORD: ADMIN.password,
      ...env,
    },
  });
  try {
    const house = new House(server, {});
    house.admin = await login(server.url, ADMIN);
    for (const name of ['Istanbul', 'Bolu', 'Ankara', 'Konya']) {
      await house.admin.expect(201, 'POST', '/stations', { name, type: 'CITY' });
    }
    house.customer = await house.newCustomer();
    house.agent = await register(server.url, 'counter@operator.example', {
      as: house.admin,
      role: 'AGENT',
    });
    return house;
  } catch (fault) {
    server.vanish();
    throw fault;
  }
}
