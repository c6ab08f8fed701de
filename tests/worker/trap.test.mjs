// The wasm traps: a panic, a failed allocation, any error that leaves it. The running requests are answered, the log says
// where it happened, and every order goes on, even the trapped one. The tests put each trap in from outside (see
// trapping-worker.mjs), because no route of the Worker makes one.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { read, withNames } from '../../crates/xtask/scripts/function-names.mjs';
import { WORKER_BUILD } from '../support/project.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { throughout, until } from '../support/until.mjs';
import { setTrappingStage } from '../support/worker/trapping-worker.mjs';

/** The names of the module's functions, which are not in the module. */
const NAMES = join(WORKER_BUILD, 'function-names.txt');
/** The time limit for the answer to a trapped request. */
const SOON_MS = 1_000;

describe('after a trap', () => {
  let stage, shop, gateway, worker, office;
  before(async () => {
    stage = await setTrappingStage(BACK_OFFICE);
    ({ shop, gateway, worker } = stage);
    office = new BackOffice(worker);
  });
  after(() => stage?.stop());

  /** This request is soon answered with our 500, and exactly one more trap has happened. */
  async function isLost(ask) {
    const before = await stage.traps();
    const began = performance.now();
    const answer = await ask();
    const took = performance.now() - began;
    assert.equal(answer.status, 500);
    assert.match(answer.headers.get('content-type'), /problem\+json/);
    const problem = answer.json instanceof Function ? await answer.json() : answer.json;
    assert.deepEqual([problem.code, problem.status], ['internal', 500]);
    assert.ok(took < SOON_MS, `it took ${took} ms`);
    const { planned, hit, instances } = await stage.traps();
    assert.deepEqual([planned, hit.length], [[], before.hit.length + 1]);
    assert.equal(instances, before.instances + 1, 'a new instance has taken the place of the trapped one');
  }

  const look = (order, mark) =>
    fetch(`${worker.url}/api/orders/${order.id}?${mark}`, { headers: { authorization: `Bearer ${order.token}` } });

  /** A trap that does not concern an order. */
  async function trapElsewhere() {
    const mark = anIdempotencyKey();
    await stage.trapNext('url', [mark]);
    await isLost(() => fetch(`${worker.url}/api/shop?${mark}`));
  }

  const logged = (what) => until(`the log says ${what}`, () => worker.log.find((line) => what.test(line)));

  const pay = async (order, view = order.view) => {
    await gateway.pay(view.code_url);
    return shop.becomes('paid', order);
  };

  test('in a route: the request is answered and the log says where; the next request and the order are as ever', async () => {
    const order = await shop.placePayable();
    await stage.trapNext('url', ['the-route-traps']);
    await isLost(() => look(order, 'the-route-traps'));
    const line = await logged(/^error the Worker trapped: RuntimeError: unreachable/);
    assert.match(withNames(line, read(readFileSync(NAMES, 'utf8'))), /Request::url/, 'the build has the names of its functions');
    await logged(/^error the Worker: GET \/api\/orders was lost in a trap$/);
    assert.equal((await look(order, 'again')).status, 200);
    await pay(order);
  });

  test('in the checkout without a script: a page for people, in their language', async () => {
    await stage.trapNext('url', ['the-page-traps']);
    const answer = await fetch(`${worker.url}/checkout?the-page-traps`, {
      method: 'POST',
      headers: { 'accept-language': 'de' },
      body: new URLSearchParams({ sku: 'tea-gift-set', quantity: '1' }),
    });
    assert.equal(answer.status, 500);
    assert.match(answer.headers.get('content-type'), /text\/html/);
    assert.match(await answer.text(), /<html lang="de"/);
  });

  test('an error of JavaScript that leaves the wasm is a trap, too', async () => {
    const order = await shop.placePayable();
    await stage.trapNext('now', [], { how: 'error' });
    await isLost(() => look(order, 'as-usual'));
    await logged(/^error the Worker trapped: Error: [^]*because of Error: refused by the test/);
    await pay(order);
  });

  test('a panic is logged with its file, its line and no value', async () => {
    const order = await shop.placePayable();
    await trapElsewhere(); // so that the object makes its Rust half again
    // The object asks twice for its storage. The second time is in the crate `worker`, which unwraps the result.
    await stage.trapNext('storage', [], { how: 'error', after: 1 });
    await isLost(() => look(order, 'the-object-panics'));
    const line = await logged(/^error the Worker panicked at /);
    assert.match(line, /durable\.rs:\d+: /);
    assert.doesNotMatch(line, /refused by the test/);
    await pay(order);
  });

  test('orders placed before go on: one waits for its payment with a page open, one has its call on its way', async () => {
    const [waiting, key] = [await shop.placePayable(), anIdempotencyKey()];
    const socket = new WebSocket(`${worker.url.replace('http', 'ws')}/api/orders/${waiting.id}/live`, ['wechat-pay.v1', `token.${waiting.token}`]);
    const seen = [];
    socket.addEventListener('message', ({ data }) => seen.push(JSON.parse(data).status));
    await until('the page is connected', () => seen.length > 0);
    const held = gateway.hold('unifiedorder');
    const placing = shop.place(undefined, { key });
    const letGo = await held;

    await trapElsewhere();

    // The call is lost with the instance. The page gets an answer immediately instead of waiting for ever.
    assert.equal((await placing).status, 500);
    letGo();
    const { status, json } = await shop.place(undefined, { key });
    assert.equal(status, 200, 'the order was stored before its call');
    const placed = { id: json.order.id, token: json.token };
    await pay(placed, await shop.becomes('awaiting_payment', placed));
    
    await gateway.pay(waiting.view.code_url);
    await until('the page sees the payment', () => seen.includes('paid'));
    assert.equal(await shop.status(waiting), 'paid');
  });

  test('an order placed before, whose query is on its way in the background, asks again', async () => {
    const order = await shop.placePayable();
    const held = gateway.hold('orderquery', order.id);
    await until('a page looks on and the order asks', async () => {
      await shop.look(order);
      return Promise.race([held.then(() => true), new Promise((later) => setTimeout(later, 100, false))]);
    });
    const letGo = await held;
    await trapElsewhere();
    await logged(new RegExp(`^error order ${order.id}: what it did in the background was lost in a trap$`));
    letGo();
    await gateway.notifications(false);
    await gateway.pay(order.view.code_url);
    await shop.becomes('paid', order, { withinMs: 60_000 });
    await gateway.notifications(true);
  });

  test('in the object, placing, when the order is stored and its call is not yet sent: the order is placed and paid', async () => {
    const key = anIdempotencyKey();
    await stage.trapNext('post', ['unifiedorder']);
    await isLost(() => shop.place(undefined, { key }));
    const seen = (await gateway.orderNumbersSeen()).length;
    const { status, json } = await shop.place(undefined, { key });
    assert.equal(status, 200, 'it is the same order');
    const order = { id: json.order.id, token: json.token };
    await pay(order, await shop.becomes('awaiting_payment', order));
    assert.deepEqual([...new Set((await gateway.orderNumbersSeen()).slice(seen))], [order.id]);
    await logged(new RegExp(`^error order ${order.id}: /place was lost in a trap$`));
  });

  test('in the object, placing, and nobody comes back: the alarm places the order', async () => {
    await stage.trapNext('post', ['unifiedorder']);
    await isLost(() => shop.place());
    const known = (await gateway.orderNumbersSeen()).length;
    await until('its unified order comes', async () => (await gateway.orderNumbersSeen()).length > known);
    const id = (await gateway.orderNumbersSeen()).at(-1);
    await office.listed(id, ({ state }) => state === 'awaiting_payment');
  });

  test('in the object, in the middle of its writes: the same wish makes one order, and all of it', async () => {
    const key = anIdempotencyKey();
    await stage.trapNext('exec', ['INSERT', 'event']);
    await isLost(() => shop.place(undefined, { key }));
    const { json } = await shop.place(undefined, { key });
    const order = { id: json.order.id, token: json.token };
    await pay(order, await shop.becomes('awaiting_payment', order));
    const { events } = (await office.history(order.id)).json;
    assert.deepEqual(events.map(({ seq }) => seq), events.map((_, index) => index + events[0].seq));
    assert.equal(events.filter(({ what }) => what.to === 'paid').length, 1);
  });

  test('in the object, over a notification: WeChat is told no, and its next try makes the order paid', async () => {
    const order = await shop.placePayable();
    await stage.trapNext('exec', ['snapshot', 'INSERT']);
    await gateway.pay(order.view.code_url);
    const { status, accepted } = gateway.deliveries.at(-1);
    assert.deepEqual([status, accepted], [500, false]);
    await gateway.notifyOf(order.id);
    assert.ok(gateway.deliveries.at(-1).accepted);
    await shop.becomes('paid', order);
  });

  test('what the log says of all this has no secret', async () => {
    const secrets = [gateway.merchant.key, worker.bindings.ORDER_SECRET, BACK_OFFICE.vars.ADMIN_TOKEN];
    await throughout('no line has one', () => !worker.log.some((line) => secrets.some((secret) => line.includes(secret))), { forMs: 0 });
    assert.ok(worker.log.length > 0);
  });
});

describe('an order that traps in its alarm', { concurrency: true }, () => {
  /** Plays with an order that waits for its payment. No notification comes, and no page looks at the order. */
  async function withUnwatchedOrder(play) {
    const stage = await setTrappingStage(BACK_OFFICE);
    try {
      await stage.gateway.notifications(false);
      const order = await stage.shop.placePayable();
      const office = new BackOffice(stage.worker);
      await office.listed(order.id, ({ state }) => state === 'awaiting_payment');
      await play({ ...stage, order, office });
      await until('the log names the order', () => stage.worker.log.some((line) => line.startsWith(`error order ${order.id}: `) && line.endsWith(' was lost in a trap')));
    } finally {
      await stage.stop();
    }
  }

  const hasTrapped = ({ traps }, times) =>
    until(`trap ${times}`, async () => (await traps()).hit.length === times, { withinMs: 60_000, everyMs: 20 });

  async function isFoundPaid({ gateway, office, order }) {
    await gateway.pay(order.view.code_url);
    await office.listed(order.id, ({ state }) => state === 'paid', { withinMs: 60_000, everyMs: 250 });
    const { events } = (await office.history(order.id)).json;
    assert.equal(events.filter(({ what }) => what.to === 'paid').length, 1);
  }

  test('over its call: the alarm rings again, and finds the payment', () =>
    withUnwatchedOrder(async (played) => {
      await played.trapNext('post', ['orderquery', played.order.id]);
      await hasTrapped(played, 1);
      await isFoundPaid(played);
    }));

  test('again and again: each pause is twice the one before, and the payment is still found', () =>
    withUnwatchedOrder(async (played) => {
      // After any trap in the isolate, the order's alarm first reads the storage.
      await played.trapNext('url', ['elsewhere']);
      await fetch(`${played.worker.url}/api/shop?elsewhere`);
      const times = [];
      for (const trap of [1, 2, 3]) {
        await played.trapNext('exec', ['FROM snapshot']);
        await hasTrapped(played, 1 + trap);
        times.push(Date.now());
      }
      const [first, second] = [times[1] - times[0], times[2] - times[1]];
      assert.ok(second > 1.5 * first, `the pauses were ${first} and ${second} ms`);
      await isFoundPaid(played);
    }));
});
