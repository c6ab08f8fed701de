// Our Worker as it ships: what `cargo xtask build` made, with the settings of wrangler.toml.

import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { ACCOUNT } from '../../../support/gateway/gateway-v3.mjs';
import { WORKER_BUILD, WWW } from '../../../support/project.mjs';
import { lines } from '../../../support/shop/catalog.mjs';
import { anIdempotencyKey } from '../../../support/shop/shop.mjs';
import { GATEWAY, notifyOfV2, notifyOfV3, OWN_URL, webhookVars, wranglerToml } from './common.mjs';

/** It places by `api`, `v2` or `v3`. */
export async function worker(merchant, { name, api, lean }) {
  const config = await wranglerToml();
  const [{ name: orders, class_name: className }] = config.durable_objects.bindings;
  return {
    ...(api === 'v3' ? notifyOfV3 : notifyOfV2)(merchant),
    name,
    modules: [await module('ESModule', 'index.js'), await module('CompiledWasm', 'index_bg.wasm')],
    className,
    orders,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    vars: {
      ...config.vars,
      WECHAT_APPID: merchant.appid,
      WECHAT_MCH_ID: merchant.mchId,
      WECHAT_API_KEY: merchant.key,
      WECHAT_SIGN_TYPE: merchant.signType,
      WECHAT_GATEWAY: GATEWAY,
      NOTIFY_BASE_URL: OWN_URL,
      ORDER_SECRET: randomBytes(32).toString('base64url'),
      ...(api === 'v3' && accountV3(merchant)),
      ...webhookVars({ lean }),
    },
    // The shop's files, of which the catalogue is read. On Cloudflare they are served elsewhere, too.
    options: { serviceBindings: { [config.assets.binding]: { disk: { path: WWW, writable: false } } } },
    create: () => ({
      method: 'POST',
      // As the element does it.
      path: '/api/orders?attempt=1',
      headers: { 'content-type': 'application/json', 'idempotency-key': anIdempotencyKey() },
      body: JSON.stringify(lines()),
    }),
    created(text) {
      const { order, token } = JSON.parse(text);
      return order.code_url && { id: order.id, token, totalFee: order.amount.minor, feeType: order.amount.currency };
    },
    look: ({ id, token }) => ({
      method: 'GET',
      path: `/api/orders/${id}`,
      headers: { authorization: `Bearer ${token}` },
      body: null,
    }),
    isPaid: (status, text) => status === 200 && JSON.parse(text).status === 'paid',
  };
}

/** The settings of API v3, which stand beside those of API v2. */
function accountV3({ apiV3Key }) {
  return {
    WECHAT_API: 'v3-global',
    WECHAT_API_V3_KEY: apiV3Key,
    WECHAT_MCH_CERT_SERIAL: ACCOUNT.serial,
    WECHAT_MCH_PRIVATE_KEY: ACCOUNT.privateKey,
    WECHAT_CATEGORY: ACCOUNT.category,
  };
}

async function module(type, name) {
  const path = join(WORKER_BUILD, name);
  try {
    return { type, name, contents: await readFile(path) };
  } catch (error) {
    throw new Error(`${path} is missing: build it with \`cargo xtask build\``, { cause: error });
  }
}
