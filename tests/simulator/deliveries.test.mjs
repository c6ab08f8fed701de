// Notifications on a real network, faults on real connections, hostile messages, and a busy day.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';

import { until } from '../support/until.mjs';
import { anOrder, call, fromXml, sign } from './calls.mjs';
import { TEA_HOUSE, startProgram } from './program.mjs';
import { SUCCESS, startReceiver } from './receiver.mjs';

let simulator;
let receiver;

before(async () => {
  simulator = await startProgram(['--notify-speed', '100']);
  receiver = await startReceiver();
});

beforeEach(async () => {
  receiver.reply = () => SUCCESS;
  await simulator.control('DELETE', 'faults');
});

after(async () => {
  await receiver?.stop();
  await simulator?.stop();
});

const order = (number) => call(simulator.url, '/pay/unifiedorder', anOrder(number, `${receiver.url}/${number}`));
const query = (number) => call(simulator.url, '/pay/orderquery', { out_trade_no: number });

async function paidOrder(number) {
  const { code_url } = await order(number);
  return simulator.pay(code_url);
}

async function notification(number) {
  return (await simulator.control('GET', 'notifications')).find(({ out_trade_no }) => out_trade_no === number);
}

test('a notification is an XML POST with an id, and its signature verifies', async () => {
  await paidOrder('N1');
  const { headers, body } = await receiver.message('/N1');
  assert.equal(headers['content-type'], 'text/xml');
  assert.ok(headers['request-id']);
  const fields = fromXml(body.replace('<xml>', ''));
  assert.equal(fields.sign, sign(fields, TEA_HOUSE.key));
});

test('a reply other than SUCCESS brings the notification again, until it is SUCCESS', async () => {
  receiver.reply = () => (receiver.messages.length < 3 ? 'success' : SUCCESS);
  receiver.messages.length = 0;
  await paidOrder('N2');
  await receiver.message('/N2', 3);
  const { standing, deliveries } = await until('received', async () => {
    const known = await notification('N2');
    return known.standing === 'received' && known;
  });
  assert.deepEqual([standing, deliveries.length, deliveries[0].reply], ['received', 3, 'success']);
});

test('a receiver that cannot be reached is tried sixteen times, then given up, in moments when the clock is moved', async () => {
  const { code_url } = await call(simulator.url, '/pay/unifiedorder', anOrder('N3', 'http://127.0.0.1:9/'));
  await simulator.pay(code_url);
  const known = await until('given up', async () => {
    await simulator.control('POST', 'clock', { 'advance-ms': 3_600_000 });
    const known = await notification('N3');
    return known.standing === 'given-up' && known;
  });
  assert.equal(known.deliveries.length, 16);
});

test('a receiver that never replies is given five seconds, and others are told meanwhile', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  try {
    const { code_url } = await call(simulator.url, '/pay/unifiedorder', anOrder('N9', `http://127.0.0.1:${silent.address().port}/`));
    await simulator.pay(code_url);
    await once(silent, 'connection');
    await paidOrder('N10');
    await receiver.message('/N10');
    assert.deepEqual((await notification('N9')).deliveries, [], 'it is still being waited for');
    const [delivery] = await until('the end of its time', async () => {
      const { deliveries } = await notification('N9');
      return deliveries.length > 0 && deliveries;
    });
    assert.equal(delivery.verdict, 'no reply within 5000 ms');
  } finally {
    silent.close();
    silent.closeAllConnections();
  }
});

test('a reply is read no further than a reply is long', async () => {
  receiver.reply = ({ path }) => (path === '/N11' && receiver.messages.filter((message) => message.path === path).length === 1 ? SUCCESS + ' '.repeat(20_000) : SUCCESS);
  await paidOrder('N11');
  await receiver.message('/N11', 2);
  assert.match((await notification('N11')).deliveries[0].verdict, /^the reply broke off/);
});

test('the phone pays once, by the account that scanned first, and reads a code with blanks around it', async () => {
  const { code_url } = await order('N12');
  const asked = (what, body) => simulator.json('POST', `/phone/${what}`, body);
  assert.equal((await asked('scan', { code_url: ` ${code_url}\n`, payer: 'first' })).body.state, 'payable');
  const other = await asked('pay', { code_url, payer: 'second' });
  assert.deepEqual([other.status, other.body.result, other.body.state], [409, 'refused', 'other-account']);
  const paid = await asked('pay', { code_url: ` ${code_url} `, payer: 'first' });
  assert.deepEqual([paid.status, paid.body.result], [200, 'paid']);
  const again = await asked('pay', { code_url, payer: 'first' });
  assert.deepEqual([again.status, again.body.state], [409, 'paid']);
});

test('the live view is given the newest first', async () => {
  for (const number of ['N13', 'N14']) await order(number);
  const { orders, exchanges } = await simulator.control('GET', 'overview');
  assert.deepEqual([orders[0].out_trade_no, orders[1].out_trade_no], ['N14', 'N13']);
  assert.deepEqual([exchanges[0].out_trade_no, exchanges[1].out_trade_no], ['N14', 'N13']);
});

test('a dropped answer is a connection that ends, and the order is there', async () => {
  await simulator.control('PUT', 'faults', { faults: [{ name: 'drop-after', call: 'unified-order', times: 1 }] });
  await assert.rejects(order('N4'), /fetch failed/);
  assert.equal((await order('N4')).result_code, 'SUCCESS');
  assert.equal((await query('N4')).trade_state, 'NOTPAY');
});

test('a slow answer is slow, and others are answered meanwhile', async () => {
  await simulator.control('PUT', 'faults', { faults: [{ name: 'slow', order: 'N5', 'delay-ms': 400, times: 1 }] });
  const finished = [];
  await Promise.all([order('N5').then(() => finished.push('N5')), order('N6').then(() => finished.push('N6'))]);
  assert.deepEqual(finished, ['N6', 'N5']);
});

test('a shopper who is quicker than the answer is notified first', async () => {
  await simulator.control('PUT', 'faults', { faults: [{ name: 'paid-before-answer', 'delay-ms': 300, times: 1 }] });
  const answered = order('N7');
  await receiver.message('/N7');
  assert.equal((await answered).result_code, 'SUCCESS');
});

test('every hostile message is delivered once, and the replies are listed', async () => {
  await order('N8');
  receiver.reply = () => '<xml><return_code>FAIL</return_code></xml>';
  const replies = await simulator.control('POST', 'hostile', { out_trade_no: 'N8' });
  assert.equal(replies.length, 43, 'as the README says');
  assert.deepEqual(replies.filter(({ name }) => ['lowercase-signature', 'utf8-bom'].includes(name)), [], 'which a receiver may take');
  assert.deepEqual(replies.filter(({ reply }) => !reply?.includes('FAIL')), []);
  assert.equal(receiver.messages.filter(({ path }) => path === '/N8').length, replies.length);
  const [one] = await simulator.control('POST', 'hostile', { out_trade_no: 'N8', name: 'missing-sign' });
  assert.match(one.what, /no sign/);
});

test('a refund without an address of its own is told of where the merchant platform says, coupon included', async () => {
  const args = ['--refund-notify-url', `${receiver.url}/refunds`, '--coupon', '1000', '--appid', TEA_HOUSE.appid, '--mch-id', TEA_HOUSE.mchId];
  const own = await startProgram([...args, '--merchant-name', 'Corner Shop'], { SIMULATOR_API_KEY: TEA_HOUSE.key });
  try {
    await own.control('PUT', 'faults', { 'refund-takes-ms': 0, 'refund-certificate': 'not-asked' });
    const { code_url } = await call(own.url, '/pay/unifiedorder', anOrder('R1', `${receiver.url}/R1`));
    const { merchant, coupon, cny } = await own.pay(code_url);
    assert.deepEqual([merchant, coupon.minor, cny.minor], ['Corner Shop', 1000, 7176]);
    const refund = { out_trade_no: 'R1', out_refund_no: 'B1', total_fee: '8800', refund_fee: '8800' };
    const answer = await call(own.url, '/secapi/pay/refund', refund);
    assert.deepEqual([answer.coupon_refund_fee, answer.cash_refund_fee], ['1000', '7176']);
    assert.ok(fromXml((await receiver.message('/refunds')).body.replace('<xml>', '')).req_info);
  } finally {
    await own.stop();
  }
});

test('a thousand orders are paid and notified within one run', async () => {
  const numbers = Array.from({ length: 1000 }, (_, n) => `LOAD-${n}`);
  const before = receiver.messages.length;
  const workers = Array.from({ length: 16 }, async () => {
    for (let number = numbers.pop(); number; number = numbers.pop()) await paidOrder(number);
  });
  await Promise.all(workers);
  await until('all notifications', () => receiver.messages.length - before >= 1000);
  const orders = await simulator.control('GET', 'orders');
  const paid = orders.filter(({ out_trade_no, trade_state }) => out_trade_no.startsWith('LOAD-') && trade_state === 'SUCCESS');
  assert.equal(paid.length, 1000);
});
