// What WeChat Pay sends to the notify route by API v2: genuine, forged, and too much.

import { notification, paidFields } from '../../support/gateway/notification.mjs';
import { signed } from '../../support/gateway/signature.mjs';
import { toXml } from '../../support/gateway/xml.mjs';

/** The longest body that is read. */
export const MOST_BYTES = 65_536;

/** The messages about an order. `mark` says for the floor, which checks nothing, that a message is forged. */
export function messagesOf(order, merchant, mark) {
  const payable = { outTradeNo: order.id, totalFee: order.totalFee, feeType: order.feeType };
  const { sign, ...fields } = signed(paidFields(merchant, payable), merchant);
  const first = sign.startsWith('A') ? 'B' : 'A';
  const forged = toXml({ ...fields, sign: (mark ? '!' : first) + sign.slice(1) });
  return { notification: Buffer.from(notification(merchant, payable)), forged: Buffer.from(forged) };
}

/** Begins as a message does. */
export function junk() {
  return Buffer.from(`<xml>${printable(MOST_BYTES - 5, 1)}`);
}

/** A message that has to be read to its end: one of its values is long, and its signature is wrong. */
export function longForged(merchant, mark) {
  const length = merchant.signType === 'MD5' ? 32 : 64;
  const message = (attach) =>
    toXml({
      appid: merchant.appid,
      attach,
      mch_id: merchant.mchId,
      out_trade_no: '20260101aaaaaaaaaaaaaaaaaaaa',
      return_code: 'SUCCESS',
      sign: (mark ? '!' : '0') + '0'.repeat(length - 1),
    });
  const room = MOST_BYTES - message('').length;
  return Buffer.from(message(printable(room, 7).replaceAll(']', 'x').replaceAll('&', 'y')));
}

/** Printable characters that look random, and are the same in every run. */
export function printable(length, seed) {
  let state = seed;
  let text = '';
  while (text.length < length) {
    state = (state ^ (state << 13)) >>> 0;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    text += String.fromCharCode(32 + (state % 95));
  }
  return text;
}
