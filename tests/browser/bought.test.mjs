// What the element shows before anything is ordered, and what it sends along: prices, what is sold out, the shopper's language
// and the shopper's words.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage } from '../support/page/widget-page.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { CATALOG, GOODS, OTHER_GOODS } from '../support/shop/catalog.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

/** The catalogue as the Worker reads it at another address: one item is sold out, and a shopper may leave an e-mail address. */
const published = JSON.stringify({
  ...CATALOG,
  fields: { email: { max_length: 254 } },
  items: CATALOG.items.map((item) => (item === OTHER_GOODS ? { ...item, sold_out: true } : item)),
});
const at = inBrowser({
  forgiven: /status of 422|api.orders/,
  async set() {
    const server = createServer((request, response) => response.end(published)).listen(0, '127.0.0.1');
    await new Promise((ready) => server.once('listening', ready));
    const vars = { ...BACK_OFFICE.vars, CATALOG_URL: `http://127.0.0.1:${server.address().port}/catalog.json` };
    const stage = await setStage({ ...BACK_OFFICE, vars });
    return { ...stage, stop: () => stage.stop().finally(() => (server.closeAllConnections(), server.close())) };
  },
});

const element = (attributes) => `<wechat-pay ${attributes}></wechat-pay>`;

async function enter(html) {
  await at.openContext();
  return WidgetPage.open(at.context, at.stage.worker.url, { html });
}

const state = (shop) => shop.widget.evaluate((element) => element.state);
const part = (shop, name) => shop.widget.locator(`[part~=${name}]`);

test('a price is shown before the button is pressed, and the goods in the language of the page', async () => {
  const shop = await enter(element(`sku="${GOODS.sku}" quantity="2" lang="zh-HK" show-price`));
  await until('the price is there', async () => (await part(shop, 'amount').innerText()).includes('176.00'));
  assert.equal(await part(shop, 'goods').innerText(), `${GOODS.name['zh-HK']} × 2`);
  assert.equal(await state(shop), 'idle');
  assert.deepEqual(shop.sent, [], 'nothing was ordered');
  const plain = await enter(element(`sku="${GOODS.sku}"`));
  assert.ok(!(await part(plain, 'bill').isVisible()), 'a page that does not ask for it shows no price');
});

test('what is sold out says so before it is pressed, and has no button', async () => {
  const shop = await enter(element(`sku="${OTHER_GOODS.sku}" show-price`));
  await until('it is sold out', async () => (await state(shop)) === 'sold_out');
  await shop.says('Sold out');
  assert.equal(await shop.widget.getAttribute('state'), 'sold_out');
  assert.ok(!(await part(shop, 'pay').isVisible()));
  assert.match(await part(shop, 'amount').innerText(), /\d/);
  await shop.widget.evaluate((element, sku) => (element.sku = sku), GOODS.sku);
  await until('other goods are for sale', async () => (await state(shop)) === 'idle' && (await part(shop, 'pay').isVisible()));
});

test('what was sold out meanwhile says so when it is pressed, and the event names it', async () => {
  const shop = await enter(element(`sku="${OTHER_GOODS.sku}"`));
  const told = shop.widget.evaluate((element) => new Promise((heard) => element.addEventListener('wechat-pay-error', ({ detail }) => heard(detail))));
  await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  assert.deepEqual(await told, { code: 'sold_out', message: `\`${OTHER_GOODS.sku}\` is sold out` });
  await shop.says('Sold out');
  assert.equal(await state(shop), 'sold_out');
});

test('the shopper’s words and language travel with the order, and come back to the merchant', async () => {
  const shop = await enter(element(`sku="${GOODS.sku}" lang="zh-HK"`));
  await shop.widget.evaluate((element) => (element.fields = { email: 'shopper@example.com' }));
  await shop.widget.evaluate((element) => element.start());
  const order = await until('there is an order', () => shop.order());
  assert.match(order.description, new RegExp(GOODS.name['zh-HK']));
  const { json } = await new BackOffice(at.stage.worker).history(order.id);
  assert.deepEqual([json.language, json.shopper], ['zh-HK', { email: 'shopper@example.com' }]);
  await shop.widget.evaluate((element) => (element.fields = { email: 'another@example.com' }));
  const second = await until('other words make another order', async () => {
    const next = await shop.order();
    return next && next.id !== order.id && next;
  });
  assert.deepEqual((await new BackOffice(at.stage.worker).history(second.id)).json.shopper, { email: 'another@example.com' });
});
