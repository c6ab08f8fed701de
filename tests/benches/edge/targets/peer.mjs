// The JavaScript peer, and the floor, which is the peer without its checks.

import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

import { ACCOUNT } from '../../../support/gateway/gateway-v3.mjs';
import { CATALOG, GOODS } from '../../../support/shop/catalog.mjs';
import { INDEX_SCHEMA } from '../peer-worker/index-schema.js';
import { GATEWAY, notifyOfV2, notifyOfV3, OWN_URL, webhookVars, wranglerToml } from './common.mjs';

const FOLDER = fileURLToPath(new URL('../peer-worker/', import.meta.url));

/** It speaks `api`, `v2` or `v3`. `link` is `rpc` or `fetch`; without `checks` it is the floor. With `readable` the names stay in the bundle. */
export async function peer(merchant, { name, api = 'v2', link, checks = true, lean, readable }) {
  const config = await wranglerToml();
  const prices = CATALOG.items.map((item) => [item.sku, { name: item.name.en, price: item.amount_minor }]);
  return {
    ...(api === 'v3' ? notifyOfV3(merchant) : notifyOfV2(merchant, !checks)),
    name,
    trusts: !checks,
    modules: [{ type: 'ESModule', name: 'index.js', contents: await bundle({ api, link, checks, readable }) }],
    className: 'OrderActor',
    orders: 'ORDERS',
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    vars: {
      APPID: merchant.appid,
      MCH_ID: merchant.mchId,
      ...(api === 'v3' ? accountV3(merchant) : { API_KEY: merchant.key, SIGN_TYPE: merchant.signType }),
      FEE_TYPE: CATALOG.currency,
      CATALOG: JSON.stringify(Object.fromEntries(prices)),
      GATEWAY,
      NOTIFY_URL: `${OWN_URL}/notify/wechat${api === 'v3' ? '/v3' : ''}`,
      ...webhookVars({ lean }),
    },
    options: {},
    /** As a migration would, before the Worker is deployed. Ours makes its tables by itself. */
    async prepare(database) {
      await database.batch(INDEX_SCHEMA.map((statement) => database.prepare(statement)));
    },
    create: () => ({
      method: 'POST',
      path: '/api/orders',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sku: GOODS.sku, quantity: 1 }),
    }),
    created(text) {
      const { id, token, total_fee: totalFee, fee_type: feeType, code_url: code } = JSON.parse(text);
      return code && { id, token, totalFee, feeType };
    },
    look: ({ id, token }) => ({ method: 'GET', path: `/api/orders/${id}`, headers: { 'x-order-token': token }, body: null }),
    isPaid: (status, text) => status === 200 && JSON.parse(text).state === 'paid',
  };
}

function accountV3({ apiV3Key }) {
  return {
    SIGN_TYPE: 'V3',
    API_V3_KEY: apiV3Key,
    MCH_SERIAL: ACCOUNT.serial,
    MCH_PRIVATE_KEY: ACCOUNT.privateKey,
    CATEGORY: ACCOUNT.category,
  };
}

/** API v3 has no XML and no MD5. */
function wire(api, checks) {
  if (api === 'v3') return 'sign';
  return checks ? 'wire' : 'wire-without-checks';
}

async function bundle({ api, link, checks, readable }) {
  const { outputFiles } = await build({
    entryPoints: [`${FOLDER}index.js`],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    minify: !readable,
    legalComments: 'none',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    alias: {
      'peer:api': `${FOLDER}api-${api}.js`,
      'peer:link': `${FOLDER}link-${link}.js`,
      'peer:wire': `${FOLDER}${wire(api, checks)}.js`,
    },
  });
  return outputFiles[0].contents;
}
