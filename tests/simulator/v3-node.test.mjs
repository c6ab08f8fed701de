// The npm package wechatpay-node-v3 with API v3 of the simulator. It has the host in every address, so its HTTP service is
// replaced, which it offers for that: the same service, with the simulator's host in the address.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { startProgram } from './program.mjs';
import { startReceiver } from './receiver.mjs';
import { MAINLAND, keysOf } from './v3.mjs';

const require = createRequire(import.meta.url);
const WxPay = require('wechatpay-node-v3');
const { PayRequest } = require('wechatpay-node-v3/dist/lib/pay-request');

let simulator;
let receiver;
let keys;
let pay;

before(async () => {
  simulator = await startProgram();
  receiver = await startReceiver();
  keys = await keysOf(simulator, MAINLAND);
  const { appid, mchid, api_v3_key: key } = keys;
  pay = new WxPay({ appid, mchid, publicKey: Buffer.from(keys.certificate), privateKey: Buffer.from(keys.private_key), key });
  const service = new PayRequest();
  const here = (url) => url.replace('https://api.mch.weixin.qq.com', simulator.url);
  pay.createHttp({
    get: (url, headers) => service.get(here(url), headers),
    post: (url, params, headers) => service.post(here(url), params, headers),
  });
});

after(async () => {
  await receiver?.stop();
  await simulator?.stop();
});

async function take(path) {
  const { headers, body } = await receiver.message(path);
  const verified = await pay.verifySign({
    timestamp: headers['wechatpay-timestamp'],
    nonce: headers['wechatpay-nonce'],
    serial: headers['wechatpay-serial'],
    signature: headers['wechatpay-signature'],
    body,
    apiSecret: keys.api_v3_key,
  });
  const { ciphertext, associated_data, nonce } = JSON.parse(body).resource;
  return { verified, inside: pay.decipher_gcm(ciphertext, associated_data, nonce, keys.api_v3_key) };
}

const order = (number) => ({
  description: 'Gift set & tea <茶>',
  out_trade_no: number,
  notify_url: `${receiver.url}/paid`,
  amount: { total: 8800, currency: 'CNY' },
});

test('wechatpay-node-v3 reads the serial number of the merchant certificate, and downloads the platform certificate', async () => {
  assert.equal(pay.getSN().toUpperCase(), keys.serial);
  const [certificate] = await pay.get_certificates(keys.api_v3_key);
  assert.match(certificate.publicKey, /BEGIN (CERTIFICATE|PUBLIC KEY)/);
});

test('wechatpay-node-v3 places, queries, refunds, and takes both notifications', async () => {
  const placed = await pay.transactions_native(order('NV3-0001'));
  assert.equal(placed.status, 200, JSON.stringify(placed));
  assert.equal((await pay.query({ out_trade_no: 'NV3-0001' })).data.trade_state, 'NOTPAY');
  const paid = await simulator.pay(placed.data.code_url);
  const { data: found } = await pay.query({ transaction_id: paid.transaction_id });
  assert.deepEqual([found.trade_state, found.out_trade_no], ['SUCCESS', 'NV3-0001']);
  const told = await take('/paid');
  assert.deepEqual([told.verified, told.inside.transaction_id], [true, paid.transaction_id]);

  const refund = { out_trade_no: 'NV3-0001', out_refund_no: 'NV3R-1', notify_url: `${receiver.url}/refunded`, amount: { refund: 3300, total: 8800, currency: 'CNY' } };
  const accepted = await pay.refunds(refund);
  assert.deepEqual([accepted.status, accepted.data?.status], [200, 'PROCESSING'], JSON.stringify(accepted));
  await simulator.control('POST', 'clock', { 'advance-ms': 3000 });
  assert.equal((await pay.find_refunds('NV3R-1')).data.status, 'SUCCESS');
  const toldOfRefund = await take('/refunded');
  assert.deepEqual([toldOfRefund.verified, toldOfRefund.inside.refund_id], [true, accepted.data.refund_id]);
});

test('wechatpay-node-v3 closes an order and reads the refusal of a paid one', async () => {
  await pay.transactions_native(order('NV3-0002'));
  assert.equal((await pay.close('NV3-0002')).status, 204);
  assert.equal((await pay.query({ out_trade_no: 'NV3-0002' })).data.trade_state, 'CLOSED');
  const refused = await pay.close('NV3-0001');
  assert.deepEqual([refused.status, JSON.parse(refused.error).code], [400, 'ORDERPAID']);
});
