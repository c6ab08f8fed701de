// The signature of WeChat Pay API v2, written from the documentation with node:crypto. It shares
// no code with the Rust side, so it reveals a mistake that all our Rust programs share.

import { createHash, createHmac } from 'node:crypto';

export const SIGN_TYPES = ['MD5', 'HMAC-SHA256'];

/** The text that is signed: non-empty fields except `sign`, in byte order of their names. */
export function textToSign(fields, key) {
  const pairs = Object.entries(fields)
    .filter(([name, value]) => name !== 'sign' && value !== '')
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([name, value]) => `${name}=${value}`);
  return [...pairs, `key=${key}`].join('&');
}

/** The signature of these fields: upper-case hex, 32 characters for MD5, 64 for HMAC-SHA256. */
export function signature(fields, { key, signType }) {
  const text = textToSign(fields, key);
  switch (signType) {
    case 'MD5':
      return createHash('md5').update(text, 'utf8').digest('hex').toUpperCase();
    case 'HMAC-SHA256':
      return createHmac('sha256', key).update(text, 'utf8').digest('hex').toUpperCase();
    default:
      throw new Error(`no such sign_type: ${signType}`);
  }
}

/** The fields with their signature added. */
export function signed(fields, credentials) {
  return { ...fields, sign: signature(fields, credentials) };
}
