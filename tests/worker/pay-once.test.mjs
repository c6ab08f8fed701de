// The payment itself, with the Worker in workerd between a shopper and each of the two gateways:
// the simulator in Rust and the one in JavaScript, which share no code.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { SIGN_TYPES } from '../support/gateway/signature.mjs';
import { CATALOG, GOODS, OTHER_GOODS, lines } from '../support/shop/catalog.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { GATEWAYS, onStage } from '../support/stage.mjs';

for (const { name, start } of GATEWAYS) {
  for (const signType of SIGN_TYPES) {
    describe(`with ${name}, ${signType}`, () => scenarios(start, signType));
  }
}

function scenarios(start, signType) {
  const stage = onStage({ start, merchant: { signType } });
  let shop;
  before(() => {
    shop = stage.shop;
  });

  test('an order gets a code to draw and its price from the catalogue', async () => {
    const { status, json } = await shop.place(lines(GOODS, 2));
    assert.equal(status, 201);
    const view = await shop.becomes('awaiting_payment', { id: json.order.id, token: json.token });
    assert.match(view.code_url, /^weixin:\/\/wxpay\//);
    assert.equal(view.amount.minor, 2 * GOODS.amount_minor);
    assert.equal(view.amount.currency, CATALOG.currency);
    assert.ok(view.expires_at_ms > view.server_time_ms);
    assert.match(view.id, /^[0-9A-Za-z]{6,32}$/);
  });

  test('several goods are one order whose price is their sum', async () => {
    const both = { lines: [...lines(GOODS, 1).lines, ...lines(OTHER_GOODS, 2).lines] };
    const { view } = await shop.placePayable(both);
    assert.equal(view.amount.minor, GOODS.amount_minor + 2 * OTHER_GOODS.amount_minor);
  });

  test('the notification makes the order paid', async () => {
    const order = await shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    const paid = await shop.becomes('paid', order);
    assert.equal(paid.code_url, undefined, 'a paid order has no code to draw');
    assert.equal(paid.ask_again_in_ms, undefined, 'asking again is useless');
    assert.ok(paid.version > order.view.version);
  });

  test('one shopper paying changes nothing for another', async () => {
    const [mine, theirs] = await Promise.all([shop.placePayable(), shop.placePayable()]);
    assert.notEqual(mine.id, theirs.id);
    assert.notEqual(mine.view.code_url, theirs.view.code_url);
    await stage.gateway.pay(mine.view.code_url);
    await shop.becomes('paid', mine);
    assert.equal(await shop.status(theirs), 'awaiting_payment');
  });

  test('the same key and body is the same order, also after it is paid', async () => {
    const key = anIdempotencyKey();
    const first = await shop.placePayable(lines(), { key });
    const again = await shop.place(lines(), { key });
    assert.equal(again.status, 200);
    assert.equal(again.json.order.id, first.id);
    assert.equal(again.json.token, first.token);
    assert.equal(again.json.order.code_url, first.view.code_url);
    await stage.gateway.pay(first.view.code_url);
    await shop.becomes('paid', first);
    assert.equal((await shop.place(lines(), { key })).json.order.status, 'paid');
  });

  test('the same key sixteen times at once is one order at WeChat Pay', async () => {
    const key = anIdempotencyKey();
    const answers = await Promise.all(Array.from({ length: 16 }, () => shop.place(lines(), { key })));
    const ids = new Set(answers.map(({ json }) => json.order.id));
    assert.equal(ids.size, 1, JSON.stringify([...ids]));
    assert.equal(answers.filter(({ status }) => status === 201).length, 1, 'created once');
    const [id] = ids;
    await shop.becomes('awaiting_payment', { id, token: answers[0].json.token });
    const numbers = await stage.gateway.orderNumbersSeen();
    assert.equal(numbers.filter((number) => number === id).length, 1);
  });
}
