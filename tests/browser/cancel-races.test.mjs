// The shopper or the page changes its mind while a request is in flight: cancels, removes the element, sells something else,
// presses again in another tab. There are never two orders that can be paid, and every promise of the element settles.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage } from '../support/page/widget-page.mjs';
import { OTHER_GOODS } from '../support/shop/catalog.mjs';
import { OFFER_KEY, anOffer } from '../support/shop/offer.mjs';
import { until } from '../support/until.mjs';

const at = inBrowser({ stage: { vars: { OFFER_KEY } } });

async function enter(options) {
  await at.openContext();
  return WidgetPage.open(at.context, at.stage.worker.url, options);
}

const offerUntil = (time) => anOffer({ sku: 'vase', name: 'A vase', amount: 12_300, currency: 'HKD' }, time);

test('an offer that was signed anew is the same goods: its page goes on with the same order', async () => {
  const shop = await enter({ html: `<wechat-pay offer="${await offerUntil('1h')}"></wechat-pay>` });
  const { id, code_url } = await shop.pay();
  await shop.widget.evaluate((element, offer) => (element.offer = offer), await offerUntil('2h'));
  await until('the order is there again', async () => (await shop.order())?.id === id && (await shop.state()) === 'showing');
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
});

test('given up and then told to sell something else, the element lets the Worker hear of the first before the second', async () => {
  const shop = await enter();
  const cancelled = shop.page.waitForRequest((request) => request.url().endsWith('/cancel'));
  await shop.pay();
  const reached = await shop.widget.evaluate(async (element, sku) => {
    const over = element.cancel();
    element.sku = sku;
    return over;
  }, OTHER_GOODS.sku);
  assert.equal(reached, 'cancelled');
  await until('the element is at rest', async () => (await shop.state()) === 'idle');
  assert.equal((await shop.pay()).description.includes(OTHER_GOODS.name.en), true);
  await cancelled; // the outcome came from the Worker
});

test('put back with other goods, the element shows nothing of what was paid before', async () => {
  const shop = await enter();
  const { code_url } = await shop.pay();
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
  await shop.widget.evaluate((element, sku) => {
    const { parentNode } = element;
    element.remove();
    element.sku = sku;
    parentNode.append(element);
  }, OTHER_GOODS.sku);
  assert.deepEqual([await shop.state(), await shop.order()], ['idle', null]);
  await shop.pay();
});

test('an element that is not on the page orders nothing and keeps its promises', async () => {
  const shop = await enter();
  await shop.pay();
  const sent = shop.sent.length;
  const reached = await shop.widget.evaluate(async (element) => {
    element.remove();
    return [await element.start(), await element.cancel()];
  });
  assert.equal(reached.length, 2);
  assert.deepEqual(shop.sent.slice(sent), []);
  assert.deepEqual(await shop.told(), ['ready']);
});

test('a listener that starts again does not keep cancel() from its promise', async () => {
  const shop = await enter();
  await shop.pay();
  const reached = await shop.widget.evaluate((element) => {
    element.addEventListener('wechat-pay-cancelled', () => element.start(), { once: true });
    return element.cancel();
  });
  assert.equal(reached, 'cancelled');
  await until('there is another code', async () => (await shop.told()).join(' ') === 'ready cancelled ready');
});

test('a tab that hears late of a failed order leaves the key alone that another tab has made since', async () => {
  const shop = await enter();
  await shop.pay();
  const stored = () => shop.page.evaluate(() => localStorage.getItem('wechat-pay'));
  await shop.page.evaluate(() => {
    const keys = JSON.parse(localStorage.getItem('wechat-pay'));
    for (const known of Object.values(keys)) known.key = 'of-another-tab-0000000';
    localStorage.setItem('wechat-pay', JSON.stringify(keys));
  });
  const before = await stored();
  await shop.page.route('**/api/orders/*', async (route) => {
    const answer = await route.fetch();
    const { code_url: _code, ...view } = await answer.json();
    await route.fulfill({ response: answer, json: { ...view, status: 'failed', failure: 'refused', version: view.version + 1 } });
  });
  await shop.widget.evaluate((element) => element.start());
  await until('it failed', async () => (await shop.state()) === 'failed');
  assert.equal(await stored(), before);
});
