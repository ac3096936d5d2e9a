// Two servers behind a balancer are restarted one after the other, under load: no viewer misses an event,
// and no booking fails but with an answer that says to try again.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Balancer, Nodes } from './nodes.js';
import { Caller } from './rest.js';
import { CONNECT, Viewer, closing } from './viewer.js';

const VIEWERS = 60;
/// The notice is for the balancer, which needs a moment to see it on a busy machine.
const STOPPING = { SEATWIRE_STOP_NOTICE_SECONDS: '5', SEATWIRE_STOP_SPREAD_SECONDS: '2' };

it('a rolling restart costs no event and no booking', async (t) => {
  const nodes = await Nodes.open(2, { env: STOPPING });
  t.after(() => nodes.close());
  const balancer = await Balancer.before(nodes.servers);
  t.after(() => balancer.close());
  const { house } = nodes;
  const route = await house.newRoute({ seatCount: 60 });
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, () =>
      Viewer.watching(balancer.url, [route], { transports: ['websocket'] })),
  );
  closing(t, ...viewers);

  // Sells and cancels seats for as long as the restart takes.
  const agent = new Caller(balancer.url, house.agent.token, house.agent.user);
  let selling = true;
  const outcomes = [];
  const told = (answer) => {
    outcomes.push(answer.status);
    return answer;
  };
  const sellers = Array.from({ length: 4 }, async (_, seller) => {
    for (let round = 0; selling; round += 1) {
      const seat = 1 + seller * 10 + (round % 10);
      const sold = told(await agent.tryToBook(route, seat));
      if (sold.status === 201) {
        told(await agent.call('PATCH', `/tickets/${sold.body.id}/cancel`));
      }
    }
  });

  for (const server of [...nodes.servers]) {
    server.askToStop();
    await server.ended();
    await server.restart();
  }
  selling = false;
  await Promise.all(sellers);

  const failed = outcomes.filter((status) => status >= 400 && ![409, 503].includes(status));
  assert.deepEqual(failed, [], 'a booking that is refused may be tried again');
  assert.ok(outcomes.filter((status) => status === 201).length > 20, 'it was sold all the time');
  const { seq } = await house.anyone.get(`/routes/${route.id}`);
  for (const viewer of viewers) {
    await viewer.update(route.id, seq);
    const seqs = viewer.updates(route.id).map((update) => update.seq);
    assert.deepEqual(seqs, Array.from({ length: seq }, (_, index) => index + 1));
    assert.ok(viewer.all(CONNECT).length >= 2, 'it has moved');
    assert.equal(viewer.socket.recovered, true);
    assert.equal(viewer.all('subscribed').length, 1, 'it never had to subscribe again');
  }
});
