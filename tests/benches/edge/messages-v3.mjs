// What WeChat Pay sends to the notify route by API v3: genuine, forged, of an unknown certificate, its probe, and too much.
// Each is signed before it is sent, at the time that the clock of the measured Worker shows (front.mjs).

import { randomUUID } from 'node:crypto';

import { seal, SIGNERS, signature } from '../../support/gateway/gateway-v3.mjs';
import { aTransactionId } from '../../support/gateway/notification.mjs';
import { MOST_BYTES, printable } from './messages-v2.mjs';

/** The messages about an order that is paid at this time. */
export function messagesOf(order, merchant, seconds) {
  const body = notice(order, merchant);
  const genuine = signature(SIGNERS.first, body, seconds);
  const message = (headers) => ({ headers, body: Buffer.from(body) });
  return {
    notification: message(genuine),
    forged: message(forged(genuine)),
    stranger: message(signature({ ...SIGNERS.second, serial: 'ABCDEF0123456789ABCDEF0123456789ABCDEF01' }, body, seconds)),
    probe: message({ ...genuine, 'Wechatpay-Signature': `WECHATPAY/SIGNTEST/${genuine['Wechatpay-Signature'].slice(19)}` }),
  };
}

/** Without any header of WeChat Pay. */
export function junk() {
  return { headers: {}, body: Buffer.from(`{"a":${printable(MOST_BYTES - 5, 1)}`) };
}

/** Has to be verified to its end, since nothing of a message is read before. */
export function longForged(seconds) {
  const text = (filler) => JSON.stringify({ id: 'e1', event_type: 'TRANSACTION.SUCCESS', summary: filler });
  const room = MOST_BYTES - text('').length;
  const body = text(printable(room, 7).replaceAll('"', 'x').replaceAll('\\', 'y'));
  return { headers: forged(signature(SIGNERS.first, body, seconds)), body: Buffer.from(body) };
}

function forged(headers) {
  const given = headers['Wechatpay-Signature'];
  return { ...headers, 'Wechatpay-Signature': (given.startsWith('A') ? 'B' : 'A') + given.slice(1) };
}

/** As long as those of WeChat Pay, with the fields that the global edition has. */
function notice({ id, totalFee, feeType }, { appid, mchId, apiV3Key }) {
  const success_time = new Date().toISOString().replace(/\.\d+Z/, '+00:00');
  const inside = {
    mchid: mchId,
    appid,
    out_trade_no: id,
    trade_type: 'NATIVE',
    trade_state: 'SUCCESS',
    trade_state_desc: '支付成功',
    id: aTransactionId(),
    bank_type: 'OTHERS',
    success_time,
    payer: { openid: `o${randomUUID().replaceAll('-', '').slice(0, 27)}` },
    amount: {
      total: totalFee,
      currency: feeType,
      payer_total: Math.round(totalFee * 0.92),
      payer_currency: 'CNY',
      exchange_rate: { type: 'SETTLEMENT_RATE', rate: 92_000_000 },
    },
  };
  const resource = { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ...seal(apiV3Key, JSON.stringify(inside), 'transaction') };
  return JSON.stringify({
    id: randomUUID(),
    create_time: success_time,
    event_type: 'TRANSACTION.SUCCESS',
    resource_type: 'encrypt-resource',
    summary: 'test only',
    resource,
  });
}
