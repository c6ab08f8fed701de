// Several tabs of one shopper, in which one tab asks for all of them. Also the number of requests where sockets are blocked:
// during half an hour, and on a dead network that the device takes for a working one.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ENGINE } from '../support/page/browsers.mjs';
import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage } from '../support/page/widget-page.mjs';
import { until } from '../support/until.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';

/** The README's number. Blocked sockets count as requests. */
const MOST_IN_HALF_AN_HOUR = 68;
const WITHOUT_ANSWERS = 8;

const at = inBrowser({ set: setStageWithClock, forgiven: true });

/** Opens this many tabs in one browser, with a clock that the test moves. */
async function open(count, { sockets = true } = {}) {
  await at.openContext();
  await at.context.addInitScript(() => {
    const { fetch } = globalThis;
    globalThis.answers = [];
    globalThis.fetch = (...request) => {
      const answer = fetch(...request);
      if (/api/.test(request[0])) globalThis.answers.push(answer.then((each) => each.clone().text()).catch(() => {}));
      return answer;
    };
  });
  const tabs = [];
  for (let number = 0; number < count; number += 1) {
    tabs.push(
      await WidgetPage.open(at.context, at.stage.worker.url, {
        before: async (page, { sent }) => {
          // A refused socket is a request, too.
          if (!sockets) await page.routeWebSocket(/\/live$/, (socket) => void (sent.push('socket'), socket.close()));
          await page.clock.install();
        },
      }),
    );
  }
  return tabs;
}

/** Lets time pass in all tabs, which share a clock, until all know the answers to all requests. Returns each tab's requests. */
async function pass(tabs, ms) {
  await tabs[0].page.clock.runFor(ms);
  return heard(tabs);
}

async function heard(tabs) {
  const asked = await Promise.all(tabs.map((tab) => tab.page.evaluate(async () => (await Promise.all(globalThis.answers.splice(0))).length)));
  if (some(asked)) for (const tab of tabs) await tab.page.evaluate(() => fetch('/healthz', { cache: 'no-store' }).then((answer) => answer.text()));
  return asked;
}

const some = (asked) => asked.some((count) => count > 0);

test('of two tabs one asks for both: what it is told the other hears, and asks only a whole pause later', async () => {
  const tabs = await open(2, { sockets: false });
  const [first, second] = tabs;
  const order = await first.pay();
  assert.equal((await second.pay()).id, order.id);
  await first.page.clock.pauseAt(await first.page.evaluate(() => Date.now() + 1000));
  await heard(tabs);
  let alone = 0;
  for (let round = 0; round < 4; round += 1) {
    const asked = await until('one asks', async () => {
      const asked = await pass(tabs, 100);
      return some(asked) && asked;
    }, { everyMs: 0 });
    alone += Number(asked.includes(0));
    // The shortest pause is three seconds. A tab that did not hear the other's answer would be due within 0.6 seconds of it.
    assert.deepEqual(await pass(tabs, 2_800), [0, 0], `round ${round}, after ${asked}`);
  }
  assert.ok(alone >= 1, 'only by chance do both ask in the same moment');

  await second.hide(true); // so that the other tab asks next
  await at.stage.gateway.pay(order.code_url);
  const before = second.sent.length;
  await until('the first asks and is told', async () => {
    await pass(tabs, 1000);
    return (await first.state()) === 'paid';
  }, { everyMs: 0 });
  await second.says('Payment received');
  assert.deepEqual(second.sent.slice(before), []);
  for (const tab of tabs) assert.deepEqual(await tab.told(), ['ready', 'paid']);
});

// The session decides the pace and not the browser, so one engine is enough for these long tests.
const once = ENGINE === 'chromium' ? test : () => {};

once(`half an hour of asking costs at most ${MOST_IN_HALF_AN_HOUR} requests`, async (t) => {
  const [shop] = await open(1, { sockets: false });
  await shop.pay();
  // In steps shorter than the pauses, with time for the network between them.
  for (const [ms, leapMs] of [[60_000, 1_500], [4 * 60_000, 7_500], [24 * 60_000, 20_000]]) {
    for (let passed = 0; passed < ms; passed += leapMs) {
      await at.stage.goAhead(leapMs);
      await shop.page.clock.fastForward(leapMs);
      await heard([shop]);
    }
  }
  t.diagnostic(`half an hour of asking: ${shop.sent.length} requests`);
  assert.ok(shop.sent.length <= MOST_IN_HALF_AN_HOUR, `${shop.sent.length}: ${shop.sent.join(' ')}`);
  // This clock moves in steps, and a look that is due within a step comes at its end.
  assert.ok(shop.sent.length >= 45, 'it does not stop either');
  assert.equal(await shop.state(), 'showing');
});

test(`on a network that is dead without the device knowing, the shopper is told within five seconds, and three minutes cost at most ${WITHOUT_ANSWERS} requests`, async () => {
  const [shop] = await open(1, { sockets: false });
  const order = await shop.pay();
  await shop.page.route('**/api/orders/*', (route) => route.abort());
  await shop.pass(5_000);
  await shop.says('The connection is unsteady. We keep trying.');
  await shop.pass(175_000, 5_000);
  assert.equal(shop.sent.filter((what) => what !== 'socket').length, WITHOUT_ANSWERS, shop.sent.join(' '));
  assert.equal(await shop.canvas.isVisible(), true, 'the code can still be paid');
  await shop.page.unroute('**/api/orders/*');
  await at.stage.gateway.pay(order.code_url);
  await shop.pass(75_000, 5_000);
  await shop.says('Payment received');
});

test('two tabs whose code has expired, each asked for a new one, show the same new order', async () => {
  const [first, second] = await open(2);
  const old = await first.pay();
  assert.equal((await second.pay()).id, old.id);
  await at.context.route(`**/api/orders/${old.id}`, async (route) => {
    const response = await route.fetch();
    const { code_url, code, ...view } = await response.json();
    await route.fulfill({ response, json: { ...view, status: 'expired', version: view.version + 1 } });
  });
  await first.widget.getByRole('button', { name: 'I have paid' }).click();
  for (const tab of [first, second]) await tab.says('This code has expired');
  const orders = [];
  for (const tab of [first, second]) {
    await tab.widget.getByRole('button', { name: 'Get a new code' }).click();
    orders.push(await tab.showing());
  }
  assert.notEqual(orders[0].id, old.id);
  assert.equal(orders[1].id, orders[0].id);
  for (const tab of [first, second]) {
    await tab.canvas.waitFor();
    assert.equal(await tab.code(), orders[0].code_url);
  }
  await at.stage.gateway.pay(orders[0].code_url);
  for (const tab of [first, second]) await tab.says('Payment received');
});
