// Calls that are signed here with node:crypto, for the tests that are not about an SDK.

import { createHash, createHmac, randomBytes } from 'node:crypto';

import { TEA_HOUSE } from './program.mjs';

export function sign(fields, key, signType = 'MD5') {
  const names = Object.keys(fields).filter((name) => name !== 'sign' && fields[name] !== '').sort();
  const text = `${names.map((name) => `${name}=${fields[name]}`).join('&')}&key=${key}`;
  const digest = signType === 'MD5' ? createHash('md5').update(text) : createHmac('sha256', key).update(text);
  return digest.digest('hex').toUpperCase();
}

export function toXml(fields) {
  return `<xml>${Object.entries(fields).map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`).join('')}</xml>`;
}

export function fromXml(xml) {
  const elements = xml.matchAll(/<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))<\/\1>/gs);
  return Object.fromEntries([...elements].map(([, name, cdata, text]) => [name, cdata ?? text]));
}

/** Sends a signed call. Resolves to the fields of the answer. `spoil` changes the fields after signing. */
export async function call(url, path, fields, { merchant = TEA_HOUSE, spoil = () => {} } = {}) {
  const whole = { appid: merchant.appid, mch_id: merchant.mchId, nonce_str: randomBytes(16).toString('hex'), ...fields };
  whole.sign = sign(whole, merchant.key, whole.sign_type);
  spoil(whole);
  const response = await fetch(`${url}${path}`, { method: 'POST', body: toXml(whole) });
  return fromXml(await response.text());
}

export const anOrder = (number, notifyUrl, others = {}) => ({
  body: 'Example Tea House - gift set',
  out_trade_no: number,
  total_fee: '8800',
  fee_type: 'HKD',
  spbill_create_ip: '127.0.0.1',
  notify_url: notifyUrl,
  trade_type: 'NATIVE',
  product_id: 'SKU-88',
  ...others,
});

/** Today as the gateway counts days: UTC+8. */
export const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '');
