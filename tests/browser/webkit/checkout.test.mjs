// The whole payment in WebKit: the demo shop, the Worker in workerd, the simulator and its phone page. The QR code is read
// back by a decoder that is not ours.

import assert from 'node:assert/strict';

import { startSimulator } from '../../support/gateway/simulator.mjs';
import { GOODS } from '../../support/shop/catalog.mjs';
import { until } from '../../support/until.mjs';
import { inWebKit, test } from '../../support/webkit/webkit.mjs';

const at = inWebKit({ start: startSimulator });

test('from the goods to the thanks: order, scan, password, and the shop says so without a reload', async () => {
  const shop = await at.openTab('/');
  await shop.press(`Add: ${GOODS.name.en}`);
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url, 'the canvas’s pixels are the order’s code');
  assert.equal(await shop.codeOnScreen(), order.code_url, 'and so is a picture of the window');
  const [known] = await at.stage.gateway.orders();
  assert.deepEqual([known.out_trade_no, known.amount.minor], [order.id, GOODS.amount_minor]);
  await shop.run(() => (globalThis.notReloaded = true));

  const phone = await at.opened(() => shop.press('Open the simulated phone'));
  await phone.press('Pay now');
  for (const digit of '135790') await phone.press(digit);
  await phone.says('Payment successful');

  await shop.says('Payment received');
  await shop.says(order.id);
  assert.equal(await shop.run(() => globalThis.notReloaded), true);
  assert.deepEqual(await shop.told(), ['ready', 'paid']);
  assert.equal(await shop.run(() => document.querySelector('wechat-pay').shadowRoot.querySelector('canvas').checkVisibility()), false, 'a paid code is not shown');
});

test('when no notification comes, the shop still says thanks: a query finds the payment', async () => {
  await at.stage.gateway.notifications(false);
  try {
    const shop = await at.openTab('/');
    await shop.press(`Add: ${GOODS.name.en}`);
    const order = await shop.pay();
    await at.stage.gateway.pay(order.code_url);
    await shop.says('Payment received');
    await until('a query', async () => (await at.stage.gateway.queriesOf(order.id)) >= 1);
  } finally {
    await at.stage.gateway.notifications(true);
  }
});
