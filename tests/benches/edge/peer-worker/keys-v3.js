// The keys that verify what WeChat Pay signs, by serial. They come from its list of certificates, which is downloaded when a
// message names an unknown serial, at most once a minute.

import { certificates } from './gateway-v3.js';

const PAUSE_MS = 60_000;
/** How often, and how many times at most, a message waits for the download of another. */
const LOOK_MS = 50;
const MOST_LOOKS = 60;

const keys = new Map();
let triedAt = -Infinity;
let isDownloading = false;

/** The key with this serial, if it is known. */
export function keyOf(serial) {
  return keys.get(serial);
}

/** The key with this serial, after the list was downloaded again. */
export async function refreshed(serial, env) {
  for (let look = 0; isDownloading && look < MOST_LOOKS; look += 1) await scheduler.wait(LOOK_MS);
  const now = Date.now();
  if (now - triedAt < PAUSE_MS) return keys.get(serial);
  triedAt = now;
  isDownloading = true;
  try {
    for (const [known, key] of await certificates(env)) keys.set(known, key);
  } finally {
    isDownloading = false;
  }
  return keys.get(serial);
}

/** Imports the public key of a certificate in PEM. */
export function importCertificate(pem) {
  const binary = atob(pem.replaceAll(/-----[^-]+-----|\s/g, ''));
  const der = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  return crypto.subtle.importKey('spki', publicKeyIn(der), algorithm, false, ['verify']);
}

/** `subjectPublicKeyInfo` of a certificate in DER. */
function publicKeyIn(der) {
  const toBeSigned = inside(der, inside(der, 0).from).from;
  // A version before the serial number; then the algorithm, the issuer, the validity and the subject.
  let at = der[toBeSigned] === 0xa0 ? inside(der, toBeSigned).to : toBeSigned;
  for (let field = 0; field < 5; field += 1) at = inside(der, at).to;
  return der.subarray(at, inside(der, at).to);
}

/** Where the content of the value at this place begins and ends. */
function inside(der, at) {
  const short = der[at + 1];
  if (short < 0x80) return { from: at + 2, to: at + 2 + short };
  let length = 0;
  const from = at + 2 + (short & 0x7f);
  for (let digit = at + 2; digit < from; digit += 1) length = length * 256 + der[digit];
  return { from, to: from + length };
}
