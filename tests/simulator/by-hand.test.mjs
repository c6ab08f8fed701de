// Refunds by hand over HTTP, and answers on a real connection that do not come from WeChat Pay.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { until } from '../support/until.mjs';
import { anOrder, call, fromXml, sign, toXml } from './calls.mjs';
import { TEA_HOUSE, startProgram } from './program.mjs';
import { startReceiver } from './receiver.mjs';

let simulator;
let receiver;

before(async () => {
  receiver = await startReceiver();
  simulator = await startProgram(['--refund-notify-url', `${receiver.url}/refunds`]);
});

beforeEach(() => simulator.control('DELETE', 'faults'));

after(async () => {
  await receiver?.stop();
  await simulator?.stop();
});

async function paidOrder(number) {
  const { code_url } = await call(simulator.url, '/pay/unifiedorder', anOrder(number, `${receiver.url}/${number}`));
  return simulator.pay(code_url);
}

/** A query. The answer is as it comes from the network; redirects are not followed. */
function rawQuery(number, signal) {
  const fields = { appid: TEA_HOUSE.appid, mch_id: TEA_HOUSE.mchId, nonce_str: 'n', out_trade_no: number };
  const body = toXml({ ...fields, sign: sign(fields, TEA_HOUSE.key) });
  return fetch(`${simulator.url}/pay/orderquery`, { method: 'POST', body, redirect: 'manual', signal });
}

test('a refund by hand is made, seen by the query of the order, and told of', async () => {
  await simulator.control('PUT', 'faults', { 'refund-takes-ms': 0 });
  await paidOrder('H1');
  // From then on nothing is due, so nothing wakes the simulator.
  await until('the payment is told of', async () => (await simulator.control('GET', 'notifications')).every(({ standing }) => standing === 'received'));
  const made = await simulator.control('POST', 'refund', { out_trade_no: 'H1', minor: 3300 });
  // No other call has come since: the notification is sent immediately, not with the next call.
  assert.ok(fromXml((await receiver.message('/refunds')).body.replace('<xml>', '')).req_info);
  assert.deepEqual([made.amount, made.notified], [{ minor: 3300, currency: 'HKD' }, true]);
  assert.equal((await call(simulator.url, '/pay/orderquery', { out_trade_no: 'H1' })).trade_state, 'REFUND');
  const found = await call(simulator.url, '/pay/refundquery', { out_trade_no: 'H1' });
  assert.deepEqual([found.out_refund_no_0, found.refund_fee_0], [made.out_refund_no, '3300']);
  const { refunds } = await simulator.control('GET', 'orders/H1');
  assert.deepEqual(refunds.map(({ source, minor }) => [source, minor]), [['VENDOR_PLATFORM', 3300]]);
});

for (const [what, body, status, expected] of [
  ['of an order nobody placed', { out_trade_no: 'NOBODY' }, 404, /no order has this number/],
  ['of more than was paid', { out_trade_no: 'H2', minor: 8801 }, 409, /退款金额大于可退金额/],
  ['without an order', {}, 422, /out_trade_no/],
  ['with a word it does not know', { out_trade_no: 'H2', amount: 1 }, 422, /unknown field `amount`/],
]) {
  test(`a refund by hand ${what} is refused with a sentence`, async () => {
    if (body.out_trade_no === 'H2' && !(await simulator.json('GET', '/control/orders/H2')).body.payments) await paidOrder('H2');
    const answer = await simulator.json('POST', '/control/refund', body);
    assert.equal(answer.status, status);
    assert.match(answer.body.message, expected);
  });
}

test('a refund without a client certificate is answered by the web server, with status 400 and a page', async () => {
  const response = await fetch(`${simulator.url}/secapi/pay/refund`, { method: 'POST', body: '<xml></xml>' });
  assert.equal(response.status, 400);
  assert.equal(response.headers.get('content-type'), 'text/html');
  assert.match(await response.text(), /400 No required SSL certificate was sent/);
});

test('a refund with the header that stands for a certificate is taken', async () => {
  await paidOrder('H6');
  const refund = { appid: TEA_HOUSE.appid, mch_id: TEA_HOUSE.mchId, nonce_str: 'n', out_trade_no: 'H6', out_refund_no: 'B6', total_fee: '8800', refund_fee: '100' };
  const body = toXml({ ...refund, sign: sign(refund, TEA_HOUSE.key) });
  const sent = async (value) => {
    const response = await fetch(`${simulator.url}/secapi/pay/refund`, { method: 'POST', body, headers: { 'simulator-client-certificate': value } });
    return [response.status, fromXml(await response.text()).result_code];
  };
  assert.deepEqual(await sent(''), [400, undefined], 'an empty header stands for nothing');
  assert.deepEqual(await sent('yes'), [200, 'SUCCESS']);
});

test('a redirect leads where the switch says', async () => {
  await simulator.control('PUT', 'faults', { 'redirect-to': 'https://elsewhere.example/', faults: [{ name: 'redirect' }] });
  const response = await rawQuery('H3');
  assert.deepEqual([response.status, response.headers.get('location')], [302, 'https://elsewhere.example/']);
});

test('an empty answer has no byte', async () => {
  await simulator.control('PUT', 'faults', { faults: [{ name: 'empty' }] });
  const empty = await rawQuery('H4');
  assert.deepEqual([empty.status, await empty.text()], [200, '']);
});

test('an answer that never ends begins, and others are answered meanwhile', { timeout: 20_000 }, async () => {
  await simulator.control('PUT', 'faults', { faults: [{ name: 'never-ends', times: 1 }] });
  const leaving = new AbortController();
  const begun = await rawQuery('H5', leaving.signal);
  const reader = begun.body.getReader();
  const { value, done } = await reader.read();
  assert.deepEqual([begun.status, done, Buffer.from(value).toString().startsWith('<xml>')], [200, false, true]);
  let end = 'waiting';
  const next = reader.read().then(
    () => (end = 'more came'),
    () => (end = 'left alone'),
  );
  assert.equal((await rawQuery('H5')).status, 200);
  assert.equal(end, 'waiting');
  leaving.abort();
  assert.equal(await next, 'left alone');
});
