// A merchant's page has another origin than the Worker, and scripts and styles of other people. Each test is one sentence that
// must be true there. `hostile-shop.test.mjs` plays many more kinds of such pages.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { allOrNone } from '../support/all-or-none.mjs';
import { openBrowser, openWithoutCookies } from '../support/page/browsers.mjs';
import { startHostileShop } from '../support/page/hostile-shop.mjs';
import { otherLooks } from '../support/page/hostile/looks.mjs';
import { play, several } from '../support/page/hostile/play.mjs';
import { setStage } from '../support/stage.mjs';

/** Three tries take about seven seconds, and a machine may be busy. */
const SOON_MS = 15_000;

/** About a minute of pauses by the page's clock, and ten seconds for each try that nobody answers. */
const TRIES = [6, 7];
const PAUSES_MS = [20_000, 90_000];
const WAITED_MS = { silent: 70_000 };

let stage;
let browser;
let shop;
let plain;
before(async () => {
  [stage, browser] = await allOrNone([setStage(), openBrowser()]);
  shop = await startHostileShop(stage);
  plain = await play(browser, shop, []);
});
after(async () => {
  await shop?.stop();
  await browser?.close();
  await stage?.stop();
});

/** Each set of switches is played on its own page. All pages are paid by the code that they show. */
async function paid(...sets) {
  const runs = await several(sets, 3, (names) => play(browser, shop, names));
  const wrong = runs.filter(({ faults }) => faults.length).map(({ names, faults, account }) => `${names}: ${faults.join('\n')}\n${account}`);
  if (wrong.length) assert.fail(wrong.join('\n\n'));
  return runs;
}

const when = (run, word) => Number(run.told.find((line) => line.word === word)?.ms);

describe('tracers', () => {
  for (const [route, method] of [
    ['/api/orders', 'POST'],
    ['/api/orders/H123', 'GET'],
    ['/api/orders/H123', 'POST'],
    ['/api/orders/H123/cancel', 'POST'],
    ['/widget/wechat-pay_bg.wasm', 'GET'],
    ['/widget/wechat-pay.en.json', 'GET'],
  ]) {
    test(`a page of any origin may ask ${method} ${route} with any header`, async () => {
      const asked = ['authorization', 'baggage', 'content-type', 'idempotency-key', 'sentry-trace', 'traceparent', 'x-of-the-shop'];
      const answer = await fetch(`${stage.worker.url}${route}`, {
        method: 'OPTIONS',
        headers: { origin: 'https://shop.example', 'access-control-request-method': method, 'access-control-request-headers': asked.join(',') },
      });
      assert.equal(answer.ok, true, String(answer.status));
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      const allowed = (answer.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/\s*,\s*/);
      // The star means every header except `Authorization`.
      const may = (name) => allowed.includes(name) || (allowed.includes('*') && name !== 'authorization');
      assert.deepEqual(asked.filter((name) => !may(name)), []);
    });
  }

  test('a tracer that adds headers to every request, to the orders alone, or to files alone, costs no payment', async () => {
    await paid(['traced-all'], ['traced-api'], ['traced-static'], ['fetch-polyfill-traced']);
  });
});

describe('a device that says it is offline, and is not', () => {
  test('orders, shows the code and sees the payment; the shopper is told what the device says', async () => {
    const runs = await paid(['online-false'], ['online-false-while-placing'], ['online-false-from-the-code', 'paid-after-a-while'], ['online-false', 'socket-throws']);
    const [, , after_] = runs;
    assert.match(after_.account, /You are offline/);
  });

  test('keeps the promise of retry()', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${shop.places.shop}/shop?with=online-false,held`);
    const state = await page.evaluate(async () => {
      const late = new Promise((resolve) => setTimeout(resolve, 15_000, 'never kept'));
      await customElements.whenDefined('wechat-pay');
      return Promise.race([document.querySelector('wechat-pay').retry(), late]);
    });
    assert.equal(state, 'showing');
    await context.close();
  });
});

describe('a browser without cookies', () => {
  test('by its own setting: what it forbids is done without, and the payment is seen', async () => {
    const { context, close } = await openWithoutCookies({ javaScriptEnabled: true });
    try {
      const page = await context.newPage();
      const run = shop.begin([]);
      await page.goto(run.url, { waitUntil: 'commit' });
      const { outcome, faults, account } = await run.over;
      assert.deepEqual([outcome, ...faults], ['paid'], account);
    } finally {
      await close();
    }
  });

  test('and with channels, storage and locks that throw, are null, or are missing', async () => {
    await paid(['channel-throws'], ['channel-missing'], ['all-storage-throws'], ['local-storage-null', 'locks-never-answer'], ['local-storage-full', 'locks-throw']);
  });

  test('and with rubbish under our own key', async () => {
    await paid(
      ['local-storage-holds-a-null-entry'],
      ['local-storage-holds-a-list-of-null'],
      ['local-storage-holds-a-text'],
      ['local-storage-holds-my-cart-as-null'],
      ['local-storage-holds-my-cart-with-a-short-key'],
      ['local-storage-holds-my-cart-of-the-future'],
    );
  });
});

test('what throws in starting ends in an event, and nobody waits', async () => {
  for (const names of [['random-throws'], ['resize-observer-throws']]) {
    const { faults, account } = await play(browser, shop, names);
    assert.deepEqual(faults, [], account);
  }
});

describe('the element looks the same', () => {
  const same = async (...sets) => {
    for (const run of await paid(...sets)) assert.deepEqual(otherLooks(plain, run), [], run.names.join());
  };

  test('where a framework morphs the page and takes the attribute state away', () =>
    same(['idiomorph-at-each-state'], ['morphdom-at-each-state'], ['idiomorph-at-random'], ['morphdom-at-random'], ['attributes-removed']));

  test('whatever the size of the page’s root', () => same(['rem-50'], ['rem-62'], ['rem-200'], ['rem-of-the-window']));

  test('whatever the styles of text that it would inherit', () =>
    same(['letter-spacing'], ['uppercase'], ['no-wrap'], ['preformatted'], ['text-indent'], ['line-height'], ['text-align-right'], ['right-to-left']));

  test('after it was in another document', () => same(['adopted-while-placing'], ['moved-into-a-frame-and-back', 'paid-after-a-while']));
});

test('prototypes that old libraries have changed refuse no order', async () => {
  await paid(['array-to-json'], ['object-to-json'], ['string-to-json'], ['enumerable-on-object', 'enumerable-on-array']);
});

test('a service worker that answers from its cache first hides no payment, though no socket opens', async () => {
  await paid(['cache-first-without-sockets'], ['cache-first-ignoring-search-without-sockets']);
});

describe('an endpoint that is wrong', { concurrency: 5 }, () => {
  /** The keys of the orders that this wrong server was asked for. */
  const keysAt = (name) => shop.tries.filter((each) => each.name === name).map(({ key }) => key);

  for (const [kind, name, says] of [
    ['html', 'html', 'HTML'],
    ['redirect', 'redirect', 'redirect'],
    ['without-cors', 'no-cors', 'CORS'],
    ['404-html', '404', '404'],
    ['403-html', '403', '403'],
  ]) {
    test(`${kind}: three tries, then the event and the console say ${says} and the address`, async () => {
      const run = await play(browser, shop, [`endpoint-${kind}`]);
      assert.deepEqual([run.outcome, ...run.faults], ['shop_misconfigured'], run.account);
      const took = when(run, 'wechat-pay-error') - when(run, 'pressed');
      assert.ok(took < SOON_MS, `${took} ms`);
      const { message } = run.ending;
      assert.match(message, new RegExp(says, 'i'));
      assert.match(message, /localhost:|127\.0\.0\.1:/, 'the address');
      const consoles = run.told.filter(({ word, what }) => word === 'console' && what.includes('/wrong/'));
      assert.equal(consoles.length, 1, run.account);
      const keys = keysAt(name);
      // If the preflight is refused, no order arrives.
      assert.deepEqual([keys.length, new Set(keys).size], kind === 'without-cors' ? [0, 0] : [3, 1], 'each try is the same order');
    });
  }

  for (const [kind, name] of [
    ['refused'],
    ['silent', 'silent'],
    ['503-of-our-kind', 'own-503'],
    ['429-of-our-kind', 'own-429'],
  ]) {
    test(`${kind}: about a minute, then the event says that nothing can be had`, async () => {
      const run = await play(browser, shop, [`endpoint-${kind}`]);
      assert.deepEqual([run.outcome, ...run.faults], ['unavailable'], run.account);
      const keys = keysAt(name);
      if (name) assert.deepEqual([TRIES.includes(keys.length), new Set(keys).size], [true, 1], `${keys.length} tries`);
      const took = (when(run, 'wechat-pay-error') - when(run, 'pressed')) * run.expected.hurry;
      const [least, most] = PAUSES_MS;
      assert.ok(took > least && took < most + (WAITED_MS[kind] ?? 0), `${took} ms`);
    });
  }
});

test('a browser without constructable style sheets shows the shop’s own children', async () => {
  const { outcome, faults, account } = await play(browser, shop, ['sheets-not-constructable']);
  assert.deepEqual([outcome, ...faults], ['children'], account);
});
