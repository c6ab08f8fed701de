// The Worker's process dies again and again while it compares a bill: the report is the same, and nothing is told twice.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { children } from '../benches/edge/process.mjs';
import { aMerchant } from '../support/gateway/merchant.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { DAY_MS, dayOf, HOUR_MS, startClocklessReceiver } from '../support/shop/reconciliation.mjs';
import { until } from '../support/until.mjs';
import { startWorker } from '../support/worker/worker.mjs';

/** So many that they are asked in ten slices. */
const ROWS = 600;
const KILLS = 3;
const base32 = (at) => [...Array(29)].map((_, place) => 'abcdefghijklmnopqrstuvwxyz234567'[Math.trunc(at / 32 ** place) % 32]).join('');

test('a Worker that dies three times in the middle of a day has the same report, and tells it once', async () => {
  const storage = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  const day = dayOf(Date.now() - DAY_MS - 11 * HOUR_MS);
  // Numbers of our form without orders: each is asked for, and each is a difference.
  const rows = Array.from({ length: ROWS }, (_, at) => `\`${day} 12:00:00,\`42000${String(at).padStart(23, '0')},\`H${base32(at)},\`SUCCESS,\`HKD,\`88.00`);
  const bill = ['交易时间,微信订单号,商户订单号,交易状态,货币种类,订单金额', ...rows, '总交易单数', `\`${ROWS}`, ''].join('\r\n');
  const server = createServer((request, response) => request.resume().on('end', () => response.end(bill)));
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${server.address().port}`;
  const gateway = { merchant: aMerchant(), url, phoneUrl: `${url}/phone` };
  const receiver = await startClocklessReceiver();
  let worker, pid;
  const start = async () => {
    const others = new Set(children('workerd'));
    const ORDER_SECRET = 'the order secret of one mortal Worker';
    worker = await startWorker({ gateway, storage, port: worker?.port, vars: { ...BACK_OFFICE.vars, ...receiver.vars, ORDER_SECRET } });
    [pid] = children('workerd').filter((child) => !others.has(child));
  };
  try {
    await start();
    assert.equal((await new BackOffice(worker).reconcile(day)).status, 202);
    for (let kills = 0; kills < KILLS; kills += 1) {
      await pause(150);
      const { json } = await new BackOffice(worker).reconciliation(day);
      assert.equal(json.status, 'running', 'it is killed in the middle');
      process.kill(pid, 'SIGKILL');
      await worker.stop().catch(() => {});
      await start();
    }
    const report = await until(
      'the report',
      async () => {
        const { json } = await new BackOffice(worker).reconciliation(day);
        return json.status !== 'running' && json;
      },
      { withinMs: 60_000 },
    );
    assert.deepEqual([report.bill_payments, report.differences_found, report.kinds], [ROWS, ROWS, { made_elsewhere: ROWS }]);
    assert.equal(new Set(report.differences.map(({ out_trade_no }) => out_trade_no)).size, ROWS);
    await until('the webhook', async () => receiver.ofBooks().length > 0);
    assert.equal(new Set(receiver.ofBooks().map(({ id }) => id)).size, 1);
  } finally {
    await worker?.stop().catch(() => {});
    await receiver.stop();
    server.closeAllConnections();
    server.close();
    await rm(storage, { recursive: true, force: true });
  }
});
