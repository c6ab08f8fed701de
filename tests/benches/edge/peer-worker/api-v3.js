// API v3 of the global edition as the peer speaks it: its notifications, and its calls about an order.

import { ask } from './gateway-v3.js';
import { opened, readSigned, Refused } from './wire-v3.js';

export const NOTIFY_PATH = '/notify/wechat/v3';
/** How a time of payment is written. */
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

const TRANSACTIONS = '/v3/global/transactions';

/** A notification: `{ id, news }` of its order, or `why` it is refused. */
export async function readNotice(bytes, headers, env) {
  try {
    const { event_type: event, resource_type: type, resource } = await readSigned(bytes, headers, env);
    const isPayment = event === 'TRANSACTION.SUCCESS' && type === 'encrypt-resource' && resource?.original_type === 'transaction';
    if (!isPayment) return { why: 'of another event' };
    const payment = json(await opened(resource, env));
    if (payment.appid !== env.APPID || payment.mchid !== env.MCH_ID) return { why: 'not ours' };
    return { id: payment.out_trade_no, news: newsIn(payment) };
  } catch (error) {
    if (error instanceof Refused) return { why: error.message };
    throw error;
  }
}

/** Places an order: `{ url, prepayId }`. API v3 names no `prepay_id`. */
export async function code(env, spec) {
  const answer = await ask(env, 'POST', `${TRANSACTIONS}/native`, {
    appid: env.APPID,
    mchid: env.MCH_ID,
    description: spec.body,
    out_trade_no: spec.id,
    notify_url: env.NOTIFY_URL,
    trade_type: 'NATIVE',
    merchant_category_code: env.CATEGORY,
    amount: { total: spec.totalFee, currency: spec.feeType },
  });
  return { url: typeof answer.code_url === 'string' ? answer.code_url : '', prepayId: null };
}

/** Asks whether an order is paid: what is new, or nothing. */
export async function newsOf(env, order) {
  const answer = await ask(env, 'GET', `${TRANSACTIONS}/out-trade-no/${order.id}?mchid=${env.MCH_ID}`);
  const isOurs = answer.appid === env.APPID && answer.mchid === env.MCH_ID && answer.out_trade_no === order.id;
  return isOurs && answer.trade_state === 'SUCCESS' ? newsIn(answer) : undefined;
}

export function acknowledge() {
  return Response.json({ code: 'SUCCESS', message: '' });
}

export function refuse(message) {
  return Response.json({ code: 'FAIL', message }, { status: 400 });
}

function newsIn({ trade_state: state, trade_type: tradeType, amount, id, success_time: timeEnd }) {
  const isAmount = Number.isInteger(amount?.total) && typeof amount.currency === 'string';
  return {
    signType: 'V3',
    resultCode: state,
    tradeType,
    feeType: isAmount ? amount.currency : '',
    totalFee: isAmount ? String(amount.total) : '',
    transactionId: String(id),
    timeEnd: String(timeEnd),
  };
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused('not JSON inside');
  }
}
