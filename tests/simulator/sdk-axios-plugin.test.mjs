// The npm package wechatpay-axios-plugin with the simulator, by its public interface. Only its base address is changed.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';

import plugin from 'wechatpay-axios-plugin';

import { TEA_HOUSE, startProgram } from './program.mjs';
import { startReceiver } from './receiver.mjs';

const { Wechatpay, Transformer, Hash, Aes } = plugin;

let simulator;
let receiver;
let wechatpay;

before(async () => {
  simulator = await startProgram();
  receiver = await startReceiver();
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  wechatpay = new Wechatpay({
    mchid: TEA_HOUSE.mchId,
    secret: TEA_HOUSE.key,
    // The constructor demands these for the other version of the interface. No call here uses them.
    serial: 'UNUSED',
    privateKey: keys.privateKey,
    certs: { ANY: keys.publicKey },
    baseURL: `${simulator.url}/`,
    headers: { 'simulator-client-certificate': 'in the place of apiclient_cert.pem' },
  });
});

after(async () => {
  await receiver?.stop();
  await simulator?.stop();
});

const common = (signType) => ({ appid: TEA_HOUSE.appid, mch_id: TEA_HOUSE.mchId, ...(signType && { sign_type: signType }) });
const terms = (number, signType) => ({
  ...common(signType),
  body: 'Gift set & tea <茶> 😀',
  attach: 'cart:42|lang:ja|note:a+b %2B',
  out_trade_no: number,
  total_fee: '8800',
  fee_type: 'HKD',
  spbill_create_ip: '127.0.0.1',
  notify_url: `${receiver.url}/${number}`,
  trade_type: 'NATIVE',
  product_id: 'SKU-88',
});

for (const signType of ['MD5', 'HMAC-SHA256']) {
  test(`wechatpay-axios-plugin orders, queries and verifies the notification (${signType})`, async () => {
    const number = `AX-${signType}`;
    const { data: order } = await wechatpay.v2.pay.unifiedorder.post(terms(number, signType));
    const paid = await simulator.pay(order.code_url);
    const { data: found } = await wechatpay.v2.pay.orderquery.post({ ...common(signType), out_trade_no: number });
    assert.equal(found.trade_state, 'SUCCESS');
    assert.equal(found.attach, terms(number).attach);
    const told = Transformer.toObject((await receiver.message(`/${number}`)).body);
    assert.equal(told.transaction_id, paid.transaction_id);
    assert.ok(Hash.equals(Hash.sign(signType, told, Hash.keyObjectFrom(Buffer.from(TEA_HOUSE.key))), told.sign));
  });
}

test('wechatpay-axios-plugin refunds, asks about the refund, and decrypts its notification', async () => {
  const refund = { ...common(), out_trade_no: 'AX-MD5', out_refund_no: 'AXR-1', total_fee: '8800', refund_fee: '3300', notify_url: `${receiver.url}/refunded` };
  const { data: accepted } = await wechatpay.v2.secapi.pay.refund.post(refund);
  assert.equal(accepted.cash_refund_fee, '3036');
  await simulator.control('POST', 'clock', { 'advance-ms': 3000 });
  const { data: found } = await wechatpay.v2.pay.refundquery.post({ ...common(), out_refund_no: 'AXR-1' });
  assert.equal(found.refund_status_0, 'SUCCESS');
  const told = Transformer.toObject((await receiver.message('/refunded')).body);
  const inside = Transformer.toObject(Aes.AesEcb.decrypt(told.req_info, Hash.md5(TEA_HOUSE.key)));
  assert.equal(inside.refund_id, accepted.refund_id);
});

test('wechatpay-axios-plugin closes an order and reads the refusal of a paid one', async () => {
  await wechatpay.v2.pay.unifiedorder.post(terms('AX-close'));
  await simulator.control('POST', 'clock', { 'advance-ms': 5 * 60_000 });
  const { data: closed } = await wechatpay.v2.pay.closeorder.post({ ...common(), out_trade_no: 'AX-close' });
  assert.equal(closed.result_msg, 'OK');
  await assert.rejects(
    wechatpay.v2.pay.closeorder.post({ ...common(), out_trade_no: 'AX-MD5' }),
    ({ response }) => response.data.err_code === 'ORDERPAID',
  );
});

test('wechatpay-axios-plugin refuses an answer that the simulator signed wrongly', async () => {
  await simulator.control('PUT', 'faults', { faults: [{ name: 'wrongly-signed', times: 1 }] });
  const query = () => wechatpay.v2.pay.orderquery.post({ ...common(), out_trade_no: 'AX-MD5' });
  await assert.rejects(query(), /doesn't matched the local calculated/);
  assert.equal((await query()).data.trade_state, 'REFUND');
});
