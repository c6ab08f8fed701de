// API v2 as the peer speaks it: its notifications, and its calls about an order.

import { nonce, readFields, Unreadable, verify } from 'peer:wire';

import { askGateway } from './gateway-v2.js';

export const NOTIFY_PATH = '/notify/wechat';
/** How a time of payment is written. */
export const TIME = /^\d{14}$/;

const XML = { headers: { 'content-type': 'text/xml; charset=utf-8' } };

/** A notification: `{ id, news }` of its order, or `why` it is refused. */
export async function readNotice(bytes, _headers, env) {
  let fields;
  try {
    fields = readFields(bytes);
  } catch (error) {
    if (error instanceof Unreadable) return { why: 'not a message' };
    throw error;
  }
  const signType = await verify(fields, env.API_KEY);
  if (signType === null || fields.get('return_code') !== 'SUCCESS') return { why: 'signature' };
  if (fields.get('appid') !== env.APPID || fields.get('mch_id') !== env.MCH_ID) return { why: 'not ours' };
  return { id: fields.get('out_trade_no'), news: newsIn(fields, signType, fields.get('result_code')) };
}

/** Places an order: `{ url, prepayId }`. */
export async function code(env, spec) {
  const answer = await askGateway(env, '/pay/unifiedorder', unifiedOrder(env, spec), spec.signType);
  if (answer.get('result_code') !== 'SUCCESS') throw new Error(answer.get('err_code') || 'refused');
  return { url: answer.get('code_url') ?? '', prepayId: answer.get('prepay_id') };
}

/** Asks whether an order is paid: what is new, or nothing. */
export async function newsOf(env, order) {
  const answer = await askGateway(env, '/pay/orderquery', orderQuery(env, order), order.sign_type);
  const isPaid = answer.get('result_code') === 'SUCCESS' && answer.get('trade_state') === 'SUCCESS';
  if (!isPaid || answer.get('out_trade_no') !== order.id) return undefined;
  return newsIn(answer, order.sign_type, 'SUCCESS');
}

export function acknowledge() {
  return new Response('<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>', XML);
}

export function refuse(why) {
  const text = `<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[${why}]]></return_msg></xml>`;
  return new Response(text, XML);
}

function newsIn(fields, signType, resultCode) {
  return {
    signType,
    resultCode,
    tradeType: fields.get('trade_type'),
    feeType: fields.get('fee_type') || 'CNY',
    totalFee: fields.get('total_fee'),
    transactionId: fields.get('transaction_id'),
    timeEnd: fields.get('time_end'),
  };
}

function unifiedOrder(env, spec) {
  return new Map([
    ['appid', env.APPID],
    ['mch_id', env.MCH_ID],
    ['nonce_str', nonce()],
    ...signTypeField(spec.signType),
    ['version', '1.0'],
    ['body', spec.body],
    ['out_trade_no', spec.id],
    ['fee_type', spec.feeType],
    ['total_fee', String(spec.totalFee)],
    ['spbill_create_ip', spec.ip],
    ['notify_url', env.NOTIFY_URL],
    ['trade_type', 'NATIVE'],
    ['product_id', spec.productId],
  ]);
}

function orderQuery(env, order) {
  return new Map([
    ['appid', env.APPID],
    ['mch_id', env.MCH_ID],
    ['out_trade_no', order.id],
    ['nonce_str', nonce()],
    ...signTypeField(order.sign_type),
  ]);
}

/** MD5 is what a message without this field is signed with. */
function signTypeField(signType) {
  return signType === 'MD5' ? [] : [['sign_type', signType]];
}
