// The npm package tenpay with the simulator, by its public interface. Only its addresses are changed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import Tenpay from 'tenpay';

import { today } from './calls.mjs';
import { TEA_HOUSE, startProgram } from './program.mjs';
import { startReceiver } from './receiver.mjs';

let simulator;
let receiver;
let tenpay;

before(async () => {
  // The package cannot send a header, so the simulator must not ask for the certificate.
  simulator = await startProgram();
  await simulator.control('PUT', 'faults', { 'refund-certificate': 'not-asked' });
  receiver = await startReceiver();
  tenpay = new Tenpay({
    appid: TEA_HOUSE.appid,
    mchid: TEA_HOUSE.mchId,
    partnerKey: TEA_HOUSE.key,
    notify_url: `${receiver.url}/paid`,
    refund_url: `${receiver.url}/refunded`,
  });
  for (const [name, url] of Object.entries(tenpay.urls)) {
    tenpay.urls[name] = url.replace('https://api.mch.weixin.qq.com', simulator.url);
  }
});

after(async () => {
  await receiver?.stop();
  await simulator?.stop();
});

const terms = (number) => ({
  out_trade_no: number,
  body: 'Gift set & tea <茶>',
  total_fee: 8800,
  fee_type: 'HKD',
  product_id: 'SKU-88',
  trade_type: 'NATIVE',
});

/** The result of the package's middleware for a message. */
async function taken(kind, body) {
  const context = { request: { body } };
  await tenpay.middleware(kind)(context, async () => {});
  return context.request.weixin;
}

for (const signType of ['MD5', 'HMAC-SHA256']) {
  test(`tenpay orders, finds the order unpaid, and paid after the phone has paid (${signType})`, async () => {
    const number = `TP-${signType}`;
    const order = await tenpay.unifiedOrder({ ...terms(number), sign_type: signType });
    assert.match(order.code_url, /^weixin:\/\/wxpay\//);
    assert.equal((await tenpay.orderQuery({ out_trade_no: number, sign_type: signType })).trade_state, 'NOTPAY');
    const paid = await simulator.pay(order.code_url);
    const found = await tenpay.orderQuery({ out_trade_no: number, sign_type: signType });
    assert.equal(found.trade_state, 'SUCCESS');
    assert.equal(found.transaction_id, paid.transaction_id);
  });
}

test('tenpay verifies the notification of a payment', async () => {
  const order = await tenpay.unifiedOrder(terms('TP-notify'));
  await simulator.pay(order.code_url);
  const message = await receiver.message('/paid', 3);
  assert.equal((await taken('pay', message.body)).out_trade_no, 'TP-notify');
});

test('tenpay refunds, asks about the refund, and decrypts its notification', async () => {
  const order = await tenpay.unifiedOrder(terms('TP-refund'));
  await simulator.pay(order.code_url);
  const refund = { out_trade_no: 'TP-refund', out_refund_no: 'TPR-1', total_fee: 8800, refund_fee: 3300, refund_fee_type: 'HKD' };
  const accepted = await tenpay.refund(refund);
  assert.equal(accepted.refund_fee, '3300');
  await simulator.control('POST', 'clock', { 'advance-ms': 3000 });
  assert.equal((await tenpay.refundQuery({ out_refund_no: 'TPR-1' })).refund_status_0, 'SUCCESS');
  const told = await taken('refund', (await receiver.message('/refunded')).body);
  assert.equal(told.req_info.refund_id, accepted.refund_id);
});

test('tenpay closes an order, and reads the error code of one that is paid', async () => {
  await tenpay.unifiedOrder(terms('TP-close'));
  await simulator.control('POST', 'clock', { 'advance-ms': 5 * 60_000 });
  assert.equal((await tenpay.closeOrder({ out_trade_no: 'TP-close' })).result_msg, 'OK');
  await assert.rejects(tenpay.closeOrder({ out_trade_no: 'TP-refund' }), { message: 'ORDERPAID' });
});

test('tenpay reads the bill of the day', async () => {
  const day = today();
  await assert.rejects(tenpay.downloadBill({ bill_date: day }), { message: 'No Bill Exist' });
  await simulator.control('POST', 'clock', { 'advance-ms': 48 * 3_600_000 });
  const bill = await tenpay.downloadBill({ bill_date: day }, true);
  assert.equal(bill.list_title.length, 27);
  assert.equal(bill.list_data.length, Number(bill.total_data[0]));
});

test('tenpay gets the key of the sandbox', async () => {
  assert.equal((await tenpay.getSignkey()).sandbox_signkey.length, 32);
});

test('tenpay with a wrong key is refused, and the live view knows why', async () => {
  const stranger = new Tenpay({ appid: TEA_HOUSE.appid, mchid: TEA_HOUSE.mchId, partnerKey: 'x'.repeat(32), notify_url: 'http://127.0.0.1/' });
  stranger.urls = tenpay.urls;
  await assert.rejects(stranger.orderQuery({ out_trade_no: 'TP-close' }), { message: '签名错误' });
  const exchange = (await simulator.control('GET', 'exchanges')).at(-1);
  assert.equal(exchange.signature.verified, false);
  assert.match(exchange.signature.signing_text, /^appid=wx5c1f9e2a7d3b6048&mch_id=/);
});
