// The inbox: everything that waits for a person, from the moment it comes up until somebody marks it done.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { SUCCESS_REPLY, notification } from '../support/gateway/notification.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { onStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

describe('the inbox', () => {
  const stage = onStage(BACK_OFFICE);
  let office;
  before(() => (office = new BackOffice(stage.worker)));

  const pay = (order, changes) =>
    stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view), changes));

  async function paidTwice() {
    const order = await stage.shop.placePayable();
    await pay(order);
    await pay(order);
    return { order, entry: await office.waiting(order.id, ({ kind }) => kind === 'paid_twice') };
  }

  test('shows a second payment: what happened, what to do, which payment, until it is marked done', async () => {
    const { order, entry } = await paidTwice();
    const { payments } = (await office.history(order.id)).json;
    assert.equal(entry.transaction_id, payments[1].transaction_id);
    assert.match(entry.what_happened, /second payment/);
    assert.match(entry.what_to_do, /transaction_id/);
    assert.ok(Math.abs(Date.now() - entry.at_ms) < 60_000);
    assert.equal(entry.done, `/admin/api/orders/${order.id}/attention/${entry.id}/done`);

    assert.equal((await office.post(entry.done)).status, 200);
    await until('it is gone', async () =>
      (await office.attention()).json.attention.every(({ out_trade_no }) => out_trade_no !== order.id),
    );
    const kept = (await office.history(order.id)).json.exceptions.find(({ id }) => id === entry.id);
    assert.ok(kept.done_at_ms >= kept.at_ms, 'the order remembers it');
    await office.listed(order.id, ({ attention_since_ms }) => attention_since_ms === null);
  });

  test('shows a payment of another amount, which confirms nothing', async () => {
    const order = await stage.shop.placePayable();
    await pay(order, { total_fee: '1' });
    const entry = await office.waiting(order.id, ({ kind }) => kind === 'amount_mismatch');
    assert.match(entry.transaction_id, /^\d{28}$/);
    assert.match(entry.detail, /0\.01 HKD was paid, not /, 'both sides');
    assert.ok(stage.worker.log.some((line) => line.includes(order.id) && line.includes(entry.detail)), 'the log has them, too');
    assert.notEqual(await stage.shop.status(order), 'paid');
  });

  test('shows money that came under a number without an order, and the log and the list name it', async () => {
    const number = `SALE-${Date.now()}`;
    const message = notification(stage.gateway.merchant, { outTradeNo: number, totalFee: 700, feeType: 'HKD' });
    assert.equal((await stage.shop.notify(message)).text, SUCCESS_REPLY);
    const entry = await office.waiting(number, ({ kind }) => kind === 'unknown_order');
    assert.match(entry.transaction_id, /^\d{28}$/);
    const row = await office.listed(number, ({ state }) => state === 'stray');
    assert.deepEqual([row.amount_minor, row.currency], [700, 'HKD']);
    assert.ok(stage.worker.log.some((line) => line.includes(number)));
    assert.equal((await office.post(entry.done)).status, 200);
    await office.listed(number, ({ attention_since_ms }) => attention_since_ms === null);
  });

  test('shows a message that WeChat signed and that cannot be read, once, and WeChat is asked to repeat it', async () => {
    const order = await stage.shop.placePayable();
    for (let time = 0; time < 3; time += 1) {
      const answer = await pay(order, { time_end: 'soon' });
      assert.match(answer.text, /FAIL.*cannot be read/);
    }
    const entry = await office.waiting(order.id, ({ kind }) => kind === 'unreadable');
    assert.match(entry.detail, /time_end/);
    const { messages } = (await office.history(order.id)).json;
    assert.match(messages[0].message, /<time_end>(<!\[CDATA\[)?soon/, 'the history shows it as it came');
    assert.notEqual(await stage.shop.status(order), 'paid');
    const entries = (await office.attention()).json.attention.filter(({ out_trade_no }) => out_trade_no === order.id);
    assert.equal(entries.length, 1);
    await pay(order);
    await stage.shop.becomes('paid', order);
  });

  test('an exception that does not exist cannot be done, and is named in the answer', async () => {
    const { order } = await paidTwice();
    const none = await office.post(`/admin/api/orders/${order.id}/attention/99/done`);
    assert.deepEqual([none.status, none.json.code], [409, 'not_possible']);
    const words = await office.post(`/admin/api/orders/${order.id}/attention/all/done`);
    assert.deepEqual([words.status, words.json.code], [400, 'invalid_query']);
    const elsewhere = await office.post('/admin/api/orders/Hnobodyhasthisnumber/attention/1/done');
    assert.equal(elsewhere.status, 404);
  });

  test('pages through exceptions of one moment without losing any, the oldest first', async () => {
    await paidTwice();
    const index = await stage.worker.miniflare.getD1Database('INDEX');
    const insert = index.prepare(
      'INSERT INTO open_matters (out_trade_no, attention, attention_since_ms) VALUES (?1, ?2, 1000)',
    );
    const exceptions = (count) =>
      JSON.stringify(Array.from({ length: count }, (_, at) => ({ id: at + 1, kind: 'paid_late', at_ms: 1000 })));
    const numbers = Array.from({ length: 40 }, (_, at) => `Hmany${String(at).padStart(3, '0')}`);
    await index.batch(numbers.map((number) => insert.bind(number, exceptions(3))));

    const seen = [];
    for (let query = ''; query !== undefined; ) {
      const { status, json } = await office.attention(query);
      assert.equal(status, 200);
      seen.push(...json.attention);
      query = json.next?.replace('/admin/api/attention', '');
    }
    const many = seen.filter(({ out_trade_no }) => out_trade_no.startsWith('Hmany'));
    assert.equal(new Set(many.map(({ done }) => done)).size, 120);
    assert.equal(many.length, 120);
    const times = seen.map(({ at_ms }) => at_ms);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));

    // Only the entries of these orders are left, so the inbox itself forgets them.
    for (const number of numbers) {
      const { done } = many.find(({ out_trade_no }) => out_trade_no === number);
      assert.equal((await office.post(done)).status, 204);
    }
    assert.equal((await office.post(many[0].done)).status, 404);
    const left = (await office.attention()).json.attention.map(({ out_trade_no }) => out_trade_no);
    assert.ok(left.length > 0 && left.every((number) => !number.startsWith('Hmany')));
  });

  test('a query it does not understand is refused with what to do', async () => {
    for (const query of ['?kind=paid_twice', '?cursor=7']) {
      const { status, json } = await office.attention(query);
      assert.deepEqual([status, json.code], [400, 'invalid_query'], query);
      assert.match(json.detail, /next/);
    }
  });

  test('is not there for anybody without a key', async () => {
    const { order, entry } = await paidTwice();
    for (const token of [null, order.token]) {
      const stranger = new BackOffice(stage.worker, token);
      for (const answer of [await stranger.attention(), await stranger.post(entry.done)]) {
        assert.deepEqual([answer.status, answer.json.code], [401, 'key_required']);
      }
    }
    await office.waiting(order.id, ({ id }) => id === entry.id);
  });
});
