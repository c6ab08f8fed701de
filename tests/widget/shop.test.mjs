// The demo shop's own scripts: the cart has what was chosen and never more than the catalogue has; prices are those of the
// catalogue; words are in the shopper's language; the demo's phone appears only where no real money moves.

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { aStorage, loadOfShop, Network, play } from '../support/page/page-in-node.mjs';
import { CATALOG } from '../support/shop/catalog.mjs';

const [ITEM, OTHER] = CATALOG.items;

let network;
let elements;
let visits = 0;
beforeEach(() => {
  network = new Network();
  elements = {};
  play({
    fetch: network.fetch,
    localStorage: aStorage(),
    sessionStorage: aStorage(),
    navigator: { languages: ['en'] },
    document: { documentElement: {}, getElementById: (id) => (elements[id] ??= { hidden: true, removeAttribute: (name) => delete elements[id][name] }) },
  });
});

/** A script of the shop on a new page. */
const open = (name) => loadOfShop(name, `visit-${(visits += 1)}`);

/** The catalogue as its script reads it. */
async function catalogue(catalog = CATALOG) {
  const { loadCatalog } = await open('catalog.js');
  const loading = loadCatalog();
  network.last.answer(200, catalog);
  return loading;
}

describe('the cart', () => {
  const aCart = async () => {
    const { Cart } = await open('cart.js');
    return new Cart(await catalogue());
  };

  test('holds what was chosen, in its order, and tells of every change', async () => {
    const cart = await aCart();
    let told = 0;
    cart.addEventListener('change', () => (told += 1));
    cart.set(OTHER, 1);
    cart.set(ITEM, 2);
    assert.deepEqual(cart.lines, [{ sku: OTHER.sku, quantity: 1 }, { sku: ITEM.sku, quantity: 2 }]);
    assert.deepEqual([cart.quantity(ITEM.sku), cart.quantity('none')], [2, 0]);
    cart.set(OTHER, 0);
    assert.deepEqual(cart.lines, [{ sku: ITEM.sku, quantity: 2 }]);
    cart.clear();
    assert.deepEqual([cart.lines, told], [[], 4]);
  });

  test('holds no more than the catalogue allows, and never less than nothing', async () => {
    const cart = await aCart();
    cart.set(ITEM, ITEM.max_quantity + 5);
    assert.equal(cart.quantity(ITEM.sku), ITEM.max_quantity);
    cart.set(ITEM, -1);
    assert.deepEqual(cart.lines, []);
  });

  test('is there again after a reload; goods that are no longer sold, or not so many, are not', async () => {
    const cart = await aCart();
    cart.set(ITEM, 2);
    assert.deepEqual((await aCart()).lines, [{ sku: ITEM.sku, quantity: 2 }]);
    const kept = [{ sku: 'sold-out', quantity: 1 }, { sku: ITEM.sku, quantity: 9_999 }, { sku: OTHER.sku, quantity: 0 }];
    play({ sessionStorage: aStorage({ 'example-tea-house cart': JSON.stringify(kept) }) });
    assert.deepEqual((await aCart()).lines, [{ sku: ITEM.sku, quantity: ITEM.max_quantity }]);
  });

  test('lives as long as the page where nothing may be stored', async () => {
    for (const storage of [Object.assign(aStorage(), { closed: true }), aStorage({ 'example-tea-house cart': 'no json' })]) {
      play({ sessionStorage: storage });
      const cart = await aCart();
      cart.set(ITEM, 1);
      assert.deepEqual(cart.lines, [{ sku: ITEM.sku, quantity: 1 }]);
    }
  });
});

describe('the catalogue', () => {
  test('is the one that the Worker prices by', async () => {
    const catalog = await catalogue();
    assert.equal(network.last.url, '/catalog.json');
    assert.deepEqual([catalog.find(ITEM.sku), catalog.find('none')], [ITEM, undefined]);
  });

  test('says a price in the smallest unit of its currency, as the shopper’s language writes it', async () => {
    const shown = (price) => price.replace(/\s/g, ' ');
    assert.equal(shown((await catalogue()).price(8800)), 'HK$88.00');
    assert.equal(shown((await catalogue({ ...CATALOG, currency: 'JPY' })).price(1980)), '¥1,980');
  });

  test('has names in the shopper’s language, else in English', async () => {
    const catalog = await catalogue();
    assert.equal(catalog.text({ en: 'Tea', 'zh-HK': '茶' }), 'Tea');
    assert.equal(catalog.text({ 'zh-HK': '茶' }), '');
    play({ navigator: { languages: ['zh-HK'] } });
    const chinese = await catalogue();
    assert.deepEqual([chinese.text({ en: 'Tea', 'zh-HK': '茶' }), chinese.text({ en: 'Tea' })], ['茶', 'Tea']);
  });

  test('that does not come is an error, and no empty shop', async () => {
    const { loadCatalog } = await open('catalog.js');
    const loading = assert.rejects(loadCatalog(), /catalog\.json: 404/);
    network.last.answer(404, {});
    await loading;
  });
});

describe('the shop’s words', () => {
  const spoken = async (...languages) => {
    play({ navigator: { languages } });
    return (await open('words.js')).language();
  };

  test('are in the first of the browser’s languages that the shop has; Chinese as its script and region write it', async () => {
    for (const [languages, language] of [
      [['en-GB'], 'en'], [['zh-HK'], 'zh-HK'], [['zh-TW'], 'zh-HK'], [['zh-MO'], 'zh-HK'], [['zh-Hant'], 'zh-HK'],
      [['zh'], 'zh-CN'], [['zh-CN'], 'zh-CN'], [['zh-SG'], 'zh-CN'], [['fr', 'zh-CN', 'en'], 'zh-CN'], [['en', 'zh-CN'], 'en'], [['fr'], 'en'], [[], 'en'],
    ]) {
      assert.equal(await spoken(...languages), language, languages.join());
    }
  });

  test('are in the language that was chosen, also the next time, for the page and its reader', async () => {
    const { chooseLanguage, language, word } = await open('words.js');
    assert.equal(word('add'), 'Add');
    chooseLanguage('zh-HK');
    assert.deepEqual([language(), word('add'), document.documentElement.lang], ['zh-HK', '加入', 'zh-HK']);
    assert.equal((await open('words.js')).language(), 'zh-HK');
    localStorage.setItem('example-tea-house language', 'tlh');
    assert.equal((await open('words.js')).language(), 'en', 'what the shop does not speak was not chosen here');
    localStorage.closed = true;
    const forbidden = await open('words.js');
    forbidden.chooseLanguage('zh-CN');
    assert.equal(forbidden.language(), 'zh-CN');
  });

  test('are all there in each language', async () => {
    const { chooseLanguage, word } = await open('words.js');
    for (const language of ['en', 'zh-HK', 'zh-CN']) {
      chooseLanguage(language);
      for (const name of ['skip', 'demo', 'demo_hint', 'title', 'lead', 'goods', 'add', 'order', 'empty', 'total', 'less', 'more', 'number', 'packed', 'again', 'phone', 'see_order', 'footer', 'no_catalog']) {
        assert.ok(word(name)?.trim(), `${language}: ${name}`);
      }
    }
  });
});

describe('the simulated phone', () => {
  /** What the page knows about the phone when the Worker answers this. */
  async function phoneWhen(answer) {
    const { loadPhone } = await open('demo.js');
    const phone = loadPhone();
    assert.equal(network.last.url, '/api/shop');
    answer(network.last);
    return phone;
  }

  test('is offered with its code, and taken back when that is over', async () => {
    const phone = await phoneWhen((worker) => worker.answer(200, { mode: 'demo', phone_url: 'http://127.0.0.1:1/phone' }));
    assert.deepEqual([elements.demo.hidden, elements.phone.hidden], [false, true]);
    phone.offer('weixin://wxpay/bizpayurl?pr=a&b#c');
    assert.deepEqual([elements.phone.hidden, elements.phone.href], [false, 'http://127.0.0.1:1/phone#code=weixin%3A%2F%2Fwxpay%2Fbizpayurl%3Fpr%3Da%26b%23c']);
    phone.withdraw();
    assert.deepEqual([elements.phone.hidden, elements.phone.href], [true, undefined]);
  });

  test('is nowhere where real money moves, and nobody reads there that none does', async () => {
    for (const answer of [
      (worker) => worker.answer(200, { mode: 'live' }),
      (worker) => worker.answer(500, { mode: 'demo' }),
      (worker) => worker.fail(),
    ]) {
      assert.equal(await phoneWhen(answer), undefined);
      assert.equal(elements.demo.hidden, true);
    }
  });
});
