// The operator changes how orders are numbered or signed while pages are open. The same key still finds its order, and
// shoppers can still see, pay and cancel the orders that were placed before.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { SUCCESS_REPLY } from '../support/gateway/notification.mjs';
import { until } from '../support/until.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';

const BEFORE = { ORDER_SECRET: 'the order secret before the change was made' };
const AFTER = {
  ORDER_SECRET: 'the order secret after the change was made',
  ORDER_SECRET_PREVIOUS: BEFORE.ORDER_SECRET,
};

const key = 'a-key-that-lives-through-a-change';

/** Places an order by the key, changes the configuration, and passes on the Worker before and after the change. */
const acrossAChange = (before, after, play) =>
  withMortalWorker(async ({ gateway, start, kill }) => {
    const first = await start(before);
    const { json } = await first.shop.place(undefined, { key });
    const order = { id: json.order.id, token: json.token };
    const view = await first.shop.becomes('awaiting_payment', order);
    await kill();
    const { shop, worker } = await start(after);
    await play({ gateway, shop, worker, order: { ...order, view } });
  });

describe('the same key finds its order', () => {
  const changes = {
    'the sign type was changed from HMAC-SHA256 to MD5': [{ WECHAT_SIGN_TYPE: 'HMAC-SHA256' }, { WECHAT_SIGN_TYPE: 'MD5' }],
    'the sign type was changed from MD5 to HMAC-SHA256': [{ WECHAT_SIGN_TYPE: 'MD5' }, { WECHAT_SIGN_TYPE: 'HMAC-SHA256' }],
    'the secret was changed': [BEFORE, AFTER],
    'both were changed at once': [{ ...BEFORE, WECHAT_SIGN_TYPE: 'MD5' }, { ...AFTER, WECHAT_SIGN_TYPE: 'HMAC-SHA256' }],
  };
  for (const [what, [before, after]] of Object.entries(changes)) {
    test(`when ${what}: there is one order, and its page still reads it`, () =>
      acrossAChange(before, after, async ({ gateway, shop, order }) => {
        const { status, json } = await shop.place(undefined, { key });
        assert.deepEqual([status, json.order.id, json.token], [200, order.id, order.token]);
        assert.equal(json.order.code_url, order.view.code_url);
        assert.deepEqual([...new Set(await gateway.orderNumbersSeen())], [order.id]);
        const other = await shop.place({ lines: [{ sku: 'tea-gift-set', quantity: 2 }] }, { key });
        assert.deepEqual([other.status, other.json.code], [409, 'idempotency_conflict']);
        await gateway.pay(order.view.code_url);
        assert.equal(gateway.deliveries.at(-1).reply, SUCCESS_REPLY);
        await shop.becomes('paid', order);
      }));
  }
});

test('after the secret was changed, a new key makes an order of the new secret', () =>
  acrossAChange(BEFORE, AFTER, async ({ shop, order }) => {
    const next = await shop.placePayable();
    assert.notEqual(next.id, order.id);
    assert.equal((await shop.look({ id: order.id, token: next.token })).status, 404);
    assert.equal((await shop.look({ id: next.id, token: order.token })).status, 404);
  }));

test('ORDER_SECRET makes numbers and tokens: after a change without the one before, the old ones open nothing', () =>
  acrossAChange(BEFORE, { ORDER_SECRET: AFTER.ORDER_SECRET }, async ({ shop, order }) => {
    assert.equal((await shop.look(order)).status, 404);
    const again = await shop.place(undefined, { key });
    assert.equal(again.status, 201);
    assert.notEqual(again.json.order.id, order.id);
    assert.notEqual(again.json.token, order.token);
  }));

test('after the secret was changed, an open page hears of the payment by its socket', () =>
  acrossAChange(BEFORE, AFTER, async ({ gateway, worker, order }) => {
    const url = `${worker.url.replace('http', 'ws')}/api/orders/${order.id}/live`;
    const socket = new WebSocket(url, ['wechat-pay.v1', `token.${order.token}`]);
    const messages = [];
    socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(data).status));
    await until('the socket is open', () => socket.readyState === WebSocket.OPEN);
    await gateway.pay(order.view.code_url);
    await until('the payment', () => messages.includes('paid'));
    socket.close();
  }));

test('after the secret was changed, a page gives its order up', () =>
  acrossAChange(BEFORE, AFTER, async ({ shop, order }) => {
    assert.equal((await shop.cancel(order)).status, 200);
    assert.notEqual(await shop.status(order), 'awaiting_payment');
  }));

test('after the secret was changed, the page without a script still shows its order', () =>
  acrossAChange(BEFORE, AFTER, async ({ worker, order }) => {
    const page = await fetch(`${worker.url}/checkout/${order.id}`, {
      headers: { cookie: `wechat_pay_token=${order.token}` },
    });
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<svg/);
  }));

test('a form that was sent before the sign type was changed makes an order that is paid as its number says', () =>
  withMortalWorker(async ({ gateway, start, kill }) => {
    const first = await start({ WECHAT_SIGN_TYPE: 'HMAC-SHA256' });
    const form = { method: 'POST', body: new URLSearchParams({ sku: 'tea-gift-set', quantity: '1' }), redirect: 'manual' };
    const sent = await fetch(`${first.worker.url}/checkout`, form);
    assert.equal(sent.status, 303);
    const cookie = sent.headers.get('set-cookie').split(';')[0];
    await kill();

    const { worker, office } = await start({ WECHAT_SIGN_TYPE: 'MD5' });
    const started = await fetch(`${worker.url}${sent.headers.get('location')}`, { headers: { cookie }, redirect: 'manual' });
    assert.equal(started.status, 303);
    const [id] = await gateway.orderNumbersSeen();
    const { code_url } = await until('its code', async () => (await office.history(id)).json.order);
    await gateway.pay(code_url);
    assert.equal(gateway.deliveries.at(-1).reply, SUCCESS_REPLY);
    await office.listed(id, ({ state }) => state === 'paid');
  }));

test('ORDER_KEEP_DAYS is how long an order is kept, as it was when it was placed', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const first = await start({ ORDER_KEEP_DAYS: '366' });
    const order = await first.shop.placePayable();
    await gateway.pay(order.view.code_url);
    await first.office.listed(order.id, ({ settled }) => settled);
    await kill();
    await dead.age(370);
    await dead.ringAlarms();
    await start({ ORDER_KEEP_DAYS: '3660' });
    await until('it has archived itself', async () => (await dead.rows('SELECT at_ms FROM archived', 'archived')).length === 1);
  }));
