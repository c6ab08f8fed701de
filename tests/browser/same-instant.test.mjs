// What a person does in the same instant: presses in two tabs, or cancels and reloads. There is one order, and the page shows
// its true state.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage } from '../support/page/widget-page.mjs';
import { until } from '../support/until.mjs';

/** Often enough to see a race. */
const TIMES = 20;

const at = inBrowser({ forgiven: true });

/** Presses pay at this time of the clock that the tabs share. */
const pressAt = (tab, time) =>
  tab.widget.evaluate((element, time) => {
    while (Date.now() < time);
    element.shadowRoot.querySelector('[part~="pay"]').click();
  }, time);

test(`two tabs that press in the same instant make one order, ${TIMES} times`, async () => {
  const pairs = [];
  for (let time = 0; time < TIMES; time += 1) {
    await at.openContext();
    const tabs = await Promise.all([WidgetPage.open(at.context, at.stage.worker.url), WidgetPage.open(at.context, at.stage.worker.url)]);
    for (const tab of tabs) await tab.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).waitFor();
    const instant = Date.now() + 150;
    await Promise.all(tabs.map((tab) => pressAt(tab, instant)));
    const orders = await Promise.all(tabs.map((tab) => tab.showing()));
    pairs.push(orders.map(({ id }) => id));
    await at.context.close();
  }
  assert.deepEqual(pairs.filter(([one, other]) => one !== other), []);
  assert.equal(new Set(pairs.flat()).size, TIMES);
});

test('two tabs that press again in the same instant after their order was cancelled make one order', async () => {
  await at.openContext();
  const tabs = await Promise.all([WidgetPage.open(at.context, at.stage.worker.url), WidgetPage.open(at.context, at.stage.worker.url)]);
  const first = await tabs[0].pay();
  assert.equal((await tabs[1].pay()).id, first.id);
  await tabs[0].widget.evaluate((element) => element.cancel());
  for (const tab of tabs) await until('both know that it is cancelled', async () => (await tab.state()) === 'cancelled');
  const instant = Date.now() + 150;
  await Promise.all(tabs.map((tab) => pressAt(tab, instant)));
  const [one, other] = await Promise.all(tabs.map((tab) => tab.showing()));
  assert.equal(one.id, other.id);
  assert.notEqual(one.id, first.id);
});

/** Reloads, presses pay, and waits for a code. */
async function again(shop) {
  await shop.page.reload();
  await shop.page.waitForFunction(() => customElements.get('wechat-pay'));
  return shop.pay();
}

for (const waitsMs of [0, 5, 20, 100, 400, 900]) {
  test(`a reload ${waitsMs} ms after a cancel and a new press show an order that can be paid, and the payment is seen`, async () => {
    await at.openContext();
    const shop = await WidgetPage.open(at.context, at.stage.worker.url);
    const { id } = await shop.pay();
    await shop.widget.evaluate((element) => void element.cancel());
    await shop.page.waitForTimeout(waitsMs);
    const order = await again(shop);
    const told = await at.stage.shop.look({ id, token: await tokenOf(shop, id) });
    // If the cancel has arrived, this is another order. If it was lost with the page, it is the same order, which lives on.
    if (order.id === id) assert.equal(told.json?.status ?? 'awaiting_payment', 'awaiting_payment');
    await at.stage.gateway.pay(await shop.code());
    await shop.says('Payment received');
    assert.equal((await shop.order()).id, order.id);
  });
}

/** The order's token. The page does not show it, so the test places the order again under the same key. */
async function tokenOf(shop, id) {
  const entries = await shop.page.evaluate(() => Object.values(JSON.parse(localStorage.getItem('wechat-pay') ?? '{}')));
  for (const { key, goods } of entries) {
    const { json } = await at.stage.shop.place(goods, { key });
    if (json.order?.id === id) return json.token;
  }
  return undefined;
}

test('paid in the moment of giving up, the page says after a reload that it is paid', async () => {
  await at.openContext();
  const shop = await WidgetPage.open(at.context, at.stage.worker.url);
  const { id } = await shop.pay();
  await at.stage.gateway.notifications(false);
  try {
    await at.stage.gateway.pay(await shop.code());
    await shop.widget.evaluate((element) => void element.cancel());
    await shop.page.reload();
    await shop.page.waitForFunction(() => customElements.get('wechat-pay'));
    await shop.widget.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
    // A second order would be a second payment. The payment is found although no notification has come.
    await shop.says('Payment received');
    assert.equal((await shop.order()).id, id);
  } finally {
    await at.stage.gateway.notifications(true);
  }
});
