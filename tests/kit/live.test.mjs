// A shop's own folder in workerd: `wrangler dev` in front of the simulator, with orders that are paid and refunded, pages that
// come and go, and two versions of the package over the same live orders.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';

import { aMerchant } from '../support/gateway/merchant.mjs';
import { startSimulator } from '../support/gateway/simulator.mjs';
import { startDev } from '../support/kit/dev.mjs';
import { PACKAGE, install, kit, madeShop, pack, workshop } from '../support/kit/shop-folder.mjs';
import { ROOT } from '../support/project.mjs';
import { ADMIN_TOKEN, BackOffice } from '../support/shop/back-office.mjs';
import { CATALOG } from '../support/shop/catalog.mjs';
import { Shop, anIdempotencyKey } from '../support/shop/shop.mjs';
import { until } from '../support/until.mjs';
import { LAST_RELEASE } from '../support/worker/two-versions.mjs';

const GOODS = { lines: [{ sku: 'tea-gift-set', quantity: 2 }] };
let place, archive, gateway;
before(async () => {
  place = await workshop();
  archive = await pack(place.root);
  const config = join(place.root, 'simulator.toml');
  await writeFile(config, '[switches]\nrefund-certificate = "not-asked"\n');
  gateway = await startSimulator({ merchant: aMerchant(), args: ['--config', config] });
});
after(async () => {
  await gateway?.stop();
  await place?.end();
});

/** A shop whose secrets are those of the simulator’s merchant. */
async function shopOf(name, from) {
  const { folder } = await madeShop(place.root, name, from);
  const secrets = join(folder, '.dev.vars');
  await writeFile(secrets, (await readFile(secrets, 'utf8')).replace(/^WECHAT_API_KEY=.*$/m, `WECHAT_API_KEY=${gateway.merchant.key}`));
  await appendFile(secrets, `ADMIN_TOKEN=${ADMIN_TOKEN.replaceAll(' ', '-')}\n`);
  return folder;
}

const staff = (dev) => new BackOffice(dev, ADMIN_TOKEN.replaceAll(' ', '-'));

test('an order is placed, paid and refunded; a page that is added is served and has no header of ours; and the doctor finds its way', async () => {
  const folder = await shopOf('paid', archive);
  const dev = await startDev(folder, gateway);
  try {
    const [shop, office] = [new Shop(dev), staff(dev)];
    const order = await shop.placePayable(GOODS);
    assert.equal(order.view.amount.minor, 17_600);
    await gateway.pay(order.view.code_url);
    await shop.becomes('paid', order);
    await office.refund(order.id, { out_refund_no: 'back-1', amount_minor: 17_600 });
    await office.refundBecomes(order.id, 'back-1', 'refunded', { withinMs: 60_000 });

    const look = async (path) => (await fetch(`${dev.url}${path}`)).status;
    assert.equal(await look('/news'), 404);
    await mkdir(join(folder, 'site', 'news'));
    await writeFile(join(folder, 'site', 'news', 'index.html'), '<!doctype html><script>document.title = "New tea"</script>');
    await until('the new page is served', async () => (await look('/news/')) === 200);
    const page = await fetch(`${dev.url}/news/`);
    for (const name of ['content-security-policy', 'referrer-policy', 'strict-transport-security', 'access-control-allow-origin']) assert.equal(page.headers.get(name), null, name);
    await rm(join(folder, 'site', 'news'), { recursive: true });
    await until('the page is gone', async () => (await look('/news/')) === 404);
    assert.deepEqual([await look('/'), await look('/shop.js'), await look('/widget/'), await look('/widget/gallery.js')], [200, 404, 404, 404], 'no demo shop and no gallery');

    // A policy of the shop’s own for all its pages stays off our files.
    await writeFile(join(folder, 'site', '_headers'), "/*\n  Content-Security-Policy: default-src 'self'\n  Access-Control-Allow-Origin: https://www.teahouse.hk\n");
    const header = async (path, name) => (await fetch(`${dev.url}${path}`)).headers.get(name);
    await until('the page has its policy', async () => (await header('/', 'content-security-policy')) === "default-src 'self'");
    assert.equal(await header('/widget/wechat-pay.js', 'access-control-allow-origin'), '*');
    if (existsSync(join(PACKAGE, 'public', 'admin'))) {
      assert.equal(await look('/admin/'), 200);
      assert.match(await header('/admin/', 'content-security-policy'), /^default-src 'none';(?!.*default-src 'self')/);
    }

    const ask = (more = {}) => kit(folder, ['doctor', dev.url], { env: { WECHATPAY_ADMIN_KEY: ADMIN_TOKEN.replaceAll(' ', '-'), ...more } });
    const { stdout } = await ask();
    for (const line of ['healthz', 'notify', 'widget', 'catalog', 'account', 'index', 'rate_limits']) assert.match(stdout, new RegExp(`^✓ ${line} `, 'm'), line);
    assert.match((await ask({ WECHATPAY_ADMIN_KEY: 'wpe_another' })).stdout, /^✗ readiness +The Worker does not know this key/m);
    assert.match((await ask({ WECHATPAY_ADMIN_KEY: '' })).stdout, /^– readiness +The Worker was not asked/m);
  } finally {
    await dev.stop();
  }
});

test('a version is a number: an upgrade takes live orders along, going back leaves newer ones alone, and nothing is lost when it returns', async () => {
  const bundle = join(place.root, 'bundle');
  await mkdir(bundle);
  for (const name of ['index.js', 'index_bg.wasm']) {
    await writeFile(join(bundle, name), brotliDecompressSync(await readFile(join(ROOT, 'tests', 'releases', LAST_RELEASE, `${name}.br`))));
  }
  const [older, newer] = [await pack(place.root, { version: LAST_RELEASE, worker: bundle }), await pack(place.root, { version: '99.0.0' })];
  // It is made by the newer one, since the oldest release knows fewer secrets; then the number before is installed.
  const folder = await shopOf('versions', newer);
  await writeFile(join(folder, 'catalog.json'), JSON.stringify({ ...CATALOG, shop: 'Teahouse of the tests' }));
  let dev, shop, office;
  const run = async (version) => {
    const port = dev?.port;
    await dev?.stop();
    await install(folder, version);
    dev = await startDev(folder, gateway, { port });
    [shop, office] = [new Shop(dev), staff(dev)];
  };
  try {
    await run(older);
    const key = anIdempotencyKey();
    const waiting = await shop.placePayable(GOODS, { key });
    const paid = await shop.placePayable(GOODS);
    await gateway.pay(paid.view.code_url);
    await shop.becomes('paid', paid);

    await run(newer);
    assert.equal(await shop.status(waiting), 'awaiting_payment');
    assert.equal((await shop.place(GOODS, { key })).json.order.id, waiting.id, 'no second order under its key');
    await gateway.pay(waiting.view.code_url);
    await shop.becomes('paid', waiting);
    await office.refund(paid.id, { out_refund_no: 'back-1', amount_minor: 100 });
    await office.refundBecomes(paid.id, 'back-1', 'refunded', { withinMs: 60_000 });
    const fresh = await shop.placePayable(GOODS);

    await run(older);
    assert.equal((await shop.look(fresh)).status, 500, 'an order of a newer form is left alone');
    const between = await shop.placePayable(GOODS);
    await gateway.pay(between.view.code_url);
    await shop.becomes('paid', between);

    await run(newer);
    await gateway.pay(fresh.view.code_url);
    for (const order of [waiting, paid, fresh, between]) await shop.becomes('paid', order);
    const { json } = await office.history(paid.id);
    assert.deepEqual(json.refunds.map(({ out_refund_no: number, status }) => [number, status]), [['back-1', 'refunded']]);
  } finally {
    await dev?.stop();
  }
});
