// What the tests of API v3 share: the key files of a merchant, and calls that are signed here with node:crypto.

import { createDecipheriv, createPublicKey, createSign, createVerify, randomBytes, X509Certificate } from 'node:crypto';

export const HONG_KONG = '1634117205';
export const SINGAPORE = '1634990001';
export const MAINLAND = '1698002315';
export const PROVIDER = '1698990001';

/** The key files of a merchant, as `GET /control/v3/keys` has them. */
export async function keysOf(simulator, mchid) {
  const all = await simulator.control('GET', 'v3/keys');
  return all.find((keys) => keys.mchid === mchid);
}

/** Sends a signed call. `spoil` changes the text that is signed, `headers` adds to what is sent. */
export async function call(simulator, keys, method, target, body, { spoil = (text) => text, headers = {}, now = Date.now() } = {}) {
  const payload = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const timestamp = Math.floor(now / 1000);
  const nonce = randomBytes(16).toString('hex');
  const text = spoil(`${method}\n${target}\n${timestamp}\n${nonce}\n${payload}\n`);
  const signature = createSign('RSA-SHA256').update(text).sign(keys.private_key, 'base64');
  const parts = { mchid: keys.mchid, nonce_str: nonce, serial_no: keys.serial, timestamp, signature };
  const authorization = Object.entries(parts).map(([name, value]) => `${name}="${value}"`).join(',');
  const response = await fetch(`${simulator.url}${target}`, {
    method,
    headers: {
      accept: 'application/json',
      'user-agent': 'a-test/1',
      ...(payload && { 'content-type': 'application/json' }),
      authorization: `WECHATPAY2-SHA256-RSA2048 ${authorization}`,
      ...headers,
    },
    body: payload || undefined,
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, bytes, json: isJson ? JSON.parse(bytes) : undefined };
}

export function opened(key, { ciphertext, nonce, associated_data }) {
  const bytes = Buffer.from(ciphertext, 'base64');
  const cipher = createDecipheriv('aes-256-gcm', key, nonce);
  cipher.setAuthTag(bytes.subarray(-16));
  cipher.setAAD(Buffer.from(associated_data ?? ''));
  return Buffer.concat([cipher.update(bytes.subarray(0, -16)), cipher.final()]).toString();
}

/** The platform certificates by their serial numbers, as a merchant downloads them. */
export async function certificates(simulator, keys, path = '/v3/global/certificates') {
  const { json } = await call(simulator, keys, 'GET', path);
  return Object.fromEntries(json.data.map((one) => [one.serial_no, new X509Certificate(opened(keys.api_v3_key, one.encrypt_certificate)).publicKey]));
}

/** Whether the headers of an answer or a notification sign these bytes. `known` has the keys by serial number. */
export function isSigned(headers, bytes, known, now = Date.now()) {
  const get = (name) => (headers.get ? headers.get(name) : headers[name]);
  const [timestamp, nonce, serial, signature] = ['timestamp', 'nonce', 'serial', 'signature'].map((name) => get(`wechatpay-${name}`));
  if (!timestamp || !nonce || !known[serial] || Math.abs(now / 1000 - Number(timestamp)) >= 300) return false;
  return createVerify('RSA-SHA256').update(`${timestamp}\n${nonce}\n`).update(bytes).update('\n').verify(known[serial], signature, 'base64');
}

export const publicKeyOf = (keys) => ({ [keys.public_key_id]: createPublicKey(keys.public_key) });

export const globalOrder = (keys, number, notifyUrl, others = {}) => ({
  appid: keys.appid,
  mchid: keys.mchid,
  description: 'Gift set & tea <茶>',
  attach: 'cart:42|note:a+b %2B',
  out_trade_no: number,
  notify_url: notifyUrl,
  trade_type: 'NATIVE',
  merchant_category_code: '5499',
  amount: { total: 8800, currency: 'HKD' },
  ...others,
});
