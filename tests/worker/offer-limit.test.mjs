// An offer with `max_orders` makes so many orders and no more, however many pages ask at once, and whatever dies meanwhile.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { OFFER_KEY, anOffer } from '../support/shop/offer.mjs';
import { PlainBrowser } from '../support/shop/plain-browser.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';

const CLAIMS = { sku: 'tea-gift-set', name: 'Oolong', amount: 8800, currency: 'HKD', max_quantity: 5 };
/** Another sku for each test, so that each has a count of its own. */
let next = 0;
const limited = (most, more = {}, key = OFFER_KEY) => anOffer({ ...CLAIMS, sku: `tea-${(next += 1)}`, max_orders: most, ...more }, '1h', key);

describe('an offer with max_orders', () => {
  let stage, shop;
  before(async () => {
    stage = await setStageWithClock({ vars: { OFFER_KEY } });
    shop = stage.shop;
  });
  after(() => stage?.stop());

  test('makes so many orders, and then says that it is used up', async () => {
    const offer = await limited(2);
    for (const _ of [1, 2]) await shop.placePayable({ offer });
    const before = (await stage.gateway.orderNumbersSeen()).length;
    const { status, json } = await shop.place({ offer });
    assert.deepEqual([status, json.code], [422, 'offer_used_up']);
    assert.match(json.detail, /all 2 orders.*max_orders/);
    assert.equal((await stage.gateway.orderNumbersSeen()).length, before, 'WeChat Pay hears of nothing');
  });

  for (const attempt of ['', '?attempt=1']) {
    test(`counts a repeated request once${attempt && ', also when it says that it is the first'}`, async () => {
      const offer = await limited(1);
      const key = anIdempotencyKey();
      const order = await shop.placePayable({ offer }, { key });
      for (const _ of [1, 2, 3]) {
        const again = await shop.place({ offer }, { key, isFirst: attempt !== '' });
        assert.deepEqual([again.status, again.json.order.id], [200, order.id]);
      }
      assert.equal((await shop.place({ offer })).json.code, 'offer_used_up');
    });
  }

  test('makes exactly so many when thirty pages ask at once, each three times', async () => {
    const offer = await limited(7);
    const keys = Array.from({ length: 30 }, anIdempotencyKey);
    const answers = await Promise.all([...keys, ...keys, ...keys].map(async (key) => ({ key, ...(await shop.place({ offer }, { key })) })));
    const made = new Set(answers.filter(({ status }) => status < 300).map(({ json }) => json.order.id));
    assert.equal(made.size, 7);
    const served = new Set(answers.filter(({ status }) => status < 300).map(({ key }) => key));
    for (const { key, status, json } of answers) {
      if (served.has(key)) assert.ok(status === 200 || status === 201, `${status}: a key that has a place keeps it`);
      else assert.deepEqual([status, json.code], [422, 'offer_used_up']);
    }
  });

  test('gives no second place to a key that then asks for another quantity', async () => {
    const offer = await limited(1);
    const key = anIdempotencyKey();
    const order = await shop.placePayable({ offer }, { key });
    const other = await shop.place({ offer, quantity: 2 }, { key, isFirst: true });
    assert.equal(other.json.code, 'idempotency_conflict');
    assert.equal((await shop.place({ offer })).json.code, 'offer_used_up', `${order.id} still has its place`);
  });

  test('is not mixed up with another offer', async () => {
    const [one, two] = [await limited(1), await limited(1)];
    for (const offer of [one, two]) await shop.placePayable({ offer });
    for (const offer of [one, two]) assert.equal((await shop.place({ offer })).json.code, 'offer_used_up');
  });

  test('is refused by the form, too, and nothing is ordered', async () => {
    const offer = await limited(1);
    const first = await new PlainBrowser(stage.worker).submit({ offer, quantity: '1' });
    assert.equal(first.status, 200, first.text);
    const second = await new PlainBrowser(stage.worker).submit({ offer, quantity: '1' });
    assert.equal(second.status, 422);
    assert.match(second.text, /This price is no longer valid/);
  });

  test('forgets its count an hour after its end, and not earlier', async () => {
    const offer = await limited(1);
    await shop.placePayable({ offer });
    await stage.goAhead(59 * 60_000);
    assert.equal((await shop.place({ offer })).json.code, 'offer_used_up', 'a minute before its end');
    await stage.goAhead(2 * 60_000);
    assert.equal((await shop.place({ offer })).json.code, 'offer_expired');
    await stage.goAhead(-61 * 60_000);
  });
});

test('the count of an offer is on the disk: a Worker that is killed goes on with it, also under the next key', () =>
  withMortalWorker(async ({ start, kill }) => {
    const claims = { ...CLAIMS, max_orders: 2, exp: Math.floor(Date.now() / 1000) + 3600 };
    const { shop } = await start({ OFFER_KEY });
    const offer = await anOffer(claims, claims.exp);
    await shop.placePayable({ offer });
    await kill();
    const key = 'the next key by which the shop signs offers';
    const later = (await start({ OFFER_KEY: key, OFFER_KEY_PREVIOUS: OFFER_KEY })).shop;
    await later.placePayable({ offer: await anOffer(claims, claims.exp, key) });
    for (const each of [offer, await anOffer(claims, claims.exp, key)]) {
      assert.equal((await later.place({ offer: each })).json.code, 'offer_used_up');
    }
  }));
