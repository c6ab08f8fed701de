// What both APIs share of the peer: bodies, random texts, and the signature of a webhook.

export { readBody } from './body.js';

const encoder = new TextEncoder();
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0').toUpperCase());

export function nonce() {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}

/** The header `webhook-signature` of Standard Webhooks over this text. */
export async function webhookSignature(secret, text) {
  const bytes = Uint8Array.from(atob(secret.replace('whsec_', '')), (character) => character.charCodeAt(0));
  const mac = await crypto.subtle.sign('HMAC', await importKey(bytes), encoder.encode(text));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(mac)))}`;
}

/** The key of an HMAC-SHA256. */
export function importKey(bytes) {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}

/** In upper case. */
export function toHex(bytes) {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}
