// WeChat Pay's API v3 of the global edition, independent of the simulator and of the Worker's own code: an HTTP server that
// checks every signature with node:crypto, signs its answers, and seals its notifications.

import { createCipheriv, createPrivateKey, createPublicKey, createSign, createVerify, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { ROOT } from '../project.mjs';
import { aMerchant } from './merchant.mjs';

const KEYS = join(ROOT, 'tests/vectors/v3/keys');
const text = (name) => readFileSync(join(KEYS, `test-only-${name}.pem`), 'utf8');
const { jwk } = JSON.parse(readFileSync(join(KEYS, 'test-only-keys.json'), 'utf8'));
const AS_JSON = 'application/json';

/** The merchant's account at API v3, as the Worker is configured with it. */
export const ACCOUNT = {
  privateKey: text('merchant-key'),
  publicKey: text('merchant-public-key'),
  serial: '1A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D',
  category: '5499',
};

/** What WeChat Pay signs with: two platform certificates and a public key, by the names that messages give them. */
export const SIGNERS = {
  first: { serial: '4D3C2B1A09F8E7D6C5B4A392817060F5E4D3C2B1', key: jwk['platform-1'], certificate: text('platform-1-certificate') },
  second: { serial: serialOf('platform-2-certificate'), key: jwk['platform-2'], certificate: text('platform-2-certificate') },
  publicKey: { serial: 'PUB_KEY_ID_0116980023152026030100000000000042', key: jwk['public-key'], pem: text('public-key-public-key') },
};

function serialOf(name) {
  // An X.509 serial number follows the version, `02 len bytes`, at the beginning of the certificate.
  const der = Buffer.from(text(name).replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const at = der.indexOf(Buffer.from('a003020102', 'hex')) + 5;
  return der.subarray(at + 2, at + 2 + der[at + 1]).toString('hex').replace(/^00/, '').toUpperCase();
}

/** Starts it on a free port of the loopback interface. */
export async function startGatewayV3({ merchant = aMerchant() } = {}) {
  const gateway = new GatewayV3(merchant);
  await gateway.listen();
  return gateway;
}

class GatewayV3 {
  name = 'the JavaScript gateway of API v3';
  apiV3Key = randomBytes(16).toString('hex');
  /** Whose signatures it accepts. */
  account = ACCOUNT;
  /** The signer of answers and notifications. The certificates that are listed. */
  signer = SIGNERS.first;
  listed = [SIGNERS.first];
  /** Every request: `{ call, method, target, headers, body }`. */
  calls = [];
  orders = new Map();
  refunds = new Map();
  /** The variables of its Worker, whose platform certificates are downloaded. */
  settings = {
    WECHAT_API: 'v3-global',
    WECHAT_API_V3_KEY: this.apiV3Key,
    WECHAT_MCH_CERT_SERIAL: ACCOUNT.serial,
    WECHAT_MCH_PRIVATE_KEY: ACCOUNT.privateKey,
    WECHAT_CATEGORY: ACCOUNT.category,
  };
  /** How far its clock is ahead. */
  aheadMs = 0;
  /** A gateway of API v2 that answers what is not of API v3. */
  v2;
  #faults = [];
  #server;
  #numbers = 0;

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

  /** The next answer to this call goes wrong: 'unsigned', 'probe', 'HTML 502', 'dropped', 'slow' (none comes), or `{ status, body }`. */
  next(call, fault) {
    this.#faults.push({ call, fault });
  }

  #now() {
    return Math.floor((Date.now() + this.aheadMs) / 1000);
  }

  callsOf(name) {
    return this.calls.filter(({ call }) => call === name);
  }

  order(outTradeNo) {
    return this.orders.get(outTradeNo);
  }

  /** The shopper pays. Nobody is notified. */
  pay(codeUrl) {
    const order = [...this.orders.values()].find((each) => each.code_url === codeUrl);
    Object.assign(order, { state: 'SUCCESS', id: this.#number('42000023'), success_time: new Date(Date.now() + this.aheadMs).toISOString() });
    return order;
  }

  /** Notifies of a payment: `{ status, text }`. `changes` may replace what is inside, how it is signed, or what is sent. */
  async notifyOf(outTradeNo, changes = {}) {
    const order = this.orders.get(outTradeNo);
    return this.deliver(order.notify_url, 'TRANSACTION.SUCCESS', 'transaction', { ...this.#paid(order), ...changes.inside }, changes);
  }

  /** The refund is done. Notifies of it. */
  async refunded(outRefundNo, changes = {}) {
    const refund = this.refunds.get(outRefundNo);
    refund.status = 'SUCCESS';
    const inside = { mchid: this.merchant.mchId, ...refund, refund_status: 'SUCCESS', status: undefined, ...changes.inside };
    return this.deliver(this.orders.get(refund.out_trade_no).notify_url, 'REFUND.SUCCESS', 'refund', inside, changes);
  }

  async deliver(url, event, type, inside, { signer = this.signer, key = this.apiV3Key, seconds = this.#now(), headers = {}, spoil = (body) => body } = {}) {
    const resource = { original_type: type, algorithm: 'AEAD_AES_256_GCM', ...seal(key, JSON.stringify(inside), type) };
    const envelope = { id: 'e1', create_time: new Date().toISOString(), event_type: event, resource_type: 'encrypt-resource', resource };
    const body = JSON.stringify(envelope);
    const signed = signature(signer, body, seconds);
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': AS_JSON, ...signed, ...headers }, body: spoil(body) });
    return { status: answer.status, text: await answer.text() };
  }

  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const { method, url: target, headers } = request;
    if (this.v2 && target.startsWith('/pay/')) {
      const answer = await fetch(`${this.v2.url}${target}`, { method, body });
      return response.writeHead(answer.status).end(await answer.text());
    }
    const call = callOf(method, target);
    this.calls.push({ call, method, target, headers, body });
    const at = this.#faults.findIndex((each) => each.call === call);
    const fault = at < 0 ? undefined : this.#faults.splice(at, 1)[0].fault;
    if (fault === 'slow') return undefined;
    if (fault === 'HTML 502') return response.writeHead(502, { 'content-type': 'text/html' }).end('<html>502 Bad Gateway</html>');
    if (!this.#isSigned(method, target, headers, body)) {
      return response.writeHead(401, { 'content-type': AS_JSON }).end(JSON.stringify({ code: 'SIGN_ERROR', message: 'the signature is wrong' }));
    }
    const { status, json } = fault?.status ? fault : this.#answer(call, method, target, headers, body && JSON.parse(body));
    if (fault === 'dropped') return request.socket.destroy();
    const said = json === undefined ? '' : JSON.stringify(json);
    const signed = fault === 'unsigned' ? {} : signature(this.#signerFor(headers), said, this.#now());
    if (fault === 'probe') signed['Wechatpay-Signature'] = `WECHATPAY/SIGNTEST/${signed['Wechatpay-Signature'].slice(19)}`;
    response.writeHead(status, { ...(said && { 'content-type': AS_JSON }), 'Request-ID': '08F-0', ...signed });
    response.end(said);
  }

  #signerFor(headers) {
    return headers['wechatpay-serial'] === SIGNERS.publicKey.serial ? SIGNERS.publicKey : this.signer;
  }

  #isSigned(method, target, headers, body) {
    const [scheme, rest = ''] = (headers.authorization ?? '').split(/ (.*)/);
    const fields = Object.fromEntries([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const { mchid, nonce_str: nonce, timestamp, serial_no: serial, signature: given } = fields;
    if (scheme !== 'WECHATPAY2-SHA256-RSA2048' || mchid !== this.merchant.mchId || serial !== this.account.serial) return false;
    if (Math.abs(this.#now() - Number(timestamp)) >= 300 || !headers['user-agent'] || headers.accept !== AS_JSON) return false;
    const verify = createVerify('RSA-SHA256').update(`${method}\n${target}\n${timestamp}\n${nonce}\n${body}\n`);
    return verify.verify(createPublicKey(this.account.publicKey), given, 'base64');
  }

  #answer(call, method, target, headers, body) {
    const url = new URL(target, this.url);
    const part = (from) => decodeURIComponent(url.pathname.split('/').at(from));
    const refused = (status, code) => ({ status, json: { code, message: code.toLowerCase() } });
    switch (call) {
      case 'native': {
        const known = this.orders.get(body.out_trade_no);
        if (known) return known.state === 'NOTPAY' ? { status: 200, json: { code_url: known.code_url } } : refused(400, 'ORDER_PAID');
        if (body.mchid !== this.merchant.mchId || !body.merchant_category_code) return refused(400, 'PARAM_ERROR');
        const code_url = `weixin://wxpay/bizpayurl?pr=${randomBytes(6).toString('base64url')}`;
        this.orders.set(body.out_trade_no, { ...body, code_url, state: 'NOTPAY' });
        return { status: 200, json: { code_url } };
      }
      case 'query': {
        const order = this.orders.get(part(-1));
        return order ? { status: 200, json: this.#paid(order) } : refused(404, 'ORDER_NOT_EXIST');
      }
      case 'close': {
        const order = this.orders.get(part(-2));
        if (order?.state === 'SUCCESS') return refused(400, 'ORDERPAID');
        if (order && !order.stays_open) order.state = 'CLOSED';
        return { status: 204 };
      }
      case 'refund': {
        const order = [...this.orders.values()].find(({ id }) => id === body.transaction_id);
        if (!order) return refused(404, 'RESOURCE_NOT_EXISTS');
        const id = this.refunds.get(body.out_refund_no)?.id ?? this.#number('50300000');
        const { out_refund_no, amount, transaction_id } = body;
        const refund = { id, out_refund_no, transaction_id, out_trade_no: order.out_trade_no, amount, status: 'PROCESSING' };
        this.refunds.set(out_refund_no, refund);
        return { status: 200, json: { ...refund, status: undefined } };
      }
      case 'refund query': {
        const refund = this.refunds.get(part(-1));
        return refund ? { status: 200, json: refund } : refused(404, 'RESOURCE_NOT_EXISTS');
      }
      case 'certificates':
        return { status: 200, json: { data: this.listed.map((each) => this.#sealed(each)) } };
      default:
        return refused(404, 'RESOURCE_NOT_EXISTS');
    }
  }

  #paid({ out_trade_no, state, id, amount, success_time }) {
    const { appid, mchId: mchid } = this.merchant;
    const paid = id && { id, trade_type: 'NATIVE', success_time, payer: { openid: 'o1' } };
    return { appid, mchid, out_trade_no, trade_state: state, amount, ...paid };
  }

  #sealed({ serial, certificate }) {
    const times = { effective_time: '2022-04-01T08:00:00+08:00', expire_time: '2027-03-31T08:00:00+08:00' };
    const sealed = { algorithm: 'AEAD_AES_256_GCM', ...seal(this.apiV3Key, certificate, 'certificate') };
    return { serial_no: serial, ...times, encrypt_certificate: sealed };
  }

  #number(beginning) {
    this.#numbers += 1;
    return beginning + String(this.#numbers).padStart(20, '0');
  }
}

export function callOf(method, target) {
  const { pathname } = new URL(target, 'http://any');
  if (pathname === '/v3/global/certificates') return 'certificates';
  if (pathname === '/v3/global/transactions/native') return 'native';
  if (/\/transactions\/out-trade-no\/[^/]+\/close$/.test(pathname)) return 'close';
  if (/\/transactions\/out-trade-no\/[^/]+$/.test(pathname)) return 'query';
  if (pathname === '/v3/global/refunds') return method === 'POST' ? 'refund' : 'refunds';
  return /\/refunds\/out-refund-no\/[^/]+$/.test(pathname) ? 'refund query' : 'unknown';
}

export function signature({ serial, key }, body, seconds) {
  const nonce = randomBytes(16).toString('hex');
  const sign = createSign('RSA-SHA256').update(`${seconds}\n${nonce}\n${body}\n`);
  const made = sign.sign(createPrivateKey({ key, format: 'jwk' }), 'base64');
  return {
    'Wechatpay-Timestamp': String(seconds),
    'Wechatpay-Nonce': nonce,
    'Wechatpay-Serial': serial,
    'Wechatpay-Signature': made,
    'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048',
  };
}

export function seal(key, plaintext, associated) {
  const nonce = randomBytes(6).toString('hex');
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(associated));
  const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { nonce, associated_data: associated, ciphertext: sealed.toString('base64') };
}
