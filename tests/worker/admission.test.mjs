// Rate limits, and the sites whose pages may order. wrangler.toml binds the limits; here they are small.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { SUCCESS_REPLY, notification } from '../support/gateway/notification.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage } from '../support/stage.mjs';
import { throughout, until } from '../support/until.mjs';

/** A limit of this many in a minute. Miniflare's minutes begin with the clock's, so a test may see two of them. */
const limit = (name, most) => ({ platform: { ratelimits: { [name]: { namespace_id: name, simple: { limit: most, period: 60 } } } } });

const from = (address) => ({ headers: { 'cf-connecting-ip': address } });

/** How many of so many tries, one after another, are refused. */
async function refusedOf(tries, attempt) {
  const answers = [];
  for (let n = 0; n < tries; n += 1) answers.push(await attempt(n));
  const refused = answers.filter(({ status }) => status === 429);
  for (const { headers, json } of refused) {
    assert.equal(headers.get('retry-after'), '10');
    if (json) assert.equal(json.code, 'too_many_requests');
  }
  return refused.length;
}

describe('a shop that limits orders by address', () => {
  const stage = onStage(limit('LIMIT_ORDERS_PER_ADDRESS', 3));

  test('LIMIT_ORDERS_PER_ADDRESS is how many orders one address may place in a minute', async () => {
    const refused = await refusedOf(12, () => stage.shop.place(undefined, from('203.0.113.7')));
    assert.ok(refused >= 6 && refused <= 9, `${refused} of 12`);
    assert.equal((await stage.shop.place(undefined, from('203.0.113.8'))).status, 201, 'another address');
  });

  test('a subscriber with a /64 of IPv6 is one address', async () => {
    const refused = await refusedOf(12, (n) => stage.shop.place(undefined, from(`2001:db8:1:2::${n + 1}`)));
    assert.ok(refused >= 6 && refused <= 9, `${refused} of 12`);
  });

  test('a form without a script is limited, too, and says so in words', async () => {
    const form = () =>
      fetch(`${stage.worker.url}/checkout`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'cf-connecting-ip': '203.0.113.9' },
        body: 'sku=tea-gift-set&quantity=1',
      });
    const answers = [];
    for (let n = 0; n < 12; n += 1) answers.push(await form());
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 6, `${refused.length} of 12`);
    assert.equal(refused[0].headers.get('retry-after'), '60');
    assert.match(await refused[0].text(), /Too many orders at once/);
  });

  test('an order that is refused wakes no object and asks WeChat nothing', async () => {
    await refusedOf(12, () => stage.shop.place(undefined, from('203.0.113.10')));
    const before = stage.gateway.calls.length;
    assert.equal(await refusedOf(5, () => stage.shop.place(undefined, from('203.0.113.10'))), 5);
    assert.equal(stage.gateway.calls.length, before);
  });
});

describe('a shop that limits all orders together', () => {
  const stage = onStage(limit('LIMIT_ORDERS', 4));

  test('LIMIT_ORDERS is how many orders the shop takes in a minute', async () => {
    const refused = await refusedOf(14, (n) => stage.shop.place(undefined, from(`203.0.113.${n}`)));
    assert.ok(refused >= 6 && refused <= 10, `${refused} of 14`);
  });
});

describe('a shop that limits looks', () => {
  const stage = onStage(limit('LIMIT_READS_PER_ADDRESS', 5));

  test('LIMIT_READS_PER_ADDRESS is how often one address may look at orders', async () => {
    const order = await stage.shop.placePayable();
    const looks = await refusedOf(140, () => stage.shop.look(order, { 'cf-connecting-ip': '203.0.113.20' }));
    assert.ok(looks >= 50 && looks <= 95, `${looks} of 140`);
    assert.equal((await stage.shop.look(order, { 'cf-connecting-ip': '203.0.113.21' })).status, 200, 'another address');
  });

  test('a page at the pace that we ask for is never refused', async () => {
    const order = await stage.shop.placePayable();
    assert.equal(await refusedOf(20, () => stage.shop.look(order, { 'cf-connecting-ip': '203.0.113.22' })), 0);
  });
});

describe('a shop that limits forgeries', () => {
  const stage = onStage(limit('LIMIT_FORGERIES', 2));
  const about = (order) => notification(stage.gateway.merchant, asPaidOrder(order.view));
  const forged = (order) => about(order).replace('<total_fee>', '<total_fee>1');

  test('LIMIT_FORGERIES is how many notifications that do not verify may wake an order', async () => {
    await stage.gateway.notifications(false);
    const orders = [];
    for (let n = 0; n < 8; n += 1) orders.push((await stage.shop.place()).json.order);
    const seen = () => stage.worker.log.filter((said) => /a notification was refused/.test(said)).length;
    for (const order of orders) assert.match((await stage.shop.notify(forged({ view: order }))).text, /FAIL/);
    await until('the first two are told', () => seen() >= 2);
    await throughout('the others are not', () => seen() <= 4);
  });

  test('a notification that verifies is never limited', async () => {
    const { json } = await stage.shop.place();
    for (let n = 0; n < 20; n += 1) await stage.shop.notify(forged({ view: json.order }));
    assert.equal((await stage.shop.notify(about({ view: json.order }))).text, SUCCESS_REPLY);
    assert.equal(await stage.shop.status({ id: json.order.id, token: json.token }), 'paid');
  });
});

describe('a shop that limits nothing', () => {
  const stage = onStage();

  test('takes every order', async () => {
    assert.equal(await refusedOf(40, () => stage.shop.place(undefined, from('203.0.113.7'))), 0);
  });
});

describe('a shop with a list of sites', () => {
  const ALLOWED_ORIGINS = 'https://shop.example.com, https://blog.example.com';
  const stage = onStage({ vars: { ALLOWED_ORIGINS } });
  const by = (origin) => ({ headers: origin === undefined ? {} : { origin } });

  test('ALLOWED_ORIGINS are the sites whose pages may order', async () => {
    for (const origin of ['https://shop.example.com', 'https://blog.example.com', stage.worker.url, undefined]) {
      assert.equal((await stage.shop.place(undefined, by(origin))).status, 201, origin);
    }
    for (const origin of ['https://shop.example.com.evil.example', 'http://shop.example.com', 'null']) {
      const { status, json } = await stage.shop.place(undefined, by(origin));
      assert.deepEqual([status, json.code], [403, 'origin_not_allowed'], origin);
    }
  });
});
