// What all targets have in common: where they think the world outside is, and WeChat's side of the notify route.

import { readFile } from 'node:fs/promises';

import { parse } from 'smol-toml';

import { WRANGLER_TOML } from '../../../support/project.mjs';
import { WEBHOOK_SECRET } from '../../../support/worker/webhook-receiver.mjs';

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

/** The notify route and its answers, which WeChat prescribes. */
export const NOTIFY = {
  notify: (body) => ({ method: 'POST', path: '/notify/wechat', headers: { 'content-type': 'text/xml' }, body }),
  isAcknowledged: (status, text) => status === 200 && text.includes('<return_code><![CDATA[SUCCESS]]></return_code>'),
  isRefused: (status, text) => status < 500 && !text.includes('SUCCESS'),
};
