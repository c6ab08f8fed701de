// The reconciliation when something fails: the bill does not come, is late or damaged, the Worker dies in the middle, the
// index is down, a receiver refuses.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { assertTold, Clocks, DAY_MS, dayOf, HOUR_MS, NOON, reportOf, startClocklessReceiver } from '../support/shop/reconciliation.mjs';
import { until } from '../support/until.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';


describe('trouble with a bill', () => {
  let stage, clocks, office, receiver, worker;
  before(async () => {
    receiver = await startClocklessReceiver();
    stage = await setStageWithClock({ start: startSimulator, platform: BACK_OFFICE.platform, vars: { ...BACK_OFFICE.vars, ...receiver.vars } });
    clocks = new Clocks(stage);
    office = new BackOffice(stage.worker);
    worker = await stage.worker.miniflare.getWorker();
    await clocks.goTo(NOON);
    await reportOf(stage, clocks, office, dayOf(clocks.now() - DAY_MS));
  });
  after(async () => {
    await stage?.stop();
    await receiver?.stop();
  });

  const tick = () => worker.scheduled({ cron: '*/10 * * * *' });
  const downloads = async () => (await stage.gateway.exchanges('download-bill')).length;

  async function paid() {
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await office.listed(order.id, ({ state }) => state === 'paid');
    return order;
  }

  test('nothing is asked before 10:05 UTC+8 of the next day', async () => {
    await paid();
    const day = dayOf(clocks.now());
    const before = await downloads();
    await clocks.goTo(9 * HOUR_MS);
    await tick();
    await tick();
    assert.equal(await downloads(), before);
    assert.equal((await office.reconcile(day)).status, 409);
    await clocks.goTo(NOON);
    assertTold(await reportOf(stage, clocks, office, day), []);
  });

  for (const [what, faults] of [
    ['a temporary error', [{ name: 'system-error', times: 2, call: 'download-bill' }]],
    ['a connection that breaks', [{ name: 'drop-before', times: 2, call: 'download-bill' }]],
    ['a page of a proxy', [{ name: 'html-502', times: 2, call: 'download-bill' }]],
  ]) {
    test(`${what}: it is asked again after half an hour, and then it is compared`, async () => {
      const order = await paid();
      const day = dayOf(clocks.now());
      await stage.gateway.switch({ faults, 'bill-edits': [{ number: order.id, times: 2 }] });
      const before = await downloads();
      await clocks.goTo(NOON);
      assertTold(await reportOf(stage, clocks, office, day), [['double', order.id, false]]);
      assert.equal((await downloads()) - before, 3);
      await stage.gateway.switch({});
    });
  }

  test('a merchant whose bills are switched off is told after two hours, and the next day is another day', async () => {
    await paid();
    const day = dayOf(clocks.now());
    await stage.gateway.switch({ faults: [{ name: 'bill-closed' }] });
    await clocks.goTo(NOON);
    const began = clocks.now();
    const report = await reportOf(stage, clocks, office, day);
    assert.equal(report.status, 'failed');
    assert.match(report.problem, /20007/);
    assert.ok(clocks.now() - began < 3 * HOUR_MS);
    const [webhook] = receiver.ofBooks().filter(({ type }) => type === 'reconciliation.failed');
    assert.equal(webhook.data.day, day);
    // The next day fails for the same reason, which is told already.
    const next = dayOf(clocks.now());
    await clocks.goTo(NOON);
    assert.equal((await reportOf(stage, clocks, office, next)).status, 'failed');
    await clocks.goAhead(HOUR_MS);
    await tick();
    assert.equal(receiver.ofBooks().filter(({ type }) => type === 'reconciliation.failed').length, 1);
    await stage.gateway.switch({});
    // A person has had it switched on, and runs the day.
    assert.equal((await office.reconcile(day)).status, 202);
    assertTold(await reportOf(stage, clocks, office, day), []);
  });

  test('a day without trades, says WeChat, though we have some: it is doubted for hours, and then told', async () => {
    const order = await paid();
    const day = dayOf(clocks.now());
    await stage.gateway.switch({ 'bill-edits': [{ number: order.id, times: 0 }] });
    await clocks.goTo(NOON);
    const began = clocks.now();
    assertTold(await reportOf(stage, clocks, office, day), [['missing_there', order.id, false]]);
    assert.ok(clocks.now() - began >= 4 * HOUR_MS, `${clocks.now() - began}`);
    await stage.gateway.switch({});
  });

  test('a receiver that refuses gets the webhook again, with the same id', async () => {
    const order = await paid();
    const day = dayOf(clocks.now());
    await stage.gateway.switch({ 'bill-edits': [{ number: order.id, times: 2 }] });
    receiver.refusals.push(500, 503);
    await clocks.goTo(NOON);
    await reportOf(stage, clocks, office, day);
    const of = () => receiver.ofBooks().filter(({ data }) => data.day === day);
    await until('it was accepted', async () => {
      await clocks.goAhead(31_000);
      await tick();
      return of().length === 3;
    });
    assert.equal(new Set(of().map(({ id }) => id)).size, 1);
    await stage.gateway.switch({});
  });

  test('many orders in doubt are asked slice by slice, and a bill comes packed in several members', async () => {
    const orders = [];
    for (let at = 0; at < 70; at += 1) orders.push(await stage.shop.placePayable());
    for (const order of orders) await stage.gateway.pay(order.view.code_url);
    for (const order of orders) await stage.shop.becomes('paid', order);
    const index = await stage.worker.miniflare.getD1Database('INDEX');
    await until('the index is quiet', async () => {
      await index.prepare("DELETE FROM orders WHERE state = 'paid'").run();
      return (await index.prepare('SELECT count(*) AS count FROM orders').first()).count === 0;
    });
    const day = dayOf(clocks.now());
    await stage.gateway.switch({ 'bill-gzip-members': 3 });
    await clocks.goTo(NOON);
    const report = await reportOf(stage, clocks, office, day);
    assertTold(report, []);
    assert.equal(report.bill_payments, 70);
  });
});
