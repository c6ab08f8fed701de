// What WeChat Pay signs and seals by API v3, as the peer verifies and opens it.

import { keyOf, refreshed } from './keys-v3.js';

const SCHEME = 'WECHATPAY2-SHA256-RSA2048';
const WINDOW_S = 300;
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A message that is not believed. */
export class Refused extends Error {}

/** The JSON that these headers sign. Throws `Refused`. */
export async function readSigned(bytes, headers, env) {
  const given = signatureOf(headers);
  const key = keyOf(given.serial) ?? (await refreshed(given.serial, env));
  if (!key) refuse('unknown serial');
  return verified(bytes, given, key);
}

/** The same with this key, whatever serial the headers name. */
export function readSignedWith(bytes, headers, key) {
  return verified(bytes, signatureOf(headers), key);
}

async function verified(bytes, { timestamp, nonce, signature }, key) {
  const text = textOf(bytes);
  if (!(await crypto.subtle.verify(RSA, key, signature, encoder.encode(`${timestamp}\n${nonce}\n${text}\n`)))) refuse('signature');
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    refuse('not JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) refuse('not an object');
  return value;
}

/** The text that was sealed with the API v3 key. Throws `Refused`. */
export async function opened({ algorithm, nonce, associated_data: associated = '', ciphertext } = {}, env) {
  const isSealed = algorithm === 'AEAD_AES_256_GCM' && typeof nonce === 'string' && nonce.length === 12;
  if (!isSealed || typeof associated !== 'string' || typeof ciphertext !== 'string') refuse('not sealed');
  const how = { name: 'AES-GCM', iv: encoder.encode(nonce), additionalData: encoder.encode(associated) };
  try {
    return decoder.decode(await crypto.subtle.decrypt(how, await sealKey(env), fromBase64(ciphertext)));
  } catch {
    return refuse('the seal does not open');
  }
}

/** `{ timestamp, nonce, serial, signature }` of a message of now. */
function signatureOf(headers) {
  const timestamp = headers.get('wechatpay-timestamp') ?? '';
  const nonce = headers.get('wechatpay-nonce') ?? '';
  const serial = headers.get('wechatpay-serial') ?? '';
  const signature = headers.get('wechatpay-signature') ?? '';
  const type = headers.get('wechatpay-signature-type');
  if (type !== null && type !== SCHEME) refuse('another algorithm');
  if (!/^\d{1,12}$/.test(timestamp) || !/^[!-~]{1,64}$/.test(nonce) || !/^[0-9A-Za-z_]{1,64}$/.test(serial)) refuse('headers');
  if (Math.abs(Math.floor(Date.now() / 1000) - Number(timestamp)) >= WINDOW_S) refuse('too old');
  // WeChat's probes begin so, and are no base64 of a signature.
  if (signature.startsWith('WECHATPAY/SIGNTEST/')) refuse('a probe');
  return { timestamp, nonce, serial, signature: fromBase64(signature) };
}

let sealed;

/** A merchant has one key, so it is imported once. */
async function sealKey(env) {
  sealed ??= await crypto.subtle.importKey('raw', encoder.encode(env.API_V3_KEY), 'AES-GCM', false, ['decrypt']);
  return sealed;
}

function textOf(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    return refuse('encoding');
  }
}

export function fromBase64(text) {
  let binary;
  try {
    binary = atob(text);
  } catch {
    refuse('not base64');
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

function refuse(why) {
  throw new Refused(why);
}
