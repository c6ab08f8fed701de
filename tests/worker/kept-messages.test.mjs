// Genuine messages that a person may have to read. The order's object keeps each of them once, byte for byte.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { notification, SUCCESS_REPLY } from '../support/gateway/notification.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { until } from '../support/until.mjs';
import { withMortalWorker } from '../support/worker/mortal-worker.mjs';

const KEPT = 'SELECT hash, body FROM message ORDER BY at_ms';

/** The kept messages, in the form in which they came. */
async function kept(dead) {
  return (await dead.rows(KEPT, 'message')).map(({ hash, body }) => {
    assert.equal(hash, createHash('sha256').update(body).digest('hex'));
    return Buffer.from(body).toString();
  });
}

test('money for a number that has no order here is acknowledged, listed for a person, and its message is kept once', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const { shop, office } = await start();
    const order = { outTradeNo: 'ANOTHERSYSTEMS0001', totalFee: 8800, feeType: gateway.merchant.feeType };
    const message = notification(gateway.merchant, order, { attach: '茶 & tea' });
    for (const time of ['first', 'second']) assert.equal((await shop.notify(message)).text, SUCCESS_REPLY, time);
    const row = await office.listed(order.outTradeNo, ({ state }) => state === 'stray');
    assert.equal(row.amount_minor, 8800);
    const { json } = await office.history(order.outTradeNo);
    assert.deepEqual(json.exceptions.map(({ kind }) => kind), ['unknown_order']);
    await kill();
    assert.deepEqual(await kept(dead), [message]);
  }));

test('an answer that is about another order is kept, in an object that an older version made, too', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const first = await start();
    const order = await first.shop.placePayable();
    await kill();
    // The schema of version 0.1 had no table for messages, and one for events.
    await dead.change(`UPDATE schema_version SET version = 1;
      CREATE TABLE event (seq INTEGER PRIMARY KEY, json TEXT NOT NULL);
      INSERT INTO event (seq, json) SELECT row_number() OVER (), value FROM snapshot, json_each('[' ||
        replace(rtrim(events, char(10)), char(10), ',') || ']');
      ALTER TABLE snapshot DROP COLUMN events;
      ALTER TABLE snapshot DROP COLUMN details;
      CREATE TABLE archived (at_ms INTEGER NOT NULL);
      CREATE TABLE stray (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, message TEXT NOT NULL);
      INSERT INTO stray (hash, at_ms, message) VALUES ('of version 0.1', 1, '<xml>kept then</xml>')`);

    gateway.next('orderquery', { out_trade_no: 'ANOTHERORDER0001' }, order.id);
    const { office } = await start();
    const ofThen = { sha256: 'of version 0.1', at_ms: 1, at: '1970-01-01T00:00:00.001Z', message: '<xml>kept then</xml>' };
    assert.deepEqual((await office.history(order.id)).json.messages, [ofThen], 'before anything is written');
    await office.query(order.id);
    const kinds = async () => (await office.history(order.id)).json.exceptions.map(({ kind }) => kind);
    await until('a person is told', async () => (await kinds()).includes('about_something_else'));
    const [before, now] = (await office.history(order.id)).json.messages;
    assert.deepEqual(before, ofThen);
    const numbers = (await office.history(order.id)).json.events.map(({ seq }) => seq);
    assert.deepEqual(numbers, numbers.map((_, at) => at + 1), 'the events of then and of now');
    assert.match(now.message, /ANOTHERORDER0001/);
    await kill();
    const [answer, ...more] = await kept(dead);
    assert.match(answer, /^<xml>.*ANOTHERORDER0001.*<\/xml>$/s);
    assert.deepEqual(more, []);
  }));

test('of forty that cannot be read thirty-two are kept; each is answered alike, and the order is still paid', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const { shop, office } = await start();
    const order = await shop.placePayable();
    const unreadable = (at) => notification(gateway.merchant, asPaidOrder(order.view), { total_fee: `${at}.00` });
    const first = unreadable(1);
    for (const message of [first, first, ...Array.from({ length: 39 }, (_, at) => unreadable(at + 2))]) {
      assert.match((await shop.notify(message)).text, /FAIL.*the message cannot be read/);
    }
    assert.equal((await office.history(order.id)).json.messages.length, 32);
    await gateway.pay(order.view.code_url);
    assert.equal(await shop.status(order), 'paid');
    await kill();
    const all = await kept(dead);
    assert.deepEqual([all.length, all.filter((message) => message === first).length], [32, 1]);
  }));

test('a payment that fits is in the order itself; its message is not kept', () =>
  withMortalWorker(async ({ gateway, start, kill, dead }) => {
    const { shop } = await start();
    const order = await shop.placePayable();
    await gateway.pay(order.view.code_url);
    assert.equal(await shop.status(order), 'paid');
    await kill();
    assert.deepEqual(await kept(dead), []);
  }));
