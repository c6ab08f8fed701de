// What all targets have in common: where they think the world outside is, and WeChat's side of the notify route of each API.

import { readFile } from 'node:fs/promises';

import { parse } from 'smol-toml';

import { WRANGLER_TOML } from '../../../support/project.mjs';
import { WEBHOOK_SECRET } from '../../../support/worker/webhook-receiver.mjs';
import * as v2 from '../messages-v2.mjs';
import * as v3 from '../messages-v3.mjs';

/** Addresses as in the field. The rig leads every request that goes out to its own process. */
export const GATEWAY = 'https://apihk.mch.weixin.qq.com';
export const OWN_URL = 'https://pay.example.com';

/** Whom the Worker tells of a payment; nobody in a lean run. */
export function webhookVars({ lean }) {
  return lean ? {} : { WEBHOOK_URL: 'https://shop.example.com/webhooks', WEBHOOK_SECRET };
}

export async function wranglerToml() {
  return parse(await readFile(WRANGLER_TOML, 'utf8'));
}

/**
 * The notify route of API v2: how a message is sent, its answers, which WeChat prescribes, and the messages. A target that
 * `trusts` checks nothing.
 */
export function notifyOfV2(merchant, trusts = false) {
  return {
    api: 'v2',
    notify: (body) => ({ method: 'POST', path: '/notify/wechat', headers: { 'content-type': 'text/xml' }, body }),
    isAcknowledged: (status, text) => status === 200 && text.includes('<return_code><![CDATA[SUCCESS]]></return_code>'),
    isRefused: (status, text) => status < 500 && !text.includes('SUCCESS'),
    messagesOf: (order) => v2.messagesOf(order, merchant, trusts),
    junk: v2.junk,
    long: () => v2.longForged(merchant, trusts),
  };
}

/** The same of API v3. What is signed is signed at a time, in seconds. */
export function notifyOfV3(merchant) {
  return {
    api: 'v3',
    notify: ({ headers, body }) => ({
      method: 'POST',
      path: '/notify/wechat/v3',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    }),
    isAcknowledged: (status, text) => status === 200 && JSON.parse(text).code === 'SUCCESS',
    isRefused: (status, text) => status >= 400 && status < 500 && JSON.parse(text).code === 'FAIL',
    messagesOf: (order, seconds) => v3.messagesOf(order, merchant, seconds),
    junk: v3.junk,
    long: v3.longForged,
  };
}
