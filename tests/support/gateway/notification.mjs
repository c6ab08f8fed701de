// Payment notifications as `POST /notify/wechat` of the Worker receives them: genuine ones from
// WeChat, and forged ones.

import { randomBytes, randomInt } from 'node:crypto';

import { signed } from './signature.mjs';
import { toXml } from './xml.mjs';

/** The reply that stops WeChat from repeating a notification, letter by letter. */
export const SUCCESS_REPLY =
  '<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>';

/**
 * The fields of the notification that says this order is paid, unsigned.
 * `order` has `outTradeNo`, `totalFee` and `feeType`; a change to `undefined` leaves a field out.
 */
export function paidFields(merchant, order, changes = {}) {
  const fields = {
    appid: merchant.appid,
    bank_type: 'OTHERS',
    cash_fee: String(Math.round(order.totalFee * 0.92)),
    cash_fee_type: 'CNY',
    fee_type: order.feeType,
    is_subscribe: 'N',
    mch_id: merchant.mchId,
    nonce_str: randomBytes(8).toString('hex'),
    openid: `o${randomBytes(20).toString('hex').slice(0, 27)}`,
    out_trade_no: order.outTradeNo,
    rate_value: '92000000',
    result_code: 'SUCCESS',
    return_code: 'SUCCESS',
    time_end: timeText(Date.now()),
    total_fee: String(order.totalFee),
    trade_type: 'NATIVE',
    transaction_id: aTransactionId(),
    ...changes,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The whole message, signed with the merchant's key unless `credentials` says otherwise. */
export function notification(merchant, order, changes = {}, credentials = merchant) {
  return toXml(signed(paidFields(merchant, order, changes), credentials));
}

/** 28 digits, as WeChat makes them. */
export function aTransactionId() {
  const digits = () => String(randomInt(1e10)).padStart(10, '0').slice(2);
  return `42${digits()}${timeText(Date.now()).slice(0, 8)}${digits()}00`;
}

/** `yyyyMMddHHmmss` in UTC+8. */
export function timeText(epochMs) {
  return new Date(epochMs + 8 * 3600_000).toISOString().replace(/\D/g, '').slice(0, 14);
}
