// `/checkout`: ordering and paying without any script. In every case a person gets a page in their own language. Nothing is
// ordered if the browser could not show it afterwards.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { notification, timeText } from '../support/gateway/notification.mjs';
import { GOODS, OTHER_GOODS } from '../support/shop/catalog.mjs';
import { OFFER_KEY, anOffer } from '../support/shop/offer.mjs';
import { PlainBrowser, readable } from '../support/shop/plain-browser.mjs';
import { onStage, setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

const TEA = { sku: GOODS.sku, quantity: '1' };
const POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const stage = onStage({ vars: { OFFER_KEY } });

const browser = (options) => new PlainBrowser(stage.worker, options);

/** The page's order at the gateway. */
const orderOf = ({ path }) => stage.gateway.ledger.orders.get(path.split('/')[2]);

/** Orders by a form and waits for the code: `{ page, shopper, order }`. */
async function payable(fields = TEA, shopper = browser()) {
  const { path } = await shopper.submit(fields);
  const page = await until('the page shows a code', async () => {
    const seen = await shopper.open(path);
    return seen.text.includes('<svg') && seen;
  });
  return { page, shopper, order: orderOf(page) };
}

/** The answer is a page for people: HTML under the strict policy, without technical words. */
function assertPage(answer, status, said) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8', answer.text);
  assert.equal(answer.headers.get('content-security-policy'), POLICY);
  assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const text = readable(answer.text);
  for (const word of [].concat(said)) assert.ok(text.includes(word), `${word} in: ${text}`);
  assert.doesNotMatch(answer.text, /<script|style=|problem|json|sku|token|\bJWS\b|Worker/i);
}

/** The same for a form from which no order was made. The page also has a link back to the shop. */
function assertRefused(answer, status, said) {
  assertPage(answer, status, said);
  assert.match(answer.text, /<a href="\/">/);
}

/** Runs `play` and checks that the gateway heard of no new order. */
async function orderingNothing(play) {
  const before = (await stage.gateway.orderNumbersSeen()).length;
  const result = await play();
  assert.equal((await stage.gateway.orderNumbersSeen()).length, before, 'nothing was ordered');
  return result;
}

describe('one press', () => {
  test('leads to the order’s page; its cookie is for that page alone, and no address holds its secret', async () => {
    const { page, shopper, order } = await payable();
    assert.equal(order.terms.total_fee, String(GOODS.amount_minor));
    assertPage(page, 200, ['Scan with WeChat to pay', 'HKD 88.00', 'Cancel']);
    const [cookie, ...others] = shopper.cookies;
    assert.deepEqual(others, []);
    assert.equal(cookie.path, page.path);
    assert.deepEqual(cookie.attributes.slice(1), ['Max-Age=10800', 'HttpOnly', 'SameSite=Lax'], 'and Secure on https');
    assert.match(cookie.value, /^[\w-]{32}$/, 'what was to be ordered is gone from it');
    for (const address of shopper.opened) assert.ok(!address.includes(cookie.value), address);
  });

  test('on https sets a cookie that travels on https alone, at each of its two steps', async () => {
    const ask = async (path, init) => {
      const answer = await stage.worker.miniflare.dispatchFetch(`https://pay.example.com${path}`, { redirect: 'manual', ...init });
      const [set, ...others] = answer.headers.getSetCookie();
      assert.deepEqual([answer.status, others], [303, []]);
      return { location: answer.headers.get('location'), cookie: set.split('; ')[0], attributes: set.split('; ').slice(1) };
    };
    const pressed = await ask('/checkout', { method: 'POST', body: new URLSearchParams(TEA) });
    const placed = await ask(pressed.location, { headers: { cookie: pressed.cookie } });
    for (const { attributes } of [pressed, placed]) {
      assert.deepEqual(attributes, [`Path=${placed.location}`, 'Max-Age=10800', 'HttpOnly', 'SameSite=Lax', 'Secure']);
    }
  });

  test('orders by an offer, too', async () => {
    const offer = await anOffer({ sku: 'pot', name: 'A pot', amount: 500, currency: 'HKD', max_quantity: 5 });
    const { order } = await payable({ offer, quantity: '3' });
    assert.equal(order.terms.total_fee, '1500');
  });

  test('orders one when no quantity is named, and forgives spaces around a number', async () => {
    assert.equal((await payable({ sku: GOODS.sku })).order.terms.total_fee, String(GOODS.amount_minor));
    assert.equal((await payable({ sku: GOODS.sku, quantity: ' 2 ' })).order.terms.total_fee, String(2 * GOODS.amount_minor));
  });

  test('alone orders nothing: a press that the browser does not follow becomes no order', async () => {
    const shopper = browser();
    await orderingNothing(async () => {
      for (let press = 0; press < 3; press += 1) await shopper.submit(TEA, { follow: false });
    });
    const before = (await stage.gateway.orderNumbersSeen()).length;
    await payable(TEA, shopper);
    assert.equal((await stage.gateway.orderNumbersSeen()).length, before + 1);
  });

  test('is followed twice, or eight times at once, and there is one order', async () => {
    const shopper = browser();
    const { location } = await shopper.submit(TEA, { follow: false });
    const tabs = Array.from({ length: 8 }, () => shopper.copy());
    const pages = await Promise.all(tabs.map((tab) => tab.open(location)));
    assert.deepEqual([...new Set(pages.map(({ path }) => path))], [location.replace('/start', '')]);
    const later = await tabs[0].open(location);
    assertPage(later, 200, 'HKD 88.00');
    const id = location.split('/')[2];
    assert.equal((await stage.gateway.orderNumbersSeen()).filter((number) => number === id).length, 1);
  });

  test('in two tabs makes two orders that know nothing of each other', async () => {
    const shopper = browser();
    const [first, second] = [await payable(TEA, shopper), await payable({ sku: OTHER_GOODS.sku }, shopper)];
    assert.notEqual(first.page.path, second.page.path);
    await stage.gateway.pay(first.order.codeUrl);
    assertPage(await shopper.open(first.page.path), 200, 'Payment received');
    assertPage(await shopper.open(second.page.path), 200, 'Scan with WeChat to pay');
  });
});

describe('a browser that keeps no cookies', () => {
  test('is asked for them before anything is ordered', async () => {
    const answer = await orderingNothing(() => browser({ keepsCookies: false }).submit(TEA));
    assertRefused(answer, 403, ['Please allow cookies', 'Nothing has been ordered, and you were not charged.', 'go back to the shop']);
  });

  test('and is then told to keep them, orders', async () => {
    const shopper = browser({ keepsCookies: false });
    await shopper.submit(TEA);
    shopper.keepsCookies = true;
    await payable(TEA, shopper);
  });
});

describe('what cannot be ordered is refused on a page, before anything is ordered:', () => {
  const old = () => anOffer({ sku: 'pot', name: 'A pot', amount: 500, currency: 'HKD' }, '-1h');
  const genuine = () => anOffer({ sku: 'pot', name: 'A pot', amount: 500, currency: 'HKD' });
  const refusals = {
    'none of it': [{ ...TEA, quantity: '0' }, 422, 'This quantity cannot be ordered'],
    'more than there may be': [{ ...TEA, quantity: String(GOODS.max_quantity + 1) }, 422, 'choose another quantity'],
    'a quantity that is no number': [{ ...TEA, quantity: 'two' }, 422, 'This quantity cannot be ordered'],
    'a quantity that is left empty': [{ ...TEA, quantity: '' }, 422, 'This quantity cannot be ordered'],
    'a quantity beyond all bounds': [{ ...TEA, quantity: '99999999999' }, 422, 'This quantity cannot be ordered'],
    'goods that the shop does not sell': [{ sku: 'sold-out' }, 422, 'This item is not for sale'],
    'goods with a name like no goods': [{ sku: '"><script>' }, 422, 'This item is not for sale'],
    'an offer of yesterday': [async () => ({ offer: await old() }), 422, 'This price is no longer valid'],
    'an offer that somebody changed': [async () => ({ offer: (await genuine()).slice(0, -4) }), 422, 'The shop’s page has a mistake'],
    'more than the offer has': [async () => ({ offer: await genuine(), quantity: '2' }), 422, 'This quantity cannot be ordered'],
    'goods and an offer at once': [async () => ({ ...TEA, offer: await genuine() }), 400, 'Please tell the shop'],
    'an empty form': [{}, 400, 'The shop’s page has a mistake'],
    'a form without end': [{ ...TEA, note: 'x'.repeat(9000) }, 413, 'The shop’s page has a mistake'],
  };
  for (const [what, [fields, status, said]] of Object.entries(refusals)) {
    test(what, async () => {
      const form = typeof fields === 'function' ? await fields() : fields;
      const answer = await orderingNothing(() => browser().submit(form));
      assertRefused(answer, status, [said, 'Nothing has been ordered, and you were not charged.']);
    });
  }

  test('what is refused only at the second look', async () => {
    const shopper = browser();
    const { location } = await shopper.submit(TEA, { follow: false });
    // As if the shop had removed it from its catalogue in between.
    shopper.cookies[0].value = shopper.cookies[0].value.replace(GOODS.sku, 'gone');
    assertRefused(await orderingNothing(() => shopper.open(location)), 422, 'This item is not for sale');
  });
});

describe('an address that shows no order', () => {
  test('is a page all the same: unknown, of another browser, or never a page', async () => {
    const { page } = await payable();
    const elsewhere = ['This order cannot be shown here', 'do not pay again'];
    const made = page.path.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    for (const path of [page.path, made, '/checkout/Hnone', `${made}/start`]) {
      assertRefused(await browser().open(path), 404, elsewhere);
      if (!path.endsWith('start')) assertRefused(await browser().submit({ do: 'cancel' }, { path }), 404, elsewhere);
    }
    for (const path of ['/checkout/', `${page.path}/`, `${page.path}/more`, '/checkout//']) {
      assertRefused(await browser().open(path), 404, 'There is nothing to see here');
    }
    assert.ok(orderOf(page), 'and its own browser’s order lives');
  });

  test('by a wrong method is told as a page, with the right ones in Allow', async () => {
    const { page, shopper } = await payable();
    for (const [method, path, allow] of [
      ['GET', '/checkout', 'POST'],
      ['PUT', '/checkout', 'POST'],
      ['OPTIONS', '/checkout', 'POST'],
      ['DELETE', page.path, 'GET, HEAD, POST'],
      ['POST', `${page.path}/start`, 'GET'],
    ]) {
      const answer = await shopper.open(path, { method });
      assertRefused(answer, 405, 'There is nothing to see here');
      assert.equal(answer.headers.get('allow'), allow, `${method} ${path}`);
    }
    const head = await shopper.open(page.path, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
  });

  test('by another’s cookie is not shown, nor cancelled', async () => {
    const [mine, theirs] = [await payable(), await payable()];
    const thief = mine.shopper.copy();
    thief.cookies[0].path = theirs.page.path;
    assertRefused(await thief.open(theirs.page.path), 404, 'This order cannot be shown here');
    assertRefused(await thief.open(`${theirs.page.path}/start`), 404, 'This order cannot be shown here');
    await thief.submit({ do: 'cancel' }, { path: theirs.page.path });
    assertPage(await theirs.shopper.open(theirs.page.path), 200, 'Scan with WeChat to pay');
  });

  test('by its own cookie beside a foreign one of the same name is shown', async () => {
    const { page, shopper } = await payable();
    shopper.cookies.unshift({ name: shopper.cookies[0].name, value: 'foreign', path: '/' });
    assertPage(await shopper.open(page.path), 200, 'Scan with WeChat to pay');
  });
});

describe('the page of an order', () => {
  test('can be cancelled; money that still comes is told as late', async () => {
    const { page, shopper, order } = await payable();
    const cancelled = await shopper.submit({ do: 'cancel' }, { path: page.path });
    assertPage(cancelled, 200, ['Payment cancelled', 'If you have already paid, do not pay again']);
    const terms = { outTradeNo: order.terms.out_trade_no, totalFee: GOODS.amount_minor, feeType: 'HKD' };
    await stage.shop.notify(notification(stage.gateway.merchant, terms, { time_end: timeText(Date.now() + 2_000) }));
    const paid = await shopper.open(page.path);
    assertPage(paid, 200, ['Payment received', 'You paid HKD 88.00.', 'Your payment arrived after the time was over.']);
    assert.doesNotMatch(readable(paid.text), /not charged|try again/i);
  });

  test('after a payment that does not fit shows no code, and says that the shop looks into it', async () => {
    const { page, shopper, order } = await payable();
    const misfit = { outTradeNo: order.terms.out_trade_no, totalFee: 1, feeType: 'HKD' };
    await stage.shop.notify(notification(stage.gateway.merchant, misfit));
    const seen = await shopper.open(page.path);
    assertPage(seen, 200, ['Checking your payment…', 'The shop is looking into your payment.']);
    assert.doesNotMatch(seen.text, /<svg|<button|not charged|try again/i);
  });

  test('says why an order failed: the shop, WeChat Pay’s refusal', async () => {
    for (const [code, said] of [
      ['NOAUTH', 'The shop cannot take WeChat payments right now.'],
      ['ORDERCLOSED', 'WeChat Pay did not accept this order.'],
    ]) {
      stage.gateway.next('unifiedorder', { result_code: 'FAIL', err_code: code, err_code_des: 'inner detail' });
      const shopper = browser();
      const { path } = await shopper.submit(TEA);
      const failed = await until('it failed', async () => {
        const seen = await shopper.open(path);
        return /not possible/.test(seen.text) && seen;
      });
      assertRefused(failed, 200, ['Payment is not possible', said]);
      assert.doesNotMatch(failed.text, /inner detail/);
    }
  });

  test('and every refusal speaks the language of the browser', async () => {
    const { page, shopper } = await payable();
    for (const [language, tag, scan, elsewhere] of [
      ['zh-Hant-HK', 'zh-HK', '請用微信掃一掃付款', '無法在此顯示該訂單'],
      ['zh-Hant-TW,zh;q=0.9', 'zh-TW', '微信', '無法在此顯示這筆訂單'],
      ['zh-Hans-SG', 'zh-CN', '请用微信扫一扫付款', '无法在此显示该订单'],
      ['zh;q=0.1,en;q=0.9', 'en', 'Scan with WeChat to pay', 'This order cannot be shown here'],
      ['ar', 'ar', 'WeChat', 'لا يمكن عرض هذا الطلب هنا'],
      [';;q=,', 'en', 'Scan with WeChat to pay', 'This order cannot be shown here'],
    ]) {
      const own = Object.assign(shopper.copy(), { language });
      const [order, refusal] = [await own.open(page.path), await browser({ language }).open(page.path)];
      for (const [answer, said] of [[order, scan], [refusal, elsewhere]]) {
        assert.match(answer.text, new RegExp(`<html lang="${tag}" dir="${tag === 'ar' ? 'rtl' : 'ltr'}">`), language);
        assert.ok(readable(answer.text).includes(said), `${language}: ${readable(answer.text)}`);
      }
    }
  });
});

test('a misconfigured Worker is still a page: nothing ordered before, no promise about money after', async () => {
  const { page, shopper } = await payable();
  const broken = await setStage({ vars: { WECHAT_API_KEY: 'short' } });
  try {
    const visitor = new PlainBrowser(broken.worker);
    assertRefused(await visitor.submit(TEA), 500, ['Payment is not possible', 'You were not charged.']);
    visitor.cookies = shopper.cookies;
    for (const path of [page.path, `${page.path}/start`]) {
      const answer = await visitor.open(path);
      assertRefused(answer, 500, ['Something went wrong', 'do not pay again']);
      assert.match(answer.text, /http-equiv="refresh" content="15"/);
      assert.doesNotMatch(answer.text, /not charged/);
    }
    assert.match(broken.worker.log.join('\n'), /WECHAT_API_KEY/);
    assertRefused(await visitor.open('/checkout/a/b'), 404, 'There is nothing to see here');
  } finally {
    await broken.stop();
  }
});

test('a platform that fails is still a page, and the log says what failed', async () => {
  const broken = await setStage({ platform: { durableObjects: {} } });
  try {
    const visitor = new PlainBrowser(broken.worker);
    const answer = await visitor.submit(TEA);
    assertRefused(answer, 500, ['Something went wrong', 'This page tries again by itself.']);
    assertRefused(await visitor.open(answer.path), 500, 'Something went wrong');
    assert.match(broken.worker.log.join('\n'), /ORDERS/);
  } finally {
    await broken.stop();
  }
});

test('a shop whose catalogue is gone says that it cannot take payments', async () => {
  const broken = await setStage({ platform: { assets: undefined } });
  try {
    assertRefused(await new PlainBrowser(broken.worker).submit(TEA), 500, ['Payment is not possible', 'You were not charged.']);
  } finally {
    await broken.stop();
  }
});
