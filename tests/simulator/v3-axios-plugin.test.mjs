// The npm package wechatpay-axios-plugin with API v3 of the simulator, by its public interface. Only its base address is
// changed. It verifies every answer by itself.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import plugin from 'wechatpay-axios-plugin';

import { startProgram } from './program.mjs';
import { startReceiver } from './receiver.mjs';
import { HONG_KONG, MAINLAND, PROVIDER, SINGAPORE, certificates, globalOrder, keysOf } from './v3.mjs';

const { Wechatpay, Formatter, Rsa, Aes } = plugin;

let simulator;
let receiver;

before(async () => {
  simulator = await startProgram();
  receiver = await startReceiver();
});

after(async () => {
  await receiver?.stop();
  await simulator?.stop();
});

function client(keys, certs) {
  return new Wechatpay({ mchid: keys.mchid, serial: keys.serial, privateKey: keys.private_key, certs, baseURL: `${simulator.url}/` });
}

/** What the package's own documentation does with a notification. */
function take(message, keys, certs) {
  const { 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': nonce, 'wechatpay-serial': serial, 'wechatpay-signature': signature } = message.headers;
  assert.ok(Rsa.verify(Formatter.response(timestamp, nonce, message.body), signature, certs[serial]), 'the notification verifies');
  const { event_type, resource } = JSON.parse(message.body);
  return { event_type, ...JSON.parse(Aes.AesGcm.decrypt(resource.ciphertext, keys.api_v3_key, resource.nonce, resource.associated_data)) };
}

test('wechatpay-axios-plugin places, queries, refunds and closes in the global edition, and takes both notifications', async () => {
  const keys = await keysOf(simulator, HONG_KONG);
  const certs = await certificates(simulator, keys);
  const { v3 } = client(keys, certs);
  const { data: placed } = await v3.global.transactions.native.post(globalOrder(keys, 'AX3-1', `${receiver.url}/paid`));
  assert.deepEqual(Object.keys(placed), ['code_url']);
  const query = async (number) => (await v3.global.transactions.outTradeNo.$out_trade_no$.get({ params: { mchid: keys.mchid }, out_trade_no: number })).data;
  const unpaid = await query('AX3-1');
  assert.deepEqual([unpaid.trade_state, unpaid.id, unpaid.payer], ['NOTPAY', undefined, undefined]);
  const paid = await simulator.pay(placed.code_url);
  const found = await query('AX3-1');
  assert.deepEqual(found.amount, { total: 8800, currency: 'HKD', payer_total: 8096, payer_currency: 'CNY', exchange_rate: { type: 'SETTLEMENT_RATE', rate: 92000000 } });
  assert.deepEqual([found.trade_state, found.id, found.attach], ['SUCCESS', paid.transaction_id, 'cart:42|note:a+b %2B']);
  const told = take(await receiver.message('/paid'), keys, certs);
  assert.deepEqual([told.event_type, told.out_trade_no, told.id, told.amount], ['TRANSACTION.SUCCESS', 'AX3-1', paid.transaction_id, found.amount]);

  const refund = { appid: keys.appid, mchid: keys.mchid, out_trade_no: 'AX3-1', out_refund_no: 'AX3R-1', notify_url: `${receiver.url}/refunded`, amount: { refund: 3300, total: 8800, currency: 'HKD' } };
  const { data: accepted } = await v3.global.refunds.post(refund);
  assert.equal(accepted.status, undefined, 'an accepted refund of the global edition has no status');
  assert.equal(accepted.amount.payer_refund, 3036);
  await simulator.control('POST', 'clock', { 'advance-ms': 3000 });
  const { data: refunded } = await v3.global.refunds.outRefundNo.$out_refund_no$.get({ params: { mchid: keys.mchid }, out_refund_no: 'AX3R-1' });
  assert.deepEqual([refunded.status, refunded.id], ['SUCCESS', accepted.id]);
  const toldOfRefund = take(await receiver.message('/refunded'), keys, certs);
  assert.deepEqual([toldOfRefund.event_type, toldOfRefund.refund_status, toldOfRefund.id], ['REFUND.SUCCESS', 'SUCCESS', accepted.id]);

  const close = (number) => v3.global.transactions.outTradeNo.$out_trade_no$.close.post({ mchid: keys.mchid }, { out_trade_no: number });
  await v3.global.transactions.native.post(globalOrder(keys, 'AX3-2', `${receiver.url}/paid`));
  await assert.rejects(close('AX3-2'), ({ response }) => response.status === 400 && response.data.code === 'INVALID_REQUEST', 'not within five minutes');
  await assert.rejects(close('AX3-1'), ({ response }) => response.data.code === 'ORDERPAID');
});

test('wechatpay-axios-plugin places, queries, closes and refunds in the mainland edition', async () => {
  const keys = await keysOf(simulator, MAINLAND);
  const certs = await certificates(simulator, keys, '/v3/certificates');
  const { v3 } = client(keys, certs);
  const order = (number) => ({ appid: keys.appid, mchid: keys.mchid, description: '茶', out_trade_no: number, notify_url: `${receiver.url}/mainland`, amount: { total: 10000 } });
  const { data: placed } = await v3.pay.transactions.native.post(order('AXCN-1'));
  const paid = await simulator.pay(placed.code_url);
  const { data: found } = await v3.pay.transactions.id.$transaction_id$.get({ params: { mchid: keys.mchid }, transaction_id: paid.transaction_id });
  assert.deepEqual([found.trade_state, found.transaction_id, found.id, found.amount.payer_total], ['SUCCESS', paid.transaction_id, undefined, 10000]);
  const told = take(await receiver.message('/mainland'), keys, certs);
  assert.equal(told.transaction_id, paid.transaction_id);
  const refund = { out_trade_no: 'AXCN-1', out_refund_no: 'AXCNR-1', amount: { refund: 2500, total: 10000, currency: 'CNY' } };
  const { data: accepted } = await v3.refund.domestic.refunds.post(refund);
  assert.deepEqual([accepted.status, accepted.amount.payer_refund], ['PROCESSING', 2500]);
  await v3.pay.transactions.native.post(order('AXCN-2'));
  const closed = await v3.pay.transactions.outTradeNo.$out_trade_no$.close.post({ mchid: keys.mchid }, { out_trade_no: 'AXCN-2' });
  assert.equal(closed.status, 204);
});

test('wechatpay-axios-plugin orders for a merchant of an institution and of a service provider', async () => {
  for (const [mchid, path, currency, subMchid] of [[SINGAPORE, 'global', 'SGD', '1635004477'], [PROVIDER, 'partner', 'CNY', '1699004477']]) {
    const keys = await keysOf(simulator, mchid);
    const certs = await certificates(simulator, keys, path === 'global' ? undefined : '/v3/certificates');
    const { v3 } = client(keys, certs);
    const transactions = path === 'global' ? v3.global.transactions : v3.pay.partner.transactions;
    const { appid, mchid: _, ...rest } = globalOrder(keys, `AXSUB-${path}`, `${receiver.url}/${path}`, { amount: { total: 4550, currency } });
    const { data: placed } = await transactions.native.post({ sp_appid: appid, sp_mchid: mchid, sub_mchid: subMchid, ...rest });
    await simulator.pay(placed.code_url);
    const params = { sp_mchid: mchid, sub_mchid: subMchid };
    const { data: found } = await transactions.outTradeNo.$out_trade_no$.get({ params, out_trade_no: `AXSUB-${path}` });
    assert.deepEqual([found.trade_state, found.sp_mchid, found.sub_mchid, found.mchid], ['SUCCESS', mchid, subMchid, undefined]);
    assert.ok(found.payer.sp_openid);
    assert.equal(take(await receiver.message(`/${path}`), keys, certs).sub_mchid, subMchid);
  }
});

test('wechatpay-axios-plugin refuses what must not be believed', async () => {
  const keys = await keysOf(simulator, HONG_KONG);
  const { v3 } = client(keys, await certificates(simulator, keys));
  const query = () => v3.global.transactions.outTradeNo.$out_trade_no$.get({ params: { mchid: keys.mchid }, out_trade_no: 'AX3-1' });
  for (const name of ['unsigned', 'wrongly-signed', 'body-changed', 'unknown-serial', 'merchant-key', 'stranger', 'expired-certificate', 'probe', 'header-missing']) {
    await simulator.control('PUT', 'faults', { faults: [{ name, times: 1 }] });
    await assert.rejects(query(), ({ code }) => code.startsWith('EV3_RES_HEADER'), name);
    assert.equal((await query()).data.out_trade_no, 'AX3-1', `${name} has struck once`);
  }
});
