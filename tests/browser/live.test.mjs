// The live view in real browsers. A payment is on the screen as soon as the Worker knows it, and that takes hardly any
// request. Without sockets the page polls. The README says how many requests each way takes, and the session's own stories
// (`crates/widget/src/session/tests`) test it, too.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ENGINE } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage } from '../support/page/widget-page.mjs';
import { until } from '../support/until.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';

const PAYMENTS = ENGINE === 'chromium' ? 12 : 4;

const at = inBrowser({ set: setStageWithClock });

async function enter(before) {
  await at.openContext();
  return WidgetPage.open(at.context, at.stage.worker.url, { before });
}

const blocked = (page) => page.routeWebSocket(/\/live$/, (socket) => socket.close());

test('paid is on the screen before the notification’s acknowledgement is back at WeChat, pushed and not asked for', async (t) => {
  const shop = await enter();
  await shop.page.evaluate(() => {
    document.addEventListener('wechat-pay-paid', () =>
      requestAnimationFrame(() => (globalThis.paintedAt = performance.timeOrigin + performance.now())),
    );
  });
  const delays = [];
  for (let payment = 0; payment < PAYMENTS; payment += 1) {
    shop.pushes = 0;
    await shop.widget.evaluate((element) => element.start());
    await shop.live();
    const { code_url } = await shop.order();
    await shop.page.evaluate(() => (globalThis.paintedAt = undefined));
    await at.stage.gateway.pay(code_url);
    const acknowledgedAt = performance.timeOrigin + performance.now();
    await until('paid is painted', () => shop.page.evaluate(() => globalThis.paintedAt), { everyMs: 5 });
    delays.push((await shop.page.evaluate(() => globalThis.paintedAt)) - acknowledgedAt);
    assert.equal(await shop.state(), 'paid');
  }
  delays.sort((a, b) => a - b);
  const median = delays[PAYMENTS / 2];
  t.diagnostic(`from acknowledgement to screen: median ${median.toFixed(1)} ms, most ${delays.at(-1).toFixed(1)} ms`);
  assert.deepEqual(new Set(shop.sent), new Set(['place', 'socket']), 'nothing was asked for');
  assert.ok(median < 0, `${median} ms`);
});

test('a waiting minute costs two requests, an abandoned half hour seven', async () => {
  const shop = await enter((page) => page.clock.install());
  await shop.pay();
  await shop.live();
  await shop.pass(60_000, 3000);
  assert.deepEqual(shop.sent, ['place', 'socket']);
  if (ENGINE !== 'chromium') return; // in the other engine the pongs come too late for a moved clock
  await shop.pass(29 * 60_000, 9_000);
  assert.deepEqual(shop.sent, ['place', 'socket', ...Array(5).fill('look')]);
  assert.equal(await shop.state(), 'showing');
});

test('where sockets are blocked the page asks, fourteen times in a minute at most, and sees the payment', async () => {
  const shop = await enter(async (page) => {
    await page.clock.install();
    await blocked(page);
  });
  const order = await shop.pay();
  await shop.pass(60_000, 1000, at.stage.goAhead);
  // An answer comes with the next second of this clock, so up to two requests fewer fit in than on a quick network.
  assert.ok([11, 12, 13, 14].includes(shop.sent.length), shop.sent.join(' '));
  await at.stage.gateway.pay(order.code_url);
  await shop.pass(8_000);
  await shop.says('Payment received');
  assert.deepEqual(await shop.told(), ['ready', 'paid']);
});

test('a socket that breaks is replaced, and what it missed is asked for', async () => {
  const sockets = [];
  const shop = await enter((page) =>
    page.routeWebSocket(/\/live$/, (socket) => {
      sockets.push(socket);
      socket.connectToServer();
    }),
  );
  await shop.pay();
  await until('the socket is open', () => sockets.length === 1);
  await until('the widget is live', () => shop.widget.evaluate((element) => element.order !== null));
  await sockets[0].close();
  await until('another socket', () => sockets.length === 2);
  const { code_url } = await shop.order();
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
});

test('a policy that forbids sockets costs nothing but requests', async () => {
  await at.openContext();
  // A policy cannot forbid only the socket of the same origin, so the test makes the constructor throw.
  const shop = await WidgetPage.open(at.context, at.stage.worker.url, {
    before: (page) =>
      page.addInitScript(() => {
        globalThis.WebSocket = class {
          constructor() {
            throw new DOMException('forbidden', 'SecurityError');
          }
        };
      }),
  });
  const { code_url } = await shop.pay();
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
  assert.ok(shop.sent.includes('look'));
});

test('once all is over nothing is left open: no socket, no request', async () => {
  const shop = await enter();
  const { code_url } = await shop.pay();
  await shop.live();
  assert.equal(shop.sockets, 1);
  await at.stage.gateway.pay(code_url);
  await shop.says('Payment received');
  await until('the socket is closed', () => shop.sockets === 0);
  const sent = shop.sent.length;
  await shop.page.evaluate(() => new Promise((tick) => requestAnimationFrame(() => requestAnimationFrame(tick))));
  assert.equal(shop.sent.length, sent);
});
