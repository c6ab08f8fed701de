// The orders of the second gateway: what WeChat Pay knows about each order, and its answers to the
// three calls of a payment. Written from the protocol's documents, independently of the simulator.

import { randomBytes } from 'node:crypto';

import { aTransactionId, timeText } from './notification.mjs';

const REQUIRED = {
  unifiedorder: ['appid', 'mch_id', 'nonce_str', 'sign', 'body', 'out_trade_no', 'total_fee',
    'spbill_create_ip', 'notify_url', 'trade_type', 'product_id'],
  orderquery: ['appid', 'mch_id', 'nonce_str', 'sign'],
  closeorder: ['appid', 'mch_id', 'nonce_str', 'sign', 'out_trade_no'],
};

/** WeChat refuses to close an order younger than this. */
const CLOSE_NOT_BEFORE_MS = 5 * 60_000;

export class Ledger {
  /** Orders by `out_trade_no`. */
  orders = new Map();

  /** The names of the calls it answers. */
  static calls = Object.keys(REQUIRED);

  /** The name of the first required field that is missing or empty, if any. */
  static missing(call, fields) {
    return REQUIRED[call].find((name) => !fields[name]);
  }

  /** The business part of the answer to a call whose signature has been verified. */
  answer(call, fields) {
    const answered = this[call](fields);
    return 'err_code' in answered ? { result_code: 'FAIL', ...answered } : { result_code: 'SUCCESS', ...answered };
  }

  unifiedorder(fields) {
    const malformed = malformedField(fields);
    if (malformed) return refusal('INVALID_REQUEST', `${malformed} is malformed`);
    const { nonce_str: _nonce, sign: _sign, ...terms } = fields;
    const known = this.orders.get(fields.out_trade_no);
    if (known?.state === 'SUCCESS') return refusal('ORDERPAID', '该订单已支付');
    if (known?.state === 'CLOSED') return refusal('ORDERCLOSED', '订单已关闭');
    if (known && JSON.stringify(sorted(terms)) !== JSON.stringify(sorted(known.terms))) {
      return refusal('INVALID_REQUEST', '201 商户订单号重复');
    }
    const order = known ?? this.open(terms);
    return { trade_type: 'NATIVE', prepay_id: order.prepayId, code_url: order.codeUrl };
  }

  orderquery(fields) {
    const order = this.orders.get(fields.out_trade_no);
    if (!order) return refusal('ORDERNOTEXIST', 'order not exist');
    const base = { out_trade_no: fields.out_trade_no, trade_state: order.state, total_fee: order.terms.total_fee };
    if (order.state !== 'SUCCESS') return { ...base, trade_state_desc: '订单未支付', device_info: '' };
    return { ...base, ...order.payment, trade_state_desc: '支付成功' };
  }

  closeorder(fields) {
    const order = this.orders.get(fields.out_trade_no);
    if (!order) return refusal('ORDERNOTEXIST', 'order not exist');
    if (order.state === 'SUCCESS') return refusal('ORDERPAID', 'order paid');
    if (order.state === 'CLOSED') return refusal('ORDERCLOSED', 'order closed');
    if (Date.now() - order.openedAtMs < CLOSE_NOT_BEFORE_MS) return refusal('TRADE_STATE_ERROR', 'too early');
    order.state = 'CLOSED';
    return { result_msg: 'OK' };
  }

  open(terms) {
    const order = {
      terms,
      state: 'NOTPAY',
      openedAtMs: Date.now(),
      prepayId: `wx${timeText(Date.now()).slice(6)}${randomBytes(13).toString('hex')}`,
      codeUrl: `weixin://wxpay/bizpayurl/up?pr=${randomBytes(6).toString('hex')}&groupid=00`,
    };
    this.orders.set(terms.out_trade_no, order);
    return order;
  }

  /** The shopper's phone pays this code. */
  pay(codeUrl) {
    const order = [...this.orders.values()].find((each) => each.codeUrl === codeUrl);
    if (!order) throw new Error(`the phone says: unknown code ${codeUrl}`);
    if (order.state !== 'NOTPAY') throw new Error(`the phone says: the order is ${order.state}`);
    order.state = 'SUCCESS';
    order.payment = {
      openid: `o${randomBytes(20).toString('hex').slice(0, 27)}`,
      is_subscribe: 'N',
      trade_type: order.terms.trade_type,
      bank_type: 'OTHERS',
      total_fee: order.terms.total_fee,
      fee_type: order.terms.fee_type,
      cash_fee: String(Math.round(Number(order.terms.total_fee) * 0.92)),
      cash_fee_type: 'CNY',
      transaction_id: aTransactionId(),
      time_end: timeText(Date.now()),
      rate: '92000000',
    };
    return order;
  }
}

/** The name of the first malformed field of a unified order, if any. WeChat would refuse the order. */
function malformedField(fields) {
  const forms = {
    out_trade_no: /^[0-9A-Za-z_\-|*]{6,32}$/,
    total_fee: /^[1-9][0-9]{0,9}$/,
    fee_type: /^[A-Z]{3}$/,
    trade_type: /^NATIVE$/,
    product_id: /^.{1,32}$/,
    notify_url: /^https?:\/\/[^?#\s]{1,240}$/,
    spbill_create_ip: /^[0-9a-fA-F.:]{3,45}$/,
    time_start: /^[0-9]{14}$/,
    time_expire: /^[0-9]{14}$/,
    version: /^1\.0$/,
  };
  const form = Object.entries(forms).find(([name, form]) => name in fields && !form.test(fields[name]));
  if (form) return form[0];
  if (Buffer.byteLength(fields.body) > 127) return 'body';
  const empty = Object.entries(fields).find(([, value]) => value === '' || value === 'null');
  return empty?.[0];
}

function refusal(err_code, err_code_des) {
  return { err_code, err_code_des };
}

function sorted(fields) {
  return Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
}
