// What the platform may do to an object: cut a connection in the middle of an answer, end the process
// while a call is in flight, ring an alarm late. In every case the order is completed, and only once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SUCCESS_REPLY, notification } from '../support/gateway/notification.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { throughout, until } from '../support/until.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

test('killed with the unified order on its way: the same number is asked for again, and there is one order', () =>
  withMortalWorker(async ({ gateway, start, kill }) => {
    const first = await start();
    const held = gateway.hold('unifiedorder');
    const key = 'a-key-of-one-mortal-order';
    const placing = first.shop.place(undefined, { key }).catch(() => undefined);
    const letGo = await held;
    await kill();
    letGo();
    await placing;
    const { shop } = await start();
    const { json } = await shop.place(undefined, { key });
    const order = { id: json.order.id, token: json.token };
    await shop.becomes('awaiting_payment', order, { withinMs: 40_000 });
    assert.deepEqual([...new Set(await gateway.orderNumbersSeen())], [order.id]);
  }));

test('killed between the payment and its query: after the restart the alarm asks, though no page looks', () =>
  withMortalWorker(async ({ gateway, start, kill }) => {
    const first = await start();
    await gateway.notifications(false);
    const order = await first.shop.placePayable();
    await first.office.listed(order.id, ({ state }) => state === 'awaiting_payment');
    await kill();
    await gateway.pay(order.view.code_url);
    const { office } = await start();
    await office.listed(order.id, ({ state }) => state === 'paid', { withinMs: 60_000, everyMs: 250 });
    const { events } = (await office.history(order.id)).json;
    assert.equal(events.filter(({ what }) => what.to === 'paid').length, 1);
  }));

test('killed right after a notification was answered: the order is still paid', () =>
  withMortalWorker(async ({ gateway, start, kill }) => {
    const first = await start();
    const order = await first.shop.placePayable();
    await gateway.pay(order.view.code_url);
    await until('the notification is answered', () => gateway.deliveries.some(({ accepted }) => accepted));
    await kill();
    const { shop } = await start();
    assert.equal(await shop.status(order), 'paid');
  }));

test('killed while three of its calls in a row lose their answers: one order, one payment, nothing lost', () =>
  withMortalWorker(async ({ gateway, start, kill }) => {
    const first = await start();
    gateway.next('unifiedorder', 'dropped after it took effect');
    gateway.next('unifiedorder', 'dropped before it took effect');
    gateway.next('unifiedorder', 'truncated');
    const key = 'a-key-of-one-unlucky-order';
    const { json } = await first.shop.place(undefined, { key });
    await kill();
    const { shop } = await start();
    const order = { id: json.order.id, token: json.token };
    const view = await shop.becomes('awaiting_payment', order, { withinMs: 60_000 });
    await gateway.pay(view.code_url);
    await shop.becomes('paid', order);
    assert.deepEqual([...new Set(await gateway.orderNumbersSeen())], [order.id]);
  }));

test('its alarm lost: the sweep finds the order, and the payment that nobody told of', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const first = await start();
    await gateway.notifications(false);
    const order = await first.shop.placePayable();
    await first.office.listed(order.id, ({ state }) => state === 'awaiting_payment');
    await kill();
    await dead.loseAlarms();
    await gateway.pay(order.view.code_url);

    const { worker, office } = await start();
    const index = await worker.miniflare.getD1Database('INDEX');
    await index.prepare('UPDATE orders SET placed_at_ms = placed_at_ms - 14400000').run();
    // Longer than the five seconds after which its alarm would have queried.
    await throughout('nobody looks after it', async () => (await gateway.queriesOf(order.id)) === 0, { forMs: 6_000 });
    await (await worker.miniflare.getWorker()).scheduled({ cron: '*/10 * * * *' });
    await office.listed(order.id, ({ state }) => state === 'paid');
  }));

test('old enough, a settled order archives itself at its alarm: its row in the index stays, its key makes no new order', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const first = await start();
    const key = 'a-key-of-one-very-old-order';
    const { json } = await first.shop.place(undefined, { key });
    const order = { id: json.order.id, token: json.token };
    const view = await first.shop.becomes('awaiting_payment', order);
    await gateway.pay(view.code_url);
    await first.office.listed(order.id, ({ state }) => state === 'paid');
    await kill();
    assert.notEqual((await dead.steps()).events.length, 0);
    // A kept message, and one that version 0.1 kept. Their tables are made only where there is one.
    await dead.change(`CREATE TABLE message (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, body BLOB NOT NULL);
      CREATE TABLE stray (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, message TEXT NOT NULL);
      INSERT INTO message (hash, at_ms, body) VALUES ('1', 1, CAST('<xml>a payer</xml>' AS BLOB));
      INSERT INTO stray (hash, at_ms, message) VALUES ('2', 1, '<xml>another</xml>')`);
    await dead.age(500);
    await dead.ringAlarms();

    await start();
    // Nobody asks for the order, so only its alarm can archive it.
    await until('the object has archived itself', async () => (await dead.rows('SELECT at_ms FROM archived', 'archived')).length === 1);
    await kill();
    assert.deepEqual(await dead.steps(), { snapshot: [], events: [], alarm: [] });
    assert.deepEqual(await dead.rows('SELECT hash FROM message UNION ALL SELECT hash FROM stray'), [], 'nothing of a payer is left');

    const { shop, office } = await start();
    assert.equal((await shop.look(order)).status, 404);
    assert.equal((await office.listed(order.id, () => true)).state, 'paid');
    const again = await shop.place(undefined, { key });
    assert.deepEqual([again.status, again.json.code], [409, 'not_possible']);
    assert.equal((await gateway.orderNumbersSeen()).length, 1);
  }));

test('money for an archived order is in the list and in the inbox, and is told under an id that was never used', async () => {
  const receiver = await startReceiver();
  try {
    await withMortalWorker(async ({ gateway, start, kill, dead }) => {
      const webhooks = { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
      const first = await start(webhooks);
      const order = await first.shop.placePayable();
      await gateway.pay(order.view.code_url);
      await first.office.listed(order.id, ({ state, settled }) => state === 'paid' && settled);
      await kill();
      await dead.age(500);
      await dead.ringAlarms();
      await start(webhooks);
      await until('the object has archived itself', async () => (await dead.rows('SELECT at_ms FROM archived', 'archived')).length === 1);
      const before = receiver.deliveries(order.id).map(({ id }) => id);
      await kill();

      const { shop, office } = await start(webhooks);
      const message = notification(gateway.merchant, asPaidOrder(order.view));
      assert.equal((await shop.notify(message)).text, SUCCESS_REPLY);
      const entry = await office.waiting(order.id, ({ kind }) => kind === 'unknown_order');
      await office.listed(order.id, ({ state, attention_since_ms }) => state === 'stray' && attention_since_ms !== null);
      await until('the merchant is told', () => receiver.deliveries(order.id).some(({ id }) => !before.includes(id)));
      const told = receiver.deliveries(order.id).at(-1);
      assert.ok(!before.includes(told.id), `${told.id} was used before`);
      assert.equal(told.event.data.transaction_id, entry.transaction_id);

      const wanted = { out_refund_no: 'R1', amount_minor: 1, transaction_id: entry.transaction_id };
      assert.equal((await office.refund(order.id, wanted)).status, 200);
    });
  } finally {
    await receiver.stop();
  }
});

test('a settled order that is young is not archived by its alarm', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const first = await start();
    const order = await first.shop.placePayable();
    await gateway.pay(order.view.code_url);
    await first.office.listed(order.id, ({ state }) => state === 'paid');
    await kill();
    await dead.age(399);
    await dead.ringAlarms();
    const { shop } = await start();
    assert.equal(await shop.status(order), 'paid');
  }));
