// RSA and AES-GCM of API v3, by the platform. What the wasm gives is a view of its memory: the platform has read it when these
// return.

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const KINDS = { sign: ['pkcs8', RSA], verify: ['spki', RSA], decrypt: ['raw', 'AES-GCM'] };

/** A key for one use, which cannot be exported. */
export function importKey(use, bytes) {
  const [format, algorithm] = KINDS[use];
  return crypto.subtle.importKey(format, bytes, algorithm, false, [use]);
}

/** The RSA signature of a text. */
export function sign(key, text) {
  return crypto.subtle.sign(RSA, key, text);
}

/** Whether the signature is valid. */
export function verify(key, signature, text) {
  return crypto.subtle.verify(RSA, key, signature, text);
}

/** What was sealed with AES-256-GCM. */
export function open(key, iv, additionalData, sealed) {
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, sealed);
}
