// The sixteen languages. Each works on the page and is fetched only when it is used. The attribute, the page and the browser
// decide the language. The merchant's own words override it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inBrowser } from '../support/page/in-browser.mjs';
import { WidgetPage } from '../support/page/widget-page.mjs';
import { LANGUAGES, wordsIn } from '../support/page/words.mjs';
import { GOODS } from '../support/shop/catalog.mjs';
import { until } from '../support/until.mjs';

const WORDS = Object.fromEntries(LANGUAGES.map((tag) => [tag, wordsIn(tag).element]));

const at = inBrowser();

/** Opens a page of the shop. `shop.fetched` has the languages that were requested, in order. */
async function enter({ locale, ...options } = {}) {
  await at.openContext({ locale });
  const fetched = [];
  const shop = await WidgetPage.open(at.context, at.stage.worker.url, {
    ...options,
    before: async (page) => {
      page.on('request', (request) => {
        const [, language] = /wechat-pay\.([\w-]+)\.json$/.exec(request.url()) ?? [];
        if (language) fetched.push(language);
      });
      await options.before?.(page);
    },
  });
  return Object.assign(shop, { fetched });
}

/** Waits until the widget uses the language of this tag. */
const speaks = (shop, tag) => shop.widget.locator(`[part=box][lang="${tag}"]`).waitFor({ state: 'attached' });

/** What is on the screen, by part, without the marks that keep an amount's direction. */
const shown = (shop) =>
  shop.widget.evaluate((pay) => {
    const text = (part) => {
      const element = pay.shadowRoot.querySelector(`[part~=${part}]`);
      return element.checkVisibility() ? element.textContent.replace(/[\u2066\u2069]/g, '') : '';
    };
    const canvas = pay.shadowRoot.querySelector('canvas');
    return {
      amount: text('amount'),
      headline: text('headline'),
      hint: text('hint'),
      time: text('time'),
      claim: text('claim'),
      cancel: text('cancel'),
      code: (canvas.ariaLabel ?? canvas.getAttribute('aria-label')).replace(/[\u2066\u2069]/g, ''),
      direction: getComputedStyle(pay.shadowRoot.querySelector('[part=box]')).direction,
    };
  });

/** HK$88.00 as the browser writes it in this language. */
const amountIn = (shop, tag) =>
  shop.page.evaluate(({ tag, minor }) => new Intl.NumberFormat(tag, { style: 'currency', currency: 'HKD' }).format(minor / 100), { tag, minor: GOODS.amount_minor });

test('all sixteen are shown, each fetched once, with its amount, its direction, and a merchant’s own words in place of its own', async () => {
  assert.equal(LANGUAGES.length, 16);
  const shop = await enter();
  await shop.pay();
  assert.deepEqual(shop.fetched, ['en'], 'only the language in use');
  // The remaining time changes, so its digits are left out of the comparison.
  const digitless = (text) => text.replace(/\d+:\d+/, '{time}');
  for (const language of [...LANGUAGES.filter((each) => each !== 'en'), 'en']) {
    await shop.widget.evaluate((pay, lang) => (pay.lang = lang), language);
    await speaks(shop, language);
    const words = WORDS[language];
    const amount = await amountIn(shop, language);
    const seen = await shown(shop);
    assert.deepEqual(
      { ...seen, time: digitless(seen.time) },
      {
        amount,
        headline: words.scan,
        hint: words.how,
        time: words.left,
        claim: words.claim,
        cancel: words.cancel,
        code: words.code.replace('{amount}', amount),
        direction: language === 'ar' ? 'rtl' : 'ltr',
      },
      language,
    );
    assert.match(seen.time, /\d+:\d\d/, language);
    await shop.widget.evaluate((pay) => (pay.texts = { cancel: 'Not today', code: 'Our code, {amount}' }));
    const { cancel, code, headline } = await shown(shop);
    assert.deepEqual([cancel, code, headline], ['Not today', `Our code, ${amount}`, words.scan], `in ${language} the merchant’s words win, and the others stay`);
    await shop.widget.evaluate((pay) => (pay.texts = null));
  }
  assert.deepEqual([...shop.fetched].sort(), [...LANGUAGES].sort(), 'each once, and English not again');
});

test('a tag finds the nearest language, Chinese by its script and region; the amount is the tag’s own', async () => {
  const shop = await enter({ html: `<wechat-pay sku="${GOODS.sku}" autostart></wechat-pay>` });
  await shop.showing();
  const headlines = new Map(Object.entries(WORDS).map(([language, words]) => [words.scan + words.how, language]));
  const found = {};
  const amounts = {};
  for (const tag of Object.keys(NEAREST)) {
    await shop.widget.evaluate((pay, lang) => (pay.lang = lang), tag);
    await speaks(shop, tag);
    const { headline, hint, amount } = await shown(shop);
    found[tag] = headlines.get(headline + hint);
    amounts[tag] = amount === (await amountIn(shop, tag));
  }
  assert.equal(headlines.size, LANGUAGES.length, 'no two languages say the same');
  assert.deepEqual(found, NEAREST);
  assert.deepEqual(Object.values(amounts), Object.values(amounts).map(() => true), JSON.stringify(amounts));
});

const NEAREST = {
  zh: 'zh-CN',
  'zh-SG': 'zh-CN',
  'zh-Hans': 'zh-CN',
  'zh-Hans-HK': 'zh-CN',
  'zh-Hant': 'zh-TW',
  'zh-Hant-TW': 'zh-TW',
  'zh-Hant-HK': 'zh-HK',
  'zh-MO': 'zh-HK',
  'zh-Hant-MO': 'zh-HK',
  'pt-BR': 'pt',
  'de-CH': 'de',
  'ar-EG': 'ar',
  'en-IN': 'en',
};

test('without an attribute it is the page’s language, also when the page changes it, and through shadow roots', async () => {
  const shop = await enter();
  await shop.page.evaluate((sku) => {
    const root = document.createElement('main').attachShadow({ mode: 'open' });
    const pay = document.createElement('wechat-pay');
    pay.sku = sku;
    root.append(pay);
    document.body.append(root.host);
    globalThis.inside = pay;
  }, GOODS.sku);
  const both = (text) =>
    until(`both say ${text}`, () =>
      shop.page.evaluate((text) => [document.querySelector('wechat-pay'), globalThis.inside].every((pay) => pay.shadowRoot.querySelector('[part~=pay]').textContent === text), text),
    );
  await both(WORDS.en.pay);
  await shop.page.evaluate(() => (document.documentElement.lang = 'ja-JP'));
  await both(WORDS.ja.pay);
  assert.deepEqual(shop.fetched, ['en', 'ja'], 'two elements fetch a language once');
});

test('on a page that says no language it is the browser’s', async () => {
  const shop = await enter({ locale: 'vi-VN', before: withoutLanguage });
  await speaks(shop, 'vi-VN');
  await shop.says(WORDS.vi.pay);
  assert.deepEqual(shop.fetched, ['vi']);
});

test('of a browser’s languages it is the first that is there; where none is, English', async () => {
  const shop = await enter({
    before: async (page) => {
      await withoutLanguage(page);
      await page.addInitScript(() => Object.defineProperty(navigator, 'languages', { get: () => globalThis.spoken ?? ['sw-KE', 'fr-CA', 'de'] }));
    },
  });
  await shop.says(WORDS.fr.pay);
  await shop.page.evaluate((sku) => {
    globalThis.spoken = ['sw', 'eo'];
    document.querySelector('wechat-pay').remove();
    const pay = document.createElement('wechat-pay');
    pay.sku = sku;
    document.body.append(pay);
  }, GOODS.sku);
  await shop.says(WORDS.en.pay);
  assert.deepEqual(shop.fetched, ['fr', 'en']);
});

/** Removes the page's language before the element is defined. */
async function withoutLanguage(page) {
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.documentElement) return;
      observer.disconnect();
      document.documentElement.removeAttribute('lang');
    }).observe(document, { childList: true });
  });
}
