// RSA and AES-GCM of API v3, by the platform. Each key is imported once per isolate and cannot be exported. Only finished keys
// are kept: a promise of one request must not be awaited by another.

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/** Finished keys by what they are for; that of a public key is its own text. */
const keys = new Map();
/** More public keys than a rotation of certificates can have at a time. */
const MOST_KEYS = 32;

async function keyOf(name, format, bytes, algorithm, use) {
  const known = keys.get(name);
  if (known) return known;
  const key = await crypto.subtle.importKey(format, bytes, algorithm, false, [use]);
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(name, key);
  return key;
}

/** The RSA signature of a text. Rejects if the key cannot be imported. */
export async function sign(pkcs8, text) {
  // What the wasm gives is a view of its memory, which changes while we wait.
  const [key, data] = [pkcs8.slice(), text.slice()];
  return new Uint8Array(await crypto.subtle.sign(RSA, await keyOf('sign', 'pkcs8', key, RSA, 'sign'), data));
}

/** Whether the signature is valid. Whatever the platform refuses is not. */
export async function verify(spki, signature, text) {
  const [key, name, given, data] = [spki.slice(), String.fromCharCode(...spki), signature.slice(), text.slice()];
  try {
    return await crypto.subtle.verify(RSA, await keyOf(name, 'spki', key, RSA, 'verify'), given, data);
  } catch {
    return false;
  }
}

/** What was sealed with AES-256-GCM, or nothing if it does not open. */
export async function open(secret, iv, additional, sealed) {
  const key = secret.slice();
  const algorithm = { name: 'AES-GCM', iv: iv.slice(), additionalData: additional.slice() };
  const data = sealed.slice();
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, await keyOf('open', 'raw', key, 'AES-GCM', 'decrypt'), data));
  } catch {
    return undefined;
  }
}
