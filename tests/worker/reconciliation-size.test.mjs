// A bill of 100,000 rows, within a Worker's memory and CPU time. Cloudflare gives an object 128 MB and 30 s of CPU for an
// alarm. The figures are printed; docs/reconciliation.md has those of one run.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { children, cpuTicksNs } from '../benches/edge/process.mjs';
import { aMerchant } from '../support/gateway/merchant.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { DAY_MS, dayOf, HOUR_MS } from '../support/shop/reconciliation.mjs';
import { until } from '../support/until.mjs';
import { startWorker } from '../support/worker/worker.mjs';

const ROWS = 100_000;
const HEADER =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,' +
  '微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
/** Any number of bytes that do not compress. */
const noise = (at, length) => (BigInt(at + 1) * 0x9e3779b97f4a7c15n).toString().padStart(length, '7').slice(-length);

const number = (at) => `H${String(at).padStart(29, '0')}`;
const payment = (at) => `42000${String(at).padStart(23, '0')}`;

function bill(day, differing) {
  const lines = [`\uFEFF${HEADER}`];
  for (let at = 0; at < ROWS; at += 1) {
    const amount = at === differing ? '88.01' : '88.00';
    lines.push(
      `\`${day} 12:00:00,\`wx5c1f9e2a7d3b6048,\`1634117205,\`0,\`,\`${payment(at)},\`${number(at)},\`o${noise(at, 27)},\`NATIVE,\`SUCCESS,` +
        `\`OTHERS,\`HKD,\`${amount},\`0.00,\`0,\`0,\`0.00,\`0.00,\`,\`,\`Oolong gift set ${noise(at, 8)},\`,\`0.88000,\`1.00%,\`${amount},\`0.00,\``,
    );
  }
  lines.push('总交易单数', `\`${ROWS}`, '');
  return lines.join('\r\n');
}

const rss = (pid, what) => Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) / 1024;

let gateway, worker, pid, packed, day;
before(async () => {
  // The last day whose bill is there.
  day = dayOf(Date.now() - DAY_MS - 11 * HOUR_MS);
  packed = gzipSync(bill(day, 4_711));
  const server = createServer((request, response) => request.resume().on('end', () => response.end(packed)));
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${server.address().port}`;
  gateway = { merchant: aMerchant(), url, phoneUrl: `${url}/phone`, stop: () => server.close() };
  const others = new Set(children('workerd'));
  worker = await startWorker({ gateway, vars: BACK_OFFICE.vars });
  [pid] = children('workerd').filter((child) => !others.has(child));
});
after(async () => {
  await worker?.stop();
  await gateway?.stop();
});

test('a bill of 100,000 rows is compared within the memory and the CPU time of a Worker', async (t) => {
  const office = new BackOffice(worker);
  await office.list();
  const index = await worker.miniflare.getD1Database('INDEX');
  const start = Date.parse(`${day}T00:00:00+08:00`);
  await index
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS - 1})
       INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor,
         placed_at_ms, paid_at_ms, transaction_id, exceptions)
       SELECT 'H' || printf('%029d', i), 1, 'paid', 1, 'Tea', 8800, 'HKD', 0, ${start} + i * 800, ${start} + i * 800 + 30000,
         '42000' || printf('%023d', i), '[]' FROM n`,
    )
    .run();
  const [cpuBefore, rssBefore] = [cpuTicksNs(pid) / 1e6, rss(pid, 'VmRSS')];
  assert.equal((await office.reconcile(day)).status, 202);
  let most = 0;
  const report = await until(
    'the report',
    async () => {
      most = Math.max(most, rss(pid, 'VmRSS'));
      const { json } = await office.reconciliation(day);
      return json.status !== 'running' && json;
    },
    { withinMs: 100_000, everyMs: 20 },
  );
  const cpuMs = cpuTicksNs(pid) / 1e6 - cpuBefore;
  t.diagnostic(`${ROWS} rows, ${(packed.length / 1e6).toFixed(1)} MB packed: ${Math.round(cpuMs)} ms of CPU, ${Math.round(most - rssBefore)} MB more than before`);
  assert.equal(report.bill_payments, ROWS);
  assert.equal(report.our_payments, ROWS);
  assert.deepEqual(report.differences.map(({ out_trade_no }) => out_trade_no), [number(4_711)]);
  assert.ok(cpuMs < 30_000, `${cpuMs} ms`);
  assert.ok(most - rssBefore < 128, `${most - rssBefore} MB`);
});
