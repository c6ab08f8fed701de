// A call of API v3: signed, within a time limit, its answer verified.

import { nonce, readBody } from 'peer:wire';

import { importCertificate } from './keys-v3.js';
import { opened, readSigned, readSignedWith } from './wire-v3.js';

const TIME_LIMIT_MS = 8_000;
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const encoder = new TextEncoder();

/** The JSON of the answer. Throws when there is none that can be believed. */
export async function ask(env, method, target, body) {
  const { response, bytes } = await sent(env, method, target, body && JSON.stringify(body));
  const answer = await readSigned(bytes, response.headers, env);
  if (!response.ok) throw new Error(String(answer.code));
  return answer;
}

/** The keys of WeChat Pay's certificates, by serial. The list proves itself: only the API v3 key opens it. */
export async function certificates(env) {
  const { response, bytes } = await sent(env, 'GET', '/v3/global/certificates');
  const { data } = JSON.parse(new TextDecoder().decode(bytes));
  const keys = new Map();
  for (const { serial_no: serial, encrypt_certificate: sealed } of data) {
    keys.set(serial, await importCertificate(await opened(sealed, env)));
  }
  const signer = keys.get(response.headers.get('wechatpay-serial'));
  if (!signer) throw new Error('the list is not signed by one of its certificates');
  await readSignedWith(bytes, response.headers, signer);
  return keys;
}

async function sent(env, method, target, body = '') {
  const seconds = Math.floor(Date.now() / 1000);
  const once = nonce();
  const text = `${method}\n${target}\n${seconds}\n${once}\n${body}\n`;
  const signature = new Uint8Array(await crypto.subtle.sign(RSA, await signingKey(env), encoder.encode(text)));
  const parts = {
    mchid: env.MCH_ID,
    nonce_str: once,
    timestamp: seconds,
    serial_no: env.MCH_SERIAL,
    signature: btoa(String.fromCharCode(...signature)),
  };
  const fields = Object.entries(parts).map(([name, value]) => `${name}="${value}"`);
  const response = await fetch(env.GATEWAY + target, {
    method,
    headers: {
      accept: 'application/json',
      'user-agent': 'peer/1',
      authorization: `WECHATPAY2-SHA256-RSA2048 ${fields.join(',')}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body || undefined,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  const bytes = await readBody(response);
  if (bytes === null) throw new Error('the answer is too long');
  return { response, bytes };
}

let signs;

/** A merchant has one key, so it is imported once. */
async function signingKey(env) {
  if (!signs) {
    const der = Uint8Array.from(atob(env.MCH_PRIVATE_KEY.replaceAll(/-----[^-]+-----|\s/g, '')), (character) => character.charCodeAt(0));
    signs = await crypto.subtle.importKey('pkcs8', der, RSA, false, ['sign']);
  }
  return signs;
}
