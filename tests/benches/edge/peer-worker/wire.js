// WeChat Pay's messages as the peer reads, signs and verifies them.

import { md5 } from 'js-md5';

import { importKey, toHex } from './sign.js';
import { readXml, Unreadable } from './xml.js';

export { nonce, readBody, webhookSignature } from './sign.js';
export { Unreadable };

const encoder = new TextEncoder();
/** Drops a byte order mark. */
const decoder = new TextDecoder('utf-8', { fatal: true });
/** A value in which the signed text could be cut at another place. */
const SPLICE = /&[A-Za-z_][\w.-]*=/;

/** Bytes to fields. Throws `Unreadable`. */
export function readFields(bytes) {
  let text;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new Unreadable('encoding');
  }
  const fields = readXml(text);
  for (const [name, value] of fields) {
    // The address in a code has a query, and comes from the gateway alone.
    if (name !== 'code_url' && value.includes('&') && SPLICE.test(value)) throw new Unreadable('splice');
  }
  return fields;
}

/** The algorithm that a genuine signature was made with, or null. The caller compares it with that of the order. */
export async function verify(fields, key) {
  const given = fields.get('sign') ?? '';
  const named = fields.get('sign_type') || undefined;
  if (/^[0-9A-F]{32}$/.test(given)) {
    if (named !== undefined && named !== 'MD5') return null;
    return isSame(md5Hex(textToSign(fields, key)), given) ? 'MD5' : null;
  }
  if (/^[0-9A-F]{64}$/.test(given)) {
    if (named !== undefined && named !== 'HMAC-SHA256') return null;
    const text = encoder.encode(textToSign(fields, key));
    return (await crypto.subtle.verify('HMAC', await hmacKey(key), fromHex(given), text)) ? 'HMAC-SHA256' : null;
  }
  return null;
}

/** The fields as XML, with their signature. */
export async function signedXml(fields, key, signType) {
  const signature = await sign(fields, key, signType);
  let text = '<xml>';
  for (const [name, value] of fields) if (value !== '') text += `<${name}>${escaped(value)}</${name}>`;
  return `${text}<sign>${signature}</sign></xml>`;
}

async function sign(fields, key, signType) {
  const text = textToSign(fields, key);
  if (signType === 'MD5') return md5Hex(text);
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', await hmacKey(key), encoder.encode(text))));
}

/** Values by the order of their names, and the key. Empty values and `sign` stay out. */
function textToSign(fields, key) {
  let text = '';
  for (const name of [...fields.keys()].sort()) {
    const value = fields.get(name);
    if (name !== 'sign' && value !== '') text += `${name}=${value}&`;
  }
  return `${text}key=${key}`;
}

/** By a package in JavaScript: for a text this short a call of WebCrypto costs more. From bytes, which it hashes sooner. */
function md5Hex(text) {
  return md5(encoder.encode(text)).toUpperCase();
}

let imported;

/** A merchant has one key, so it is imported once. */
async function hmacKey(key) {
  if (imported?.key !== key) imported = { key, usable: await importKey(encoder.encode(key)) };
  return imported.usable;
}

function fromHex(text) {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

/** Looks at every character, whatever differs. */
function isSame(one, other) {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at += 1) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}

function escaped(value) {
  if (!/[&<>]/.test(value)) return value;
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
