// A second WeChat Pay gateway, independent of the simulator: an HTTP server that checks every
// signature with node:crypto, signs its own answers and notifications, and can be told to
// misbehave at its next answer. Like WeChat, it answers a call with HTTP 200 even when it refuses.

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { Ledger } from './ledger.mjs';
import { aMerchant } from './merchant.mjs';
import { notification, SUCCESS_REPLY } from './notification.mjs';
import { SIGN_TYPES, signature, signed } from './signature.mjs';
import { fromXml, toXml } from './xml.mjs';

/**
 * What `gateway.next(call, fault)` can do to the next answer of that call. The first two differ
 * in whether the call took effect before its answer was lost.
 */
export const FAULTS = [
  'dropped before it took effect',
  'dropped after it took effect',
  'HTML 502',
  'a redirect',
  'without end',
  'truncated',
  'unsigned',
  'signed with another key',
  'SYSTEMERROR',
];

/** Starts it on a free port of the loopback interface. */
export async function startGateway({ merchant = aMerchant() } = {}) {
  const gateway = new Gateway(merchant);
  await gateway.listen();
  return gateway;
}

class Gateway {
  name = 'the JavaScript gateway';
  ledger = new Ledger();
  /**
   * Every call received, in order: `{ call, body, fields, fault, over, sent }`. `over` is true once the call is answered or
   * dropped; `sent` counts the bytes written of an endless answer.
   */
  calls = [];
  /** Every notification sent, in order: `{ outTradeNo, status, reply, accepted }`. */
  deliveries = [];
  #faults = [];
  #notifying = true;
  #server;

  constructor(merchant) {
    this.merchant = merchant;
  }

  async listen() {
    this.#server = createServer((request, response) => this.#serve(request, response));
    await new Promise((ready) => this.#server.listen(0, '127.0.0.1', ready));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    this.phoneUrl = `${this.url}/phone`;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  /**
   * The next answer to this call goes wrong in this way. If an order is named, only its calls
   * count. A fault is one of [`FAULTS`], or an object of fields that replace the right ones under
   * a right signature. Several faults queue up.
   */
  next(call, fault, outTradeNo) {
    this.#faults.push({ call, fault, outTradeNo });
  }

  /**
   * Holds the next answer to this call, after the call has taken effect. Resolves when the answer
   * waits, to the function that releases it.
   */
  hold(call, outTradeNo) {
    return new Promise((held) => {
      const until = () => new Promise((release) => held(release));
      this.next(call, { until }, outTradeNo);
    });
  }

  /** Whether payments are notified. Without notifications only a query tells of a payment. */
  async notifications(on) {
    this.#notifying = on;
  }

  /** The order numbers of all unified orders received, repetitions included. */
  async orderNumbersSeen() {
    return this.calls.filter(({ call }) => call === 'unifiedorder').map(({ fields }) => fields.out_trade_no);
  }

  /** How many queries of this order are over. */
  async queriesOf(outTradeNo) {
    return this.calls.filter(
      ({ call, fields, over }) => over && call === 'orderquery' && fields.out_trade_no === outTradeNo,
    ).length;
  }

  /** The shopper pays. Resolves when the notification has been answered, if notifications are on. */
  async pay(codeUrl) {
    const order = this.ledger.pay(codeUrl);
    if (this.#notifying) await this.#notify(order);
  }

  /** Notifies of a payment again, or for the first time. */
  async notifyOf(outTradeNo) {
    await this.#notify(this.ledger.orders.get(outTradeNo));
  }

  async #notify({ terms, payment }) {
    const order = { outTradeNo: terms.out_trade_no, totalFee: Number(terms.total_fee), feeType: terms.fee_type };
    const { rate, ...paid } = payment;
    // Signed like the order itself, even if the merchant's setting has changed since.
    const credentials = { ...this.merchant, signType: terms.sign_type ?? 'MD5' };
    const body = notification(this.merchant, order, { ...paid, rate_value: rate }, credentials);
    const answer = await fetch(terms.notify_url, { method: 'POST', headers: { 'content-type': 'text/xml' }, body });
    const reply = await answer.text();
    this.deliveries.push({ outTradeNo: terms.out_trade_no, status: answer.status, reply, accepted: reply === SUCCESS_REPLY });
  }

  async #serve(request, response) {
    const body = await text(request);
    const call = request.url.replace(/^\/pay\//, '');
    if (!Ledger.calls.includes(call)) return send(response, 'not found', 404);
    if (request.method !== 'POST') return send(response, refused('请使用post方法'));
    const fields = lenient(body);
    const fault = this.#takeFault(call, fields.out_trade_no);
    const received = { call, body, fields, fault, over: false, sent: 0 };
    this.calls.push(received);
    response.once('close', () => (received.over = true));
    if (fault === 'dropped before it took effect') return request.socket.destroy();
    if (fault === 'HTML 502') return send(response, '<html><body>502 Bad Gateway</body></html>', 502);
    if (fault === 'a redirect') return response.writeHead(307, { location: `${this.url}/pay/${call}` }).end();
    if (fault === 'without end') return endless(response, (bytes) => (received.sent += bytes));
    const answer = fault === 'SYSTEMERROR' ? this.#systemError(body) : this.#answer(call, body);
    if (fault === 'dropped after it took effect') return request.socket.destroy();
    await fault?.until?.();
    send(response, this.#spoil(answer, fault, fields.sign_type ?? 'MD5'));
  }

  #takeFault(call, outTradeNo) {
    const at = this.#faults.findIndex(
      (each) => each.call === call && (each.outTradeNo === undefined || each.outTradeNo === outTradeNo),
    );
    return at < 0 ? undefined : this.#faults.splice(at, 1)[0].fault;
  }

  /** Checks in the same sequence as WeChat: document, fields, merchant, signature; then the call itself. */
  #answer(call, body) {
    let fields;
    try {
      fields = fromXml(body);
    } catch {
      return refused('XML格式错误');
    }
    const missing = Ledger.missing(call, fields);
    if (missing) return refused(`缺少参数 ${missing}`);
    if (fields.mch_id !== this.merchant.mchId) return refused('mch_id参数格式错误');
    if (fields.appid !== this.merchant.appid) return refused('appid and mch_id not match');
    const signType = fields.sign_type ?? 'MD5';
    if (!SIGN_TYPES.includes(signType)) return refused('签名类型错误');
    if (signature(fields, { key: this.merchant.key, signType }) !== fields.sign) return refused('签名错误');
    return this.#signedAnswer(this.ledger.answer(call, fields), signType);
  }

  #systemError(body) {
    const signType = fromXml(body).sign_type ?? 'MD5';
    return this.#signedAnswer({ result_code: 'FAIL', err_code: 'SYSTEMERROR', err_code_des: '系统错误' }, signType);
  }

  #signedAnswer(business, signType) {
    const { appid, mchId, key } = this.merchant;
    const envelope = { return_code: 'SUCCESS', return_msg: 'OK', appid, mch_id: mchId, nonce_str: randomBytes(8).toString('hex') };
    return signed({ ...envelope, ...business }, { key, signType });
  }

  #spoil(answer, fault, signType) {
    if (fault?.until) return answer;
    if (typeof fault === 'object') return signed({ ...answer, ...fault }, { key: this.merchant.key, signType });
    switch (fault) {
      case 'truncated':
        return toXml(answer).slice(0, 120);
      case 'unsigned':
        return { ...answer, sign: undefined };
      case 'signed with another key':
        return signed(answer, { key: 'ATTACKERkeyATTACKERkeyATTACKER99', signType });
      default:
        return answer;
    }
  }
}

function refused(return_msg) {
  return { return_code: 'FAIL', return_msg };
}

function send(response, answer, status = 200) {
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(typeof answer === 'string' ? answer : toXml(answer));
}

/** Sends as much as the other side takes, and calls `took` with the size of each piece. */
function endless(response, took) {
  const piece = Buffer.alloc(64 * 1024, ' ');
  response.writeHead(200, { 'content-type': 'text/plain' });
  const more = () => {
    while (!response.destroyed) {
      took(piece.length);
      if (!response.write(piece)) return;
    }
  };
  response.on('drain', more);
  more();
}

function lenient(body) {
  try {
    return fromXml(body);
  } catch {
    return {};
  }
}

async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
