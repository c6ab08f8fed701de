// Two versions of the Worker over the same live orders: a deployment, a rollback, and the time in between, when the routes have
// one version and the orders' objects the other. The older version is the bundle of the last release, as it ran (see
// tests/releases).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startGateway } from '../support/gateway/gateway.mjs';
import { SUCCESS_REPLY, notification } from '../support/gateway/notification.mjs';
import { lines } from '../support/shop/catalog.mjs';
import { anIdempotencyKey, asPaidOrder } from '../support/shop/shop.mjs';
import { until } from '../support/until.mjs';
import { NEW, OLD, withVersions } from '../support/worker/two-versions.mjs';

const all = (version) => ({ edge: version, objects: version });

/** The merchant has heard this about the order, under one id. */
async function heardOnce(receiver, order, type, fits = () => true) {
  const of = () => receiver.events(order.id).filter((event) => event.type === type && fits(event.data));
  await until(`${type} of ${order.id} is heard`, () => of().length > 0, { withinMs: 60_000 });
  assert.equal(of().length, 1, `${type} of ${order.id}`);
}

const refundIs = (office, order, status) =>
  until(
    `the refund of ${order.id} is ${status}`,
    async () => {
      const [refund] = (await office.history(order.id)).json.refunds;
      if (refund.status !== status) throw new Error(JSON.stringify(refund));
      return refund;
    },
    { withinMs: 60_000 },
  );

async function paidOrder({ shop, gateway }, options) {
  const order = await shop.placePayable(lines(), options);
  await gateway.pay(order.view.code_url);
  await shop.becomes('paid', order);
  return order;
}

test('a deployment: orders of the last release go on, each payment, refund and webhook once', () =>
  withVersions(async ({ gateway, receiver, run }) => {
    const before = await run(all(OLD));
    const key = anIdempotencyKey();
    const waiting = await before.shop.placePayable(lines(), { key });
    const paid = await paidOrder({ ...before, gateway });
    await heardOnce(receiver, paid, 'order.paid');
    receiver.refuse(500, 500, 500);
    const unheard = await paidOrder({ ...before, gateway });
    await until('its webhook was refused', () => receiver.events(unheard.id).length > 0);
    const [{ id: refused }] = receiver.received.filter(({ event }) => event?.data.out_trade_no === unheard.id);
    const refunding = await paidOrder({ ...before, gateway });
    await before.office.refund(refunding.id, { out_refund_no: `R-${refunding.id}`, amount_minor: 100 });
    // A call that dies with the deployment is repeated a minute later, which is not what is looked at here.
    const sent = async () => (await before.office.history(refunding.id)).json.refunds[0].status !== 'requested';
    await until('the refund was sent', sent);
    const cancelled = await before.shop.placePayable();
    const { status: cancelledStatus } = (await before.shop.cancel(cancelled)).json;

    const { shop, office } = await run(all(NEW));
    const { json } = await shop.look(waiting);
    assert.deepEqual([json.status, json.code_url], ['awaiting_payment', waiting.view.code_url]);
    assert.equal(await shop.status(paid), 'paid');
    assert.equal(await shop.status(cancelled), cancelledStatus);
    const again = await shop.place(lines(), { key });
    assert.deepEqual([again.status, again.json.order.id], [200, waiting.id]);

    await gateway.pay(waiting.view.code_url);
    await shop.becomes('paid', waiting);
    await refundIs(office, refunding, 'refunded');
    await heardOnce(receiver, refunding, 'refund.updated', ({ refund }) => refund.status === 'refunded');
    for (const order of [waiting, paid, unheard, refunding]) await heardOnce(receiver, order, 'order.paid');
    const ids = receiver.received.filter(({ event }) => event?.data.out_trade_no === unheard.id && event.type === 'order.paid').map(({ id }) => id);
    assert.deepEqual([...new Set(ids)], [refused], 'a webhook keeps its id over a deployment');
    for (const order of [waiting, paid, unheard, refunding]) await office.listed(order.id, ({ state }) => state === 'paid');
    await office.listed(refunding.id, ({ refunded_minor }) => refunded_minor === 100);
    const { events } = (await office.history(waiting.id)).json;
    assert.deepEqual(events.map(({ seq }) => seq), events.map((_, index) => events[0].seq + index));

    const fresh = await paidOrder({ shop, gateway });
    const row = await office.listed(fresh.id, ({ state }) => state === 'paid');
    assert.equal(row.lines.length, 1);
    // What the last release made keeps no lines, and says so in the same way.
    const older = await office.listed(waiting.id, () => true);
    const [told] = receiver.events(waiting.id).filter(({ type }) => type === 'order.paid');
    for (const { lines } of [older, (await office.history(waiting.id)).json, told.data]) assert.deepEqual(lines, []);
  }));

test('a deployment taken back: the last release leaves newer orders alone, and nothing is lost when the new one returns', () =>
  withVersions(
    async ({ gateway, receiver, run, stop, stored }) => {
      const first = await run(all(NEW));
      const keys = [anIdempotencyKey(), anIdempotencyKey()];
      const waiting = await first.shop.placePayable(lines(), { key: keys[0] });
      const paid = await paidOrder({ ...first, gateway }, { key: keys[1] });
      for (const order of [waiting, paid]) await first.office.listed(order.id, ({ state }) => state !== 'placing');
      await stop();
      const kept = await stored();
      const newest = kept.get(waiting.id).version;

      const back = await run(all(OLD));
      for (const order of [waiting, paid]) assert.equal((await back.shop.look(order)).status, 500);
      for (const key of keys) assert.equal((await back.shop.place(lines(), { key })).status, 500, 'no second order under its key');
      assert.equal((await back.shop.cancel(waiting)).status, 500);
      await gateway.pay(waiting.view.code_url);
      assert.ok(!gateway.deliveries.at(-1).accepted, 'WeChat is asked to tell it again');
      await until('an alarm of a newer order has rung', () => back.worker.log.some((line) => /alarm failed/.test(line)), { withinMs: 40_000 });
      const between = await paidOrder({ ...back, gateway });
      await back.office.listed(between.id, ({ state }) => state === 'paid');
      await back.office.listed(paid.id, ({ state }) => state === 'paid');
      await stop();

      // The objects still have the last release's version, and the routes are new again.
      const half = await run({ edge: NEW, objects: OLD });
      assert.equal((await half.shop.look(waiting)).json.code, 'internal');
      await gateway.notifyOf(waiting.id);
      assert.ok(!gateway.deliveries.at(-1).accepted);
      assert.equal(await half.shop.status(between), 'paid');
      await stop();
      const after = await stored();
      for (const { id } of [waiting, paid]) {
        assert.equal(after.get(id).snapshot, kept.get(id).snapshot, 'written by the newer Worker alone');
        assert.ok(after.get(id).armed, 'its alarm is armed');
      }
      assert.ok(after.get(between.id).version < newest);

      const { shop, office } = await run(all(NEW));
      await gateway.notifyOf(waiting.id);
      assert.ok(gateway.deliveries.at(-1).accepted);
      for (const order of [waiting, paid, between]) {
        await shop.becomes('paid', order);
        await heardOnce(receiver, order, 'order.paid');
        await office.listed(order.id, ({ state }) => state === 'paid', { withinMs: 90_000 });
      }
      assert.equal(new Set(await gateway.orderNumbersSeen()).size, 3, 'three orders, three numbers');
    },
    { start: startGateway },
  ));

test('its alarm alone brings an order on that the last release has left alone', () =>
  withVersions(
    async ({ gateway, run, stop }) => {
      const first = await run(all(NEW));
      await gateway.notifications(false);
      const order = await first.shop.placePayable();
      await first.office.listed(order.id, ({ state }) => state === 'awaiting_payment');
      const back = await run(all(OLD));
      await until('its alarm has rung', () => back.worker.log.some((line) => /alarm failed/.test(line)), { withinMs: 40_000 });
      await gateway.pay(order.view.code_url);
      await stop();
      const { office } = await run(all(NEW));
      await office.listed(order.id, ({ state }) => state === 'paid', { withinMs: 90_000, everyMs: 250 });
    },
    { start: startGateway },
  ));

test('new routes and old objects: what the objects cannot do yet fails cleanly, and works when they are new', () =>
  withVersions(
    async ({ gateway, run }) => {
      const { shop, office } = await run({ edge: NEW, objects: OLD });
      const order = await shop.placePayable();
      for (const what of [`webhooks/${order.id}-1/redeliver`, 'attention/1/done', `refunds/R-${order.id}/withdraw`, `refunds/R-${order.id}/retry`]) {
        const { status, json } = await office.post(`/orders/${order.id}/${what}`);
        assert.deepEqual([status, json.code], [500, 'internal'], what);
        assert.match(json.detail, /may be repeated/);
      }
      // A genuine message without a field that release 0.1.0 requires.
      const message = notification(gateway.merchant, asPaidOrder(order.view), { openid: undefined });
      assert.match((await shop.notify(message)).text, /FAIL/, 'WeChat is asked to tell it again');
      assert.equal(await shop.status(order), 'awaiting_payment');

      const after = await run(all(NEW));
      assert.equal((await after.shop.notify(message)).text, SUCCESS_REPLY);
      await after.shop.becomes('paid', order);
    },
    { start: startGateway },
  ));

for (const [edge, objects] of [
  [NEW, OLD],
  [OLD, NEW],
]) {
  test(`${edge} routes and ${objects} objects: all of a payment works`, () =>
    withVersions(async ({ gateway, receiver, run }) => {
      const { shop, office, worker } = await run({ edge, objects });
      assert.equal((await office.list()).status, 200, 'the index is there before the first order');
      const key = anIdempotencyKey();
      const order = await shop.placePayable(lines(), { key });
      assert.equal((await shop.place(lines(), { key })).json.order.id, order.id);
      const { headers } = await shop.look(order);
      assert.equal((await shop.look(order, { 'if-none-match': headers.get('etag') })).status, 304);

      const socket = new WebSocket(`${worker.url.replace('http', 'ws')}/api/orders/${order.id}/live`, ['wechat-pay.v1', `token.${order.token}`]);
      const seen = [];
      socket.addEventListener('message', ({ data }) => seen.push(JSON.parse(data).status));
      await until('the page is connected', () => seen.includes('awaiting_payment'));

      const forged = notification(gateway.merchant, asPaidOrder(order.view), {}, { ...gateway.merchant, key: 'ATTACKERkeyATTACKERkeyATTACKER99' });
      assert.match((await shop.notify(forged)).text, /FAIL/);
      assert.equal(await shop.status(order), 'awaiting_payment');

      await gateway.pay(order.view.code_url);
      await until('the page sees the payment', () => seen.includes('paid'));
      await heardOnce(receiver, order, 'order.paid');
      const { status } = await office.refund(order.id, { out_refund_no: `R-${order.id}`, amount_minor: 100 });
      assert.equal(status, 200);
      await refundIs(office, order, 'refunded');
      await heardOnce(receiver, order, 'refund.updated', ({ refund }) => refund.status === 'refunded');
      await office.listed(order.id, ({ state, refunded_minor }) => state === 'paid' && refunded_minor === 100);

      const cancelled = await shop.placePayable();
      assert.equal((await shop.cancel(cancelled)).status, 200);
      const withdrawn = await shop.placePayable();
      assert.equal((await office.cancel(withdrawn.id)).status, 200);
      assert.equal((await office.query(order.id)).status, 200);
      const page = await fetch(`${worker.url}/checkout`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `sku=${lines().lines[0].sku}&quantity=1`,
      });
      assert.ok([200, 303].includes(page.status), `the page without a script: ${page.status}`);
      assert.equal((await (await worker.miniflare.getWorker('edge')).scheduled({ cron: '*/10 * * * *' })).outcome, 'ok');
      assert.deepEqual(worker.log.filter((line) => /trapped|panicked/.test(line)), []);
    }));
}
