// Each variable has its effect. This Worker's configuration differs in every point from that of all other tests. The table of
// all variables is crates/edge/src/config/table.rs.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { parse } from 'smol-toml';

import { SUCCESS_REPLY, notification } from '../support/gateway/notification.mjs';
import { signature } from '../support/gateway/signature.mjs';
import { WRANGLER_TOML } from '../support/project.mjs';
import { CATALOG } from '../support/shop/catalog.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';

const MERCHANT = { appid: 'wx7e0a4c1d9b825f36', mchId: '1900009211', signType: 'MD5' };
const BELOW = { sub_appid: 'wx2b6d8f40a1c3e597', sub_mch_id: '1900000109' };
/** The Worker's own routes. The site has a file at each of these paths. */
const SHADOWS = ['healthz', 'api/shop', 'checkout', 'checkout/any', 'notify/wechat', 'admin/api/orders'];

let folder, stage, order, call;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  await publish('catalog.json', JSON.stringify(CATALOG));
  for (const path of SHADOWS) await publish(`${path}/index.html`, 'a file of the site');
  const vars = {
    WECHAT_SUB_APPID: BELOW.sub_appid,
    WECHAT_SUB_MCH_ID: BELOW.sub_mch_id,
    NOTIFY_BASE_URL: 'https://pay.example.com',
    // A number instead of a text: somebody left the quotation marks out in wrangler.toml.
    ORDER_EXPIRES_MINUTES: 7,
    ADMIN_TOKEN: '   ',
    WEBHOOK_URL: ' ',
  };
  stage = await setStage({ merchant: MERCHANT, vars, site: folder });
  stage.gateway.next('unifiedorder', BELOW);
  order = await stage.shop.placePayable();
  call = stage.gateway.calls.find(({ call }) => call === 'unifiedorder').fields;
});
after(async () => {
  await stage?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function publish(path, text) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

test('WECHAT_APPID is the app ID of what is placed', () => assert.equal(call.appid, MERCHANT.appid));

test('WECHAT_MCH_ID is the merchant number of what is placed', () => assert.equal(call.mch_id, MERCHANT.mchId));

test('WECHAT_SUB_APPID is the app ID of the merchant below an institution', () => assert.equal(call.sub_appid, BELOW.sub_appid));

test('WECHAT_SUB_MCH_ID is the number of the merchant below an institution', () => assert.equal(call.sub_mch_id, BELOW.sub_mch_id));

test('WECHAT_SIGN_TYPE signs what is placed', () => {
  // A message without a type is signed with MD5.
  assert.equal(call.sign_type ?? 'MD5', 'MD5');
  assert.equal(call.sign, signature(call, { key: stage.gateway.merchant.key, signType: 'MD5' }));
});

test('NOTIFY_BASE_URL is where WeChat Pay is told to notify', () => assert.equal(call.notify_url, 'https://pay.example.com/notify/wechat'));

test('ORDER_EXPIRES_MINUTES is how long an order can be paid, in the page and at WeChat Pay', () => {
  assert.equal(instant(call.time_expire) - instant(call.time_start), 7 * 60_000);
  const earlier = instant(call.time_expire) - order.view.expires_at_ms;
  assert.ok(earlier >= 0 && earlier <= 10_000, `the page says that it ends ${earlier} ms before WeChat Pay does`);
});

test('WECHAT_API_KEY signs what is placed and verifies what is paid', async () => {
  const message = notification(stage.gateway.merchant, asPaidOrder(order.view), BELOW);
  assert.equal((await stage.shop.notify(message)).text, SUCCESS_REPLY);
  assert.equal(await stage.shop.status(order), 'paid');
});

test('what is blank counts as left out', async () => {
  for (const token of ['', ' ', '   ']) {
    const answer = await fetch(`${stage.worker.url}/admin/api/orders`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 404);
  }
  assert.equal(await (await fetch(`${stage.worker.url}/healthz`)).text(), '{"ready":true}');
});

test('no file of the site takes the place of a route of the Worker', async () => {
  assert.equal(await (await fetch(`${stage.worker.url}/healthz/index.html`)).text(), 'a file of the site', 'the files are there');
  for (const path of SHADOWS) {
    const text = await (await fetch(`${stage.worker.url}/${path}`)).text();
    assert.ok(!text.includes('a file of the site'), path);
  }
});

/** The time of a text of WeChat Pay, which is `yyyyMMddHHmmss` in UTC+8. */
function instant(text) {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  const [year, month, ...rest] = parts.map(Number);
  return Date.UTC(year, month - 1, ...rest) - 8 * 3_600_000;
}

describe('the variables that wrangler.toml comes with, each example replaced, and the two secrets', () => {
  let stage;
  before(async () => {
    const { vars } = parse(await readFile(WRANGLER_TOML, 'utf8'));
    const own = { WECHAT_APPID: 'wxd678efh567hg6787', WECHAT_MCH_ID: '1230000109', NOTIFY_BASE_URL: 'https://pay.teahouse.hk' };
    const catalog = async () => Response.json({ ...CATALOG, shop: 'Teahouse of the tests' });
    const platform = { assets: undefined, serviceBindings: { ASSETS: catalog } };
    stage = await setStage({ vars: { ...vars, ...own, DEMO_PHONE_URL: '' }, platform });
  });
  after(() => stage?.stop());

  test('are all that a live shop needs', async () => {
    const ask = (path) => stage.worker.miniflare.dispatchFetch(`https://pay.teahouse.hk${path}`);
    const answer = await ask('/healthz');
    assert.deepEqual([answer.status, await answer.text()], [200, '{"ready":true}']);
    assert.deepEqual(await (await ask('/api/shop')).json(), { mode: 'live' });
  });
});
