// The element's life on its page in WebKit: reloaded, opened twice, left and returned to.

import assert from 'node:assert/strict';

import { inWebKit, test } from '../../support/webkit/webkit.mjs';

const at = inWebKit();

const ELSEWHERE = { headers: { 'content-type': 'text/html' }, body: '<!doctype html><html><title>Elsewhere</title><link rel="icon" href="/img/favicon.svg">' };

test('a reload finds the same order and code, and a later one that it is paid', async () => {
  const shop = await at.open();
  const order = await shop.pay();
  await shop.reload();
  const again = await shop.pay();
  assert.equal(again.id, order.id);
  assert.equal(await shop.code(), order.code_url);
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
  await shop.reload();
  await shop.press('Pay with WeChat Pay');
  await shop.says('Payment received');
  assert.equal((await shop.order()).id, order.id);
});

test('a second tab shows the same order, and both are paid at once', async () => {
  const first = await at.open();
  const order = await first.pay();
  const second = await at.open();
  assert.equal((await second.pay()).id, order.id);
  assert.equal(await second.code(), order.code_url);
  await at.stage.gateway.pay(order.code_url);
  for (const tab of [first, second]) await tab.says('Payment received');
});

test('a tab that nobody looks at is paid as soon as the one in front of it', async () => {
  const shown = await at.open();
  const order = await shown.pay();
  const hidden = await at.open({ hidden: true });
  assert.equal(await hidden.run(() => document.visibilityState), 'hidden');
  await hidden.run(() => void document.querySelector('wechat-pay').start());
  await hidden.showing();
  await at.stage.gateway.pay(order.code_url);
  for (const tab of [shown, hidden]) await tab.says('Payment received');
});

test('left and returned to by the back button, the page comes out of the cache and sees what was paid meanwhile', async () => {
  at.proxy.answer(/^\/elsewhere$/, () => ELSEWHERE);
  const shop = await at.open({
    first: () => addEventListener('pageshow', ({ persisted }) => fetch(`/of-the-test/tells/${persisted ? 'from-the-cache' : location.pathname.slice(1)}`)),
    isDefined: false,
    pageLoadStrategy: 'none', // a page from the cache has no load to wait for
  });
  await at.proxy.hears('page-of-a-test');
  const order = await shop.pay();
  await shop.go('/elsewhere');
  await at.proxy.hears('elsewhere');
  await at.stage.gateway.pay(order.code_url);
  await shop.back();
  await at.proxy.hears('from-the-cache');
  await shop.says('Payment received');
  assert.equal((await shop.order()).id, order.id);
});
