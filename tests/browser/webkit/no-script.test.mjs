// The checkout in a WebKit that runs no script. Like a merchant's page, the shop's page is on another site than the Worker.

import assert from 'node:assert/strict';

import { fromPng } from '../../support/page/qr.mjs';
import { GOODS } from '../../support/shop/catalog.mjs';
import { until } from '../../support/until.mjs';
import { inWebKit, test } from '../../support/webkit/webkit.mjs';

const at = inWebKit();

const WITHOUT_SCRIPT = '--enable-javascript=false';

/** A merchant's page with a form, on another site. A script in it would change its heading, so no script runs. */
async function enter(args) {
  const form = `<form method="post" action="${at.proxy.url}/checkout"><input type="hidden" name="sku" value="${GOODS.sku}"><input name="quantity" value="1"><button>Pay for tea</button></form>`;
  const says = `<h1>A shop</h1><script>document.querySelector('h1').textContent = 'A script ran';</script>`;
  at.proxy.answer(/^\/shop$/, () => ({ headers: { 'content-type': 'text/html' }, body: `<!doctype html><html><title>A shop</title><link rel="icon" href="data:,">${says}${form}` }));
  const shop = await at.openPlain(at.proxy.url.replace('127.0.0.1', 'localhost') + '/shop', { args });
  assert.equal(await shop.textBySelector('h1'), 'A shop', 'no script runs');
  return shop;
}

const headline = (shop) => shop.textBySelector('h1');

test('one press on a page of another site leads to a code that a camera reads, and to the thanks', async () => {
  const shop = await enter([WITHOUT_SCRIPT]);
  await shop.clickBySelector('button');
  await until('the code', async () => (await headline(shop)) === 'Scan with WeChat to pay');
  const { codeUrl } = at.stage.gateway.ledger.orders.get((await shop.address()).split('/').pop());
  assert.equal(await until('a code', async () => fromPng(await shop.screenshotWithoutScript())), codeUrl);
  await at.stage.gateway.pay(codeUrl);
  await until('the thanks', async () => (await headline(shop)) === 'Payment received'); // the page reloads by itself
});

test('without cookies nothing is ordered, and the shopper is told what to do', async () => {
  const shop = await enter([WITHOUT_SCRIPT, '--cookies-policy=never']);
  const ordered = at.stage.gateway.ledger.orders.size;
  await shop.clickBySelector('button');
  await until('what to do', async () => /cookies/i.test(await shop.textBySelector('main')));
  assert.equal(at.stage.gateway.ledger.orders.size, ordered);
  at.proxy.refusals.length = 0; // the page that tells the shopper is itself a refusal
});
