// A simulated week: each day WeChat's bill is compared with our orders. Differences of every kind are planted; each is
// found, and none is invented. The kinds that no simulator can make are in crates/books/tests/planted.rs.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import Ajv from 'ajv/dist/2020.js';

import { signed } from '../support/gateway/signature.mjs';
import { startSimulator } from '../support/gateway/simulator.mjs';
import { fromXml, toXml } from '../support/gateway/xml.mjs';
import { ROOT } from '../support/project.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { assertTold, Clocks, dayOf, HOUR_MS, NOON, reportAtNoon, reportOf, startClocklessReceiver, told } from '../support/shop/reconciliation.mjs';
import { until } from '../support/until.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';

const REFUND = { out_refund_no: 'R1', amount_minor: 100 };

describe('a simulated week', () => {
  let stage, clocks, office, receiver, index, day;
  before(async () => {
    receiver = await startClocklessReceiver();
    stage = await setStageWithClock({ start: startSimulator, platform: BACK_OFFICE.platform, vars: { ...BACK_OFFICE.vars, ...receiver.vars } });
    clocks = new Clocks(stage);
    office = new BackOffice(stage.worker);
    index = await stage.worker.miniflare.getD1Database('INDEX');
    await clocks.goTo(NOON);
    // The first day is the one before the Worker began.
    const report = await reportOf(stage, clocks, office, dayOf(clocks.now() - 24 * HOUR_MS));
    assertTold(report, []);
    day = dayOf(clocks.now());
  });
  after(async () => {
    await stage?.stop();
    await receiver?.stop();
  });

  const known = (id, state = 'paid') => office.listed(id, (row) => row.state === state);

  async function paid() {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await known(order.id);
    return order;
  }

  async function refunded(order, refund = REFUND) {
    await office.refund(order.id, refund);
    await office.refundBecomes(order.id, refund.out_refund_no, 'processing');
    await clocks.goAhead(61_000);
    await office.retryRefund(order.id, refund.out_refund_no);
    await office.refundBecomes(order.id, refund.out_refund_no, 'refunded');
    await office.listed(order.id, (row) => row.refunded_minor > 0);
    return `${order.id}-${refund.out_refund_no}`;
  }

  /** The day ends, and its bill is compared on the next day at noon. */
  async function dayEnds(switches = {}) {
    const report = await reportAtNoon(stage, clocks, office, day, switches);
    day = dayOf(clocks.now());
    return report;
  }

  test('a day on which all is well: payments, a refund, orders that nobody paid', async () => {
    const orders = [await paid(), await paid(), await paid()];
    await refunded(orders[0]);
    await stage.shop.placePayable();
    const report = await dayEnds();
    assertTold(report, []);
    assert.deepEqual([report.bill_payments, report.bill_refunds, report.our_payments], [3, 1, 3]);
    const [{ currency, wechat_paid_minor, our_paid_minor, wechat_refunded_minor }] = report.sums;
    assert.deepEqual([currency, wechat_paid_minor, wechat_refunded_minor], ['HKD', our_paid_minor, 100]);
    assert.deepEqual(receiver.ofBooks(), [], 'nobody is called for a day that agrees');
  });

  test('a payment that nobody told of is missing here, the order learns of it, and it is mended', async () => {
    await paid();
    await stage.gateway.switch({ notifications: 'off' });
    const unknown = await stage.shop.placePayable();
    await stage.gateway.pay(unknown.view.code_url);
    // Its row is lost, too, so that the sweep does not find it.
    await office.listed(unknown.id, () => true);
    await index.prepare('DELETE FROM orders WHERE out_trade_no = ?1').bind(unknown.id).run();
    const report = await dayEnds({ notifications: 'off' });
    assertTold(report, [['missing_here', unknown.id, true]]);
    await known(unknown.id);
    const [webhook] = receiver.ofBooks();
    assert.equal(webhook.type, 'reconciliation.difference');
    assert.deepEqual([webhook.data.day, webhook.data.differences_found, webhook.data.mended], [report.day, 1, 1]);
    assert.deepEqual(webhook.data.kinds, { missing_here: 1 });
  });

  test('a second payment of an order that no query tells of stays missing here', async () => {
    await stage.gateway.switch({ notifications: 'off', faults: [{ name: 'second-payment', times: 1 }] });
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await office.query(order.id);
    await known(order.id);
    const report = await dayEnds({ notifications: 'off' });
    assertTold(report, [['missing_here', order.id, false]]);
  });

  test('what the bill lacks, doubles, or says in another amount or currency', async () => {
    const [lacks, twice, amount, currency] = [await paid(), await paid(), await paid(), await paid()];
    await paid();
    const report = await dayEnds({
      'bill-edits': [
        { number: lacks.id, times: 0 },
        { number: twice.id, times: 2 },
        { number: amount.id, minor: 8801 },
        { number: currency.id, currency: 'CNY' },
      ],
    });
    assertTold(report, [
      ['missing_there', lacks.id, false],
      ['double', twice.id, false],
      ['amount', amount.id, false],
      ['currency', currency.id, false],
    ]);
    const of = (kind) => report.differences.find((difference) => difference.kind === kind);
    assert.deepEqual([of('amount').ours.minor, of('amount').wechat.minor], [amount.view.amount.minor, 8801]);
    assert.match(of('missing_there').detail, /WeChat says that it is paid/, 'WeChat was asked before it was said');
  });

  test('refunds: one that the bill lacks, one of another amount, one that is there twice, and two made by hand', async () => {
    const orders = [await paid(), await paid(), await paid(), await paid(), await paid()];
    const [lacks, amount, twice] = [await refunded(orders[0]), await refunded(orders[1]), await refunded(orders[2])];
    const silent = await stage.gateway.refundByHand({ out_trade_no: orders[3].id, minor: 100, notify: 'off' });
    const loud = await stage.gateway.refundByHand({ out_trade_no: orders[4].id, minor: 100 });
    const report = await dayEnds({
      'bill-edits': [
        { number: lacks, times: 0 },
        { number: amount, minor: 101 },
        { number: twice, times: 2 },
      ],
    });
    assertTold(report, [
      ['refund_missing_there', lacks, false],
      ['refund_amount', amount, false],
      ['double', twice, false],
      ['refund_made_elsewhere', silent.out_refund_no, true],
      ['refund_made_elsewhere', loud.out_refund_no, true],
    ]);
    const learned = (await office.history(orders[3].id)).json.refunds;
    assert.ok(learned.some(({ out_refund_no }) => out_refund_no === silent.out_refund_no), 'the order knows it now');
  });

  test('a payment that another system of the same merchant made', async () => {
    await paid();
    const number = `POS${Date.now()}`;
    const { merchant, url } = stage.gateway;
    const fields = {
      appid: merchant.appid, mch_id: merchant.mchId, nonce_str: 'ofanothersystem', sign_type: merchant.signType,
      body: 'Coffee', out_trade_no: number, total_fee: '2500', fee_type: merchant.feeType, spbill_create_ip: '127.0.0.1',
      notify_url: 'http://127.0.0.1:9/nowhere', trade_type: 'NATIVE', product_id: '1',
    };
    const placed = await fetch(`${url}/pay/unifiedorder`, { method: 'POST', body: toXml(signed(fields, merchant)) });
    const { code_url: code, ...answer } = fromXml(await placed.text());
    assert.ok(code, JSON.stringify(answer));
    await stage.gateway.pay(code);
    const report = await dayEnds();
    assertTold(report, [['made_elsewhere', number, false]]);
    assert.equal(report.differences[0].wechat.minor, 2500);
  });

  test('rows that our index lost are no difference: the orders themselves are asked', async () => {
    const orders = [await paid(), await paid()];
    await refunded(orders[0]);
    for (const { id } of orders) await index.prepare('DELETE FROM orders WHERE out_trade_no = ?1').bind(id).run();
    const report = await dayEnds({ 'bill-gzip-members': 3, 'bill-goods': 'tea\nset' });
    assertTold(report, []);
    assert.deepEqual([report.bill_payments, report.our_payments], [2, 0]);
  });

  test('a payment of midnight may be in the bill of the next day, and must be in one of the two', async () => {
    await clocks.goTo(24 * HOUR_MS - 5 * 60_000);
    const [next, nowhere] = [await paid(), await paid()];
    const edits = { 'bill-edits': [{ number: next.id, 'later-ms': 10 * 60_000 }, { number: nowhere.id, times: 0 }] };
    assertTold(await dayEnds(edits), []);
    await paid();
    assertTold(await dayEnds(edits), [['missing_there', nowhere.id, false]]);
  });

  test('a day that is run again has the same report, and its webhook is not sent again', async () => {
    const differing = (await office.reconciliation()).json.filter(({ status }) => status === 'differs');
    assert.equal(receiver.ofBooks().length, differing.length);
    const which = differing.find(({ kinds }) => kinds.made_elsewhere).day;
    const before = (await office.reconciliation(which)).json;
    assert.equal((await office.reconcile(which)).status, 202);
    const again = await until('it was run again', async () => {
      const report = await reportOf(stage, clocks, office, which);
      assert.notEqual(report.finished_at_ms, before.finished_at_ms);
      return report;
    });
    assert.deepEqual(told(again), told(before));
    assert.equal(receiver.ofBooks().length, differing.length);
  });

  test('days are listed, the newest first; a day without a report, an odd day and one that is not over are refused', async () => {
    const { json } = await office.reconciliation();
    const days = json.map((report) => report.day);
    assert.deepEqual(days, days.toSorted().toReversed());
    assert.ok(days.length >= 9, `${days}`);
    assert.equal((await office.reconciliation('2020-01-01')).status, 404);
    assert.equal((await office.reconciliation('yesterday')).status, 400);
    assert.equal((await office.reconcile(dayOf(clocks.now()))).status, 409);
    assert.equal((await new BackOffice(stage.worker, 'no such token').reconciliation()).status, 401);
  });

  test('each report is as /openapi.json describes it, and has no other fields', async () => {
    const { components } = JSON.parse(await readFile(join(ROOT, 'www', 'openapi.json'), 'utf8'));
    for (const name of ['Reconciliation', 'ReconciliationSums', 'Difference', 'Money']) components.schemas[name].additionalProperties = false;
    const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
    const fits = ajv.compile({ components, $ref: '#/components/schemas/Reconciliation' });
    const { json } = await office.reconciliation();
    let differences = 0;
    for (const { day: which } of json) {
      const report = (await office.reconciliation(which)).json;
      assert.ok(fits(report), JSON.stringify(fits.errors));
      differences += report.differences?.length ?? 0;
    }
    assert.ok(json.every((report) => fits(report)), JSON.stringify(fits.errors));
    assert.ok(differences > 5, `${differences}`);
  });
});

describe('the orders are in three databases of the index', () => {
  let stage, clocks, office;
  before(async () => {
    const d1Databases = { INDEX: 'index-1', INDEX_2: 'index-2', INDEX_3: 'index-3' };
    stage = await setStageWithClock({ start: startSimulator, platform: { ...BACK_OFFICE.platform, d1Databases }, vars: BACK_OFFICE.vars });
    clocks = new Clocks(stage);
    office = new BackOffice(stage.worker);
    await clocks.goTo(NOON);
  });
  after(() => stage?.stop());

  test('all are compared, and only what differs is told', async () => {
    const day = dayOf(clocks.now());
    const orders = [];
    for (let placed = 0; placed < 12; placed += 1) {
      const order = await stage.shop.placePayable();
      await stage.gateway.pay(order.view.code_url);
      await office.listed(order.id, (row) => row.state === 'paid');
      orders.push(order);
    }
    const indexes = await Promise.all(['INDEX', 'INDEX_2', 'INDEX_3'].map((name) => stage.worker.miniflare.getD1Database(name)));
    const rows = await Promise.all(indexes.map(async (index) => (await index.prepare('SELECT out_trade_no FROM orders').all()).results.length));
    assert.ok(rows.every((count) => count > 0) && rows.reduce((sum, count) => sum + count) === 12, `${rows}`);
    const [lacking] = orders;
    await stage.gateway.switch({ 'bill-edits': [{ number: lacking.id, times: 0 }] });
    await clocks.goTo(NOON);
    const report = await reportOf(stage, clocks, office, day);
    assert.deepEqual([report.bill_payments, report.our_payments], [11, 12]);
    assertTold(report, [['missing_there', lacking.id, false]]);
  });
});
