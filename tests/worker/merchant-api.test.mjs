// What a merchant's own system does with orders: it makes one at its own price, gives money back, and looks after webhooks.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

let receiver, stage, office;
before(async () => {
  receiver = await startReceiver();
  const vars = { ...BACK_OFFICE.vars, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
  stage = await setStage({ start: startSimulator, ...BACK_OFFICE, vars });
  office = new BackOffice(stage.worker);
});
after(async () => {
  await stage?.stop();
  await receiver?.stop();
});

const ORDER = { amount_minor: 12_345, currency: 'HKD', description: 'Invoice 17, a table of oak' };
let next = 0;
const make = (order = {}, key = `invoice-${(next += 1)}`) => office.create({ ...ORDER, ...order }, key);
const payable = async (order) => {
  const { json } = await make(order);
  const made = { id: json.order.id, token: json.token };
  return { ...made, view: await stage.shop.becomes('awaiting_payment', made) };
};
const paid = async (order) => {
  const made = await payable(order);
  await stage.gateway.pay(made.view.code_url);
  await stage.shop.becomes('paid', made);
  return made;
};

describe('an order that the merchant’s system makes', () => {
  test('has its amount and words, a code and a token for a page, and is paid like any other', async () => {
    const { status, json } = await make({ valid_minutes: 10 });
    assert.equal(status, 201);
    const order = { id: json.order.id, token: json.token };
    const view = await stage.shop.becomes('awaiting_payment', order);
    assert.deepEqual(view.amount, { minor: 12_345, currency: 'HKD', decimals: 2 });
    assert.equal(view.description, ORDER.description);
    assert.ok(Math.abs(view.expires_at_ms - Date.now() - 600_000) < 30_000);
    await stage.gateway.pay(view.code_url);
    await stage.shop.becomes('paid', order);
    const [placed] = (await office.history(order.id)).json.events;
    assert.deepEqual([placed.what.name, placed.who, placed.key], ['placed', 'merchant', 'admin']);
  });

  test('is made once for its key; another order under the key is a conflict', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => make({}, 'sale-7')));
    assert.equal(new Set(answers.map(({ json }) => json.order.id)).size, 1);
    assert.equal(answers.filter(({ status }) => status === 201).length, 1);
    const other = await make({ amount_minor: 1 }, 'sale-7');
    assert.deepEqual([other.status, other.json.code], [409, 'idempotency_conflict']);
  });

  test('is not the order of a page with the same key', async () => {
    const key = 'a-key-that-both-use-0123456789';
    const ours = await make({}, key);
    const theirs = await stage.shop.place(undefined, { key });
    assert.deepEqual([ours.status, theirs.status], [201, 201]);
    assert.notEqual(ours.json.order.id, theirs.json.order.id);
  });

  test('keeps what was sold, and is found by its reference', async () => {
    const lines = [{ sku: 'oak-table', name: 'Table, oak', quantity: 1, unit_amount: 12_000 }, { sku: 'delivery', name: 'Delivery', quantity: 1, unit_amount: 345 }];
    const { status, json } = await make({ lines, reference: 'INV-2026-17', metadata: { customer: '4711' } });
    assert.equal(status, 201);
    const history = (await office.history(json.order.id)).json;
    assert.deepEqual([history.lines, history.reference, history.metadata], [lines, 'INV-2026-17', { customer: '4711' }]);
    const row = await until('the index has it', async () => (await office.list('?reference=INV-2026-17')).json[0]);
    assert.deepEqual([row.out_trade_no, row.lines, row.metadata], [json.order.id, lines, { customer: '4711' }]);
    assert.deepEqual((await office.list('?reference=INV-2026-18')).json, []);
    const forgotten = await office.post(`/orders/${json.order.id}/forget`);
    assert.equal(forgotten.status, 200);
    const event = forgotten.json.events.find(({ what }) => what.name === 'person_forgotten');
    assert.deepEqual([event?.who, event?.key], ['merchant', 'admin']);
  });

  test('that cannot be is refused with what to send, and without a key, too', async () => {
    for (const wrong of [{ amount_minor: 0 }, { amount_minor: 1.5 }, { currency: 'dollars' }, { description: '' }, { valid_minutes: 1 }, { price: 1 }]) {
      const { status, json } = await make(wrong);
      assert.deepEqual([status, json.code], [400, 'invalid_body'], JSON.stringify(wrong));
      assert.match(json.detail, /^Send \{"amount_minor"/);
    }
    for (const key of [undefined, 'a b', 'k'.repeat(129)]) {
      assert.equal((await office.create(ORDER, key)).json.code, 'invalid_idempotency_key');
    }
  });
});

describe('a refund by the merchant’s system', () => {
  test('without an amount gives back all that is left, and the same number again is the same refund', async () => {
    const order = await paid();
    await office.refund(order.id, { out_refund_no: 'part', amount_minor: 345 });
    await office.refund(order.id, { out_refund_no: 'rest' });
    const { status, json } = await office.refund(order.id, { out_refund_no: 'rest' });
    assert.equal(status, 200);
    assert.deepEqual(json.refunds.map(({ out_refund_no: number, amount }) => [number, amount.minor]), [['part', 345], ['rest', 12_000]]);
    const nothing = await office.refund(order.id, { out_refund_no: 'more' });
    assert.deepEqual([nothing.status, nothing.json.code], [409, 'not_possible']);
    const [row] = (await until('the list shows both', async () => {
      const { json: rows } = await office.list(`?text=${order.id}`);
      return rows[0]?.refunding_minor + rows[0]?.refunded_minor === 12_345 && { json: rows };
    })).json;
    assert.equal(row.amount_minor, 12_345);
  });
});

describe('webhooks that were not accepted', () => {
  test('are listed over all orders and of one, and can be sent again', async () => {
    const order = await payable();
    const calm = await paid();
    receiver.refuseOf(order, 410);
    await stage.gateway.pay(order.view.code_url);
    const mine = async (path = '') => {
      const { status, json } = await office.webhooks(path);
      assert.equal(status, 200);
      assert.ok(!json.webhooks.some(({ out_trade_no: number }) => number === calm.id), 'what was accepted is not there');
      return json.webhooks.find(({ out_trade_no: number }) => number === order.id);
    };
    const found = await until('it is listed', async () => {
      const found = await mine();
      return found?.given_up.length > 0 && found;
    });
    assert.deepEqual(found.given_up.map(({ message }) => message.kind), ['order.paid']);
    const ofOrder = await office.webhooksOf(order.id);
    assert.deepEqual([ofOrder.status, ofOrder.json.given_up], [200, found.given_up]);
    assert.equal((await office.redeliver(order.id, found.given_up[0].id)).status, 200);
    await until('it is not listed any more', async () => (await mine()) === undefined);
    assert.deepEqual((await office.webhooks('?page=2')).json.code, 'invalid_query');
  });
});

describe('the exchange rate', () => {
  test('is WeChat Pay’s of a day, as a decimal number', async () => {
    const { status, json } = await office.exchangeRate('?currency=USD&date=2026-03-01');
    assert.deepEqual([status, json.currency, json.date, json.rate], [200, 'USD', '2026-03-01', '7.12000000']);
  });

  test('that WeChat Pay does not give is told in its words', async () => {
    const { status, json } = await office.exchangeRate('?currency=XXX&date=2026-03-01');
    assert.deepEqual([status, json.code], [409, 'not_possible']);
    assert.match(json.detail, /不支持的币种/);
    for (const query of ['', '?currency=USD', '?currency=usd&date=2026-03-01', '?currency=USD&date=20260301', '?currency=USD&date=2026-02-30']) {
      assert.equal((await office.exchangeRate(query)).json.code, 'invalid_query', query);
    }
  });
});
