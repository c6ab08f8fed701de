// A bridge to the npm SDKs `wechatpay-axios-plugin` and `wechatpay-node-v3`, for API v3: one JSON question a line on stdin, one
// JSON answer a line on stdout. It calls the functions that the SDKs' own requests and notification handlers call.
//
//   {"sdk", "do": "authorize", "private_key", "mchid", "serial", "method", "target", "timestamp", "nonce", "body"}  ->  {"authorization"}
//   {"sdk", "do": "sign", "private_key", "timestamp", "nonce", "body"}  (as the gateway)      ->  {"signature"}
//   {"sdk", "do": "verify", "public_key", "timestamp", "nonce", "body", "signature"}           ->  {"verified"}
//   {"sdk", "do": "open", "key", "nonce", "associated_data", "ciphertext"}                     ->  {"text"}
//   {"sdk", "do": "seal", "key", "nonce", "associated_data", "text"}                           ->  {"ciphertext"}
//   whatever goes wrong                                                                        ->  {"error"}
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const { Aes, Formatter, Rsa } = require('wechatpay-axios-plugin');
const Pay = require('wechatpay-node-v3');

const SERIAL = 'PUB_KEY_ID_01';
/** The SDK's client: it wants a certificate only to read a serial number that it is given. */
const pay = ({ private_key, mchid = '1', serial = '1A' }) =>
  new Pay({ appid: 'wx1', mchid, serial_no: serial, publicKey: Buffer.from(''), privateKey: Buffer.from(private_key ?? '') });

const sdks = {
  'wechatpay-axios-plugin': {
    authorize({ private_key, mchid, serial, method, target, timestamp, nonce, body }) {
      const signature = Rsa.sign(Formatter.request(method, target, timestamp, nonce, body), Rsa.from(private_key));
      return { authorization: Formatter.authorization(mchid, nonce, signature, timestamp, serial) };
    },
    sign({ private_key, timestamp, nonce, body }) {
      return { signature: Rsa.sign(Formatter.response(timestamp, nonce, body), Rsa.from(private_key)) };
    },
    verify({ public_key, timestamp, nonce, body, signature }) {
      return { verified: Rsa.verify(Formatter.response(timestamp, nonce, body), signature, Rsa.from(public_key, Rsa.KEY_TYPE_PUBLIC)) };
    },
    open({ key, nonce, associated_data, ciphertext }) {
      return { text: Aes.AesGcm.decrypt(ciphertext, key, nonce, associated_data) };
    },
    seal({ key, nonce, associated_data, text }) {
      return { ciphertext: Aes.AesGcm.encrypt(text, key, nonce, associated_data) };
    },
  },
  'wechatpay-node-v3': {
    authorize({ method, target, timestamp, nonce, body, ...account }) {
      const client = pay(account);
      const signature = client.getSignature(method, nonce, timestamp, target, body);
      return { authorization: client.getAuthorization(nonce, timestamp, signature) };
    },
    sign({ private_key, timestamp, nonce, body }) {
      return { signature: pay({ private_key }).sha256WithRsa(`${timestamp}\n${nonce}\n${body}\n`) };
    },
    async verify({ public_key, timestamp, nonce, body, signature }) {
      Pay.certificates[SERIAL] = public_key;
      return { verified: await pay({}).verifySign({ timestamp, nonce, body, serial: SERIAL, signature, apiSecret: '' }) };
    },
    open({ key, nonce, associated_data, ciphertext }) {
      const inside = pay({}).decipher_gcm(ciphertext, associated_data, nonce, key);
      return { text: typeof inside === 'string' ? inside : JSON.stringify(inside) };
    },
  },
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const question = JSON.parse(line);
  let answer;
  try {
    answer = await sdks[question.sdk][question.do](question);
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
