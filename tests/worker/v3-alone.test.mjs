// A shop of API v3 that has no key of API v2, in both editions: it is ready, sells, and each of its days is compared with
// WeChat's bill, of which nothing is believed before its hash is right.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { aMerchant } from '../support/gateway/merchant.mjs';
import { notification } from '../support/gateway/notification.mjs';
import { startSimulator } from '../support/gateway/simulator.mjs';
import { WWW } from '../support/project.mjs';
import { ADMIN_TOKEN, BackOffice } from '../support/shop/back-office.mjs';
import { CATALOG } from '../support/shop/catalog.mjs';
import { assertTold, Clocks, DAY_MS, dayOf, NOON, reportAtNoon, reportOf, startClocklessReceiver } from '../support/shop/reconciliation.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { until } from '../support/until.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';

const EDITIONS = {
  global: { api: 'v3-global', currency: 'HKD', letter: 'G', more: { WECHAT_CATEGORY: '5499' }, text: /^\/v3\/global\/statements/ },
  mainland: { api: 'v3-mainland', currency: 'CNY', letter: 'C', more: {}, text: /^\/v3\/billdownload\/file/ },
};

/** The simulator, and something in front of it that may change an answer: `gateway.spoil(path, { headers, body })`. */
async function startFronted({ merchant, edition }) {
  const apiV3Key = randomBytes(16).toString('hex');
  const gateway = await startSimulator({ merchant, args: ['--api-v3-key', apiV3Key] });
  const [keys] = await (await fetch(`${gateway.url}/control/v3/keys`)).json();
  const front = createServer(async (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const sent = Buffer.concat(await Array.fromAsync(incoming));
    const answer = await new Promise((resolve, reject) => ask(`${gateway.url}${path}`, { method, headers }, resolve).on('error', reject).end(sent));
    const came = { headers: { ...answer.headers }, body: Buffer.concat(await Array.fromAsync(answer)) };
    gateway.spoil(path, came);
    outgoing.writeHead(answer.statusCode, { ...came.headers, 'content-length': came.body.length }).end(came.body);
  });
  await new Promise((ready) => front.listen(0, '127.0.0.1', ready));
  const stop = gateway.stop.bind(gateway);
  return Object.assign(gateway, {
    spoil: () => {},
    settings: {
      WECHAT_API: edition.api,
      WECHAT_API_KEY: '',
      WECHAT_API_V3_KEY: apiV3Key,
      WECHAT_MCH_CERT_SERIAL: keys.serial,
      WECHAT_MCH_PRIVATE_KEY: keys.private_key,
      WECHAT_GATEWAY: `http://127.0.0.1:${front.address().port}`,
      ...edition.more,
    },
    async stop() {
      await new Promise((closed) => (front.closeAllConnections(), front.close(closed)));
      await stop();
    },
  });
}

for (const [name, edition] of Object.entries(EDITIONS)) {
  describe(`a shop of API v3 alone, ${name} edition`, () => {
    let stage, clocks, office, receiver, index, site, day;
    before(async () => {
      receiver = await startClocklessReceiver();
      site = await mkdtemp(join(tmpdir(), 'wechatpay-site-'));
      await cp(WWW, site, { recursive: true });
      await writeFile(join(site, 'catalog.json'), JSON.stringify({ ...CATALOG, currency: edition.currency }));
      const start = ({ merchant }) => startFronted({ merchant: { ...merchant, feeType: edition.currency }, edition });
      stage = await setStageWithClock({ start, merchant: aMerchant(), site, vars: { ADMIN_TOKEN, ...receiver.vars } });
      clocks = new Clocks(stage);
      office = new BackOffice(stage.worker);
      index = await stage.worker.miniflare.getD1Database('INDEX');
      await clocks.goTo(NOON);
      const report = await reportOf(stage, clocks, office, dayOf(clocks.now() - DAY_MS));
      assertTold(report, []);
      assert.deepEqual(receiver.ofBooks(), [], 'a day without trades agrees');
      day = dayOf(clocks.now());
    });
    after(async () => {
      await stage?.stop();
      await receiver?.stop();
      if (site) await rm(site, { recursive: true, force: true });
    });

    async function paid() {
      const order = await stage.shop.placePayable();
      await stage.gateway.pay(order.view.code_url);
      await office.listed(order.id, (row) => row.state === 'paid');
      return order;
    }

    async function refunded(order) {
      await office.refund(order.id, { out_refund_no: 'R1', amount_minor: 100 });
      await office.refundBecomes(order.id, 'R1', 'processing');
      await clocks.goAhead(61_000);
      await office.refundBecomes(order.id, 'R1', 'refunded', { withinMs: 60_000 });
      await office.listed(order.id, (row) => row.refunded_minor > 0);
      return `${order.id}-R1`;
    }

    async function dayEnds(switches = {}) {
      const report = await reportAtNoon(stage, clocks, office, day, switches);
      day = dayOf(clocks.now());
      return report;
    }

    test('is ready, and no check speaks of API v2', async () => {
      const { checks } = (await office.readiness()).json;
      const outcome = (name) => checks.find((check) => check.name === name)?.outcome;
      assert.deepEqual(['settings', 'gateway_host', 'account_v3', 'notify_address_v3'].map(outcome), ['ok', 'ok', 'ok', 'ok'], JSON.stringify(checks, null, 1));
      assert.ok(!checks.some(({ name }) => ['account', 'notify_address', 'refund_notify_address'].includes(name)), JSON.stringify(checks));
      assert.ok(!JSON.stringify(checks).includes('WECHAT_API_KEY'));
      // The Worker's clock is ahead here, and that of the host is not: that is seen.
      assert.match(checks.find((check) => check.name === 'clock').seen, /^It differs from the gateway's by \d+ s\.$/);
    });

    test('a day on which all is well agrees, with a refund in it', async () => {
      const order = await paid();
      assert.ok(order.id.startsWith(edition.letter), order.id);
      assert.equal((await office.history(order.id)).json.api, edition.api);
      await refunded(order);
      await paid();
      const report = await dayEnds();
      assert.equal(report.problem ?? null, null);
      assertTold(report, []);
      assert.deepEqual([report.bill_payments, report.bill_refunds, report.our_payments], [2, 1, 2]);
      const [{ currency, wechat_paid_minor, our_paid_minor, wechat_refunded_minor }] = report.sums;
      assert.deepEqual([currency, wechat_paid_minor, wechat_refunded_minor], [edition.currency, our_paid_minor, 100]);
    });

    test('what differs is found: a payment that nobody told of, one that the bill lacks, and another amount', async () => {
      const [lacks, amount] = [await paid(), await paid()];
      await stage.gateway.switch({ notifications: 'off' });
      const unknown = await stage.shop.placePayable();
      await stage.gateway.pay(unknown.view.code_url);
      await office.listed(unknown.id, () => true);
      await index.prepare('DELETE FROM orders WHERE out_trade_no = ?1').bind(unknown.id).run();
      const edits = [{ number: lacks.id, times: 0 }, { number: amount.id, minor: 8801 }];
      const report = await dayEnds({ notifications: 'off', 'bill-edits': edits });
      assertTold(report, [['missing_there', lacks.id, false], ['amount', amount.id, false], ['missing_here', unknown.id, true]]);
      assert.match(report.differences.find(({ kind }) => kind === 'missing_there').detail, /WeChat says that it is paid/);
    });

    test('a bill with another hash than the signed one is refused and told, whatever it says', async () => {
      const order = await paid();
      const told = receiver.ofBooks().length;
      stage.gateway.spoil = (path, came) => {
        if (edition.text.test(path)) came.body = Buffer.from(came.body.toString().replace(order.id, order.id.replace(/.$/, '_')));
      };
      const report = await dayEnds();
      assert.deepEqual([report.status, report.bill_payments], ['failed', 0]);
      assert.match(report.problem, /another hash than the signed one/);
      const [webhook] = receiver.ofBooks().slice(told);
      assert.equal(webhook.type, 'reconciliation.failed');
    });

    test('a bill that is damaged on its way is asked for again, and then compared', async () => {
      await paid();
      let times = 2;
      stage.gateway.spoil = (path, came) => {
        if (edition.text.test(path) && times-- > 0) came.body = came.body.subarray(0, came.body.length - 9);
      };
      const report = await dayEnds();
      assertTold(report, []);
      assert.ok(report.bill_payments > 0 && times < 0);
    });

    test('a bill whose hash WeChat did not sign is no bill', async () => {
      await paid();
      let times = 2;
      stage.gateway.spoil = (path, { headers }) => {
        if (/statements|tradebill/.test(path) && times-- > 0) headers['wechatpay-signature'] = headers['wechatpay-signature'].replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
      };
      assertTold(await dayEnds(), []);
      assert.ok(times < 0, 'it was asked for again');
    });

    test('an account whose bills are closed is told by its own words', async () => {
      await paid();
      stage.gateway.spoil = () => {};
      const report = await dayEnds({ faults: [{ name: 'bill-closed', times: 9 }] });
      assert.equal(report.status, 'failed');
      assert.match(report.problem, /NOAUTH/);
    });

    test('a message of API v2 is refused, and the log says why', async () => {
      const order = await stage.shop.placePayable();
      const forged = notification(stage.gateway.merchant, asPaidOrder(order.view), {});
      assert.match((await stage.shop.notify(forged)).text, /FAIL/);
      assert.equal(await stage.shop.status(order), 'awaiting_payment');
      await until('the log says why', () => stage.worker.log.some((line) => line.includes('a notification of API v2 came, and WECHAT_API_KEY is not set')));
    });

    test('the exchange rate is refused with the reason', async () => {
      const { status, json } = await office.exchangeRate(`?currency=USD&date=${dayOf(clocks.now() - DAY_MS)}`);
      assert.deepEqual([status, json.code], [409, 'not_possible']);
      assert.match(json.detail, /API v3 has no call for it/);
    });
  });
}
