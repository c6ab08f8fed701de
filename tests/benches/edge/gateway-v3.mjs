// WeChat Pay's API v3 of the rig: it verifies each call and signs each answer, at the time that the caller's clock shows, since
// that of a measured Worker goes slower (front.mjs).

import { createPublicKey, randomBytes, verify } from 'node:crypto';

import { ACCOUNT, callOf, seal, SIGNERS, signature } from '../../support/gateway/gateway-v3.mjs';

const SCHEME = 'WECHATPAY2-SHA256-RSA2048';
const TIMES = { effective_time: '2022-04-01T08:00:00+08:00', expire_time: '2027-03-31T08:00:00+08:00' };

export class GatewayV3 {
  queries = 0;
  #merchant;
  #key = createPublicKey(ACCOUNT.publicKey);
  #certificates;

  constructor(merchant) {
    this.#merchant = merchant;
    const { serial, certificate } = SIGNERS.first;
    const sealed = { algorithm: 'AEAD_AES_256_GCM', ...seal(merchant.apiV3Key, certificate, 'certificate') };
    this.#certificates = { data: [{ serial_no: serial, ...TIMES, encrypt_certificate: sealed }] };
  }

  static takes(url) {
    return url.startsWith('/v3/');
  }

  /** `{ text, headers }`. Throws an error that says what is wrong with the call. */
  answer({ method, url, headers }, body) {
    const seconds = this.#checked(method, url, headers, body);
    const text = JSON.stringify(this.#said(callOf(method, url), body));
    return { text, headers: { 'content-type': 'application/json', ...signature(SIGNERS.first, text, seconds) } };
  }

  #checked(method, url, { authorization = '' }, body) {
    const fields = Object.fromEntries([...authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const { mchid, nonce_str: nonce, timestamp, serial_no: serial, signature: given = '' } = fields;
    const text = `${method}\n${url}\n${timestamp}\n${nonce}\n${body}\n`;
    const isOurs = authorization.startsWith(`${SCHEME} `) && mchid === this.#merchant.mchId && serial === ACCOUNT.serial;
    if (!isOurs || !verify('RSA-SHA256', Buffer.from(text), this.#key, Buffer.from(given, 'base64'))) {
      throw new Error('the call is not signed by the merchant');
    }
    return Number(timestamp);
  }

  #said(call, body) {
    switch (call) {
      case 'certificates':
        return this.#certificates;
      case 'native': {
        const { appid, mchid, amount, out_trade_no: number } = JSON.parse(body);
        const { appid: ownAppid, mchId } = this.#merchant;
        if (appid !== ownAppid || mchid !== mchId || !(amount.total > 0) || !number) throw new Error('the order is not whole');
        return { code_url: `weixin://wxpay/bizpayurl/up?pr=${randomBytes(6).toString('hex')}&groupid=00` };
      }
      case 'query':
        this.queries += 1;
        throw new Error('a query');
      default:
        throw new Error('nobody asks for this');
    }
  }
}
