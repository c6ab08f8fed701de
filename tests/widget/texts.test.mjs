// Which language the element uses, its words, and how it writes amounts and times.

import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { load, Network, play, settled } from '../support/page/page-in-node.mjs';

const { ENGLISH, fill, languageOf, loadTexts, minutes, money, textsOf } = await load('texts.js');

let network;
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  network = new Network();
  play({ fetch: network.fetch, navigator: { languages: [] } });
});

/** An element in a page that declares these languages from the inside out. `null` is the edge of a shadow root. */
function elementIn(...declared) {
  const [lang, ...outer] = declared;
  const host = outer.length || lang === null ? elementIn(...(lang === null ? outer : [])) : undefined;
  return { closest: (selector) => (selector === '[lang]' && lang ? { lang } : null), getRootNode: () => ({ host: lang ? undefined : host }) };
}

const spoken = (tag, languages = []) => {
  play({ navigator: { languages } });
  return languageOf(elementIn(tag));
};

test('a language is spoken by its own words, or by those nearest to it', () => {
  for (const [tag, words] of Object.entries({
    en: 'en', 'en-IN': 'en', DE: 'de', 'de-CH-1996': 'de', 'pt-BR': 'pt', 'ar-EG': 'ar', in: 'id', 'in-ID': 'id',
    zh: 'zh-CN', 'zh-CN': 'zh-CN', 'zh-SG': 'zh-CN', 'zh-Hans': 'zh-CN', 'zh-Hans-HK': 'zh-CN',
    'zh-Hant': 'zh-TW', 'zh-TW': 'zh-TW', 'zh-Hant-TW': 'zh-TW',
    'zh-HK': 'zh-HK', 'zh-MO': 'zh-HK', 'zh-Hant-HK': 'zh-HK', 'zh-Hant-MO': 'zh-HK',
  })) {
    assert.equal(spoken(tag).words, words, tag);
  }
});

test('amounts and times are written as the tag says, not as the words do', () => {
  assert.deepEqual(spoken('DE-ch'), { words: 'de', tag: 'de-CH' });
  assert.deepEqual(spoken('zh-hant-hk'), { words: 'zh-HK', tag: 'zh-Hant-HK' });
});

test('a tag that Intl refuses still finds its words', () => {
  for (const tag of ['zh_CN', 'zh-CN.UTF-8', 'zh-CN-123456789']) assert.equal(spoken(tag).words, 'zh-CN', tag);
  assert.deepEqual(spoken('zh-CN.UTF-8'), { words: 'zh-CN', tag: 'zh-CN' });
});

test('the element’s language is before the browser’s; of those the first that is there; then English', () => {
  assert.equal(spoken('ja', ['fr']).words, 'ja');
  assert.equal(spoken(null, ['fr', 'de']).words, 'fr');
  assert.equal(spoken('sw', ['eo', 'fr']).words, 'fr');
  assert.equal(spoken(undefined, undefined).words, 'en');
  play({ navigator: {} });
  assert.deepEqual(languageOf(elementIn(undefined)), { words: 'en', tag: 'en' });
  assert.notEqual(languageOf(elementIn(undefined)), ENGLISH, 'a copy: what is compared is the very object');
  for (const tag of ['', '-', '_', 'x']) assert.equal(spoken(tag).words, 'en', JSON.stringify(tag));
});

test('a language that the page declares around a shadow root counts inside of it', () => {
  const page = { closest: () => ({ lang: 'th' }) };
  const inner = { closest: () => null, getRootNode: () => ({ host: page }) };
  const innermost = { closest: () => null, getRootNode: () => ({ host: inner }) };
  assert.equal(languageOf(innermost).words, 'th');
});

test('the words of a language are fetched once for all elements', async () => {
  const both = [loadTexts({ words: 'fr', tag: 'fr' }), loadTexts({ words: 'fr', tag: 'fr-CA' })];
  assert.equal(network.asked.length, 1);
  assert.equal(new URL(network.last.url).pathname.split('/').pop(), 'wechat-pay.fr.json');
  network.last.answer(200, { pay: 'Payer' });
  assert.deepEqual(await Promise.all(both), [
    { words: { pay: 'Payer' }, language: 'fr' },
    { words: { pay: 'Payer' }, language: 'fr-CA' },
  ]);
});

test('words that did not come are asked for again by the next one', async () => {
  const german = { words: 'de', tag: 'de' };
  for (const fail of [() => network.last.fail(), () => network.last.answer(404, {}), () => network.last.answer(200)]) {
    const asked = network.asked.length;
    const loading = assert.rejects(loadTexts(german));
    assert.equal(network.asked.length, asked + 1);
    fail();
    await loading;
    await settled();
  }
  const loading = assert.rejects(loadTexts(german), /The texts of de could not be loaded: 503/);
  network.last.answer(503, {});
  await loading;
  await settled();
  const again = loadTexts(german);
  network.last.answer(200, { pay: 'Bezahlen' });
  assert.equal((await again).words.pay, 'Bezahlen');
});

test('words that hang are given up after four seconds, and the next one asks for them again', async () => {
  let given;
  loadTexts({ words: 'ms', tag: 'ms' }).catch(({ message }) => (given = message));
  for (const [ms, told] of [[3_999, undefined], [1, 'not there within 4000 ms']]) {
    mock.timers.tick(ms);
    await settled();
    assert.equal(given, told);
  }
  const again = loadTexts({ words: 'ms', tag: 'ms' });
  assert.equal(network.asked.length, 2);
  network.last.answer(200, { pay: 'Bayar' });
  assert.deepEqual((await again).words, { pay: 'Bayar' });
});

test('words that do not come are English, and both have four seconds in all', async () => {
  const slow = assert.rejects(textsOf({ words: 'ja', tag: 'ja' }), /not there within 4000 ms/);
  mock.timers.tick(3_999);
  network.last.fail();
  await settled();
  assert.equal(network.asked.length, 2, 'English is asked for, and does not come');
  mock.timers.tick(1);
  await slow;
  mock.timers.tick(4_000);
  await settled();

  const reading = textsOf({ words: 'ko', tag: 'ko-KR' });
  network.last.answer(404, {});
  await settled();
  network.last.answer(200, { pay: 'Pay' });
  assert.deepEqual(await reading, { words: { pay: 'Pay' }, language: 'en' });
});

test('an amount has the decimals that the Worker says, in each language’s own way', () => {
  const shown = (minor, currency, decimals, language) => money({ minor, currency, decimals }, language).replace(/\s/g, ' ');
  assert.equal(shown(8800, 'HKD', 2, 'en-HK'), 'HK$88.00');
  assert.equal(shown(1980, 'JPY', 0, 'ja'), '￥1,980');
  assert.equal(shown(5, 'HKD', 2, 'en'), 'HK$0.05');
  assert.equal(shown(123_456_789, 'CNY', 2, 'de'), '1.234.567,89 CN¥');
  assert.equal(shown(1234, 'KRW', 2, 'en'), '₩12.34', 'by the Worker, whatever this browser knows');
});

test('an amount is written though this browser knows no such language, or no currencies at all', () => {
  const amount = { minor: 8800, currency: 'HKD', decimals: 2 };
  assert.equal(money(amount, 'zh-CN.UTF-8'), money(amount));
  const { NumberFormat } = Intl;
  Intl.NumberFormat = () => assert.fail('none here');
  try {
    assert.equal(money(amount, 'en'), 'HKD 88.00');
    assert.equal(money({ minor: 1980, currency: 'JPY', decimals: 0 }, 'ja'), 'JPY 1980');
  } finally {
    Object.assign(Intl, { NumberFormat });
  }
});

test('the time left is in minutes and seconds, and never less than none', () => {
  for (const [ms, text] of [[1_800_000, '30:00'], [1_799_001, '30:00'], [1_799_000, '29:59'], [61_000, '1:01'], [9_000, '0:09'], [1, '0:01'], [0, '0:00'], [-5_000, '0:00']]) {
    assert.equal(minutes(ms), text, String(ms));
  }
});

test('places in a text are filled, and one that nothing fills is empty', () => {
  assert.equal(fill('Pay {amount}, {amount} in {time}', { amount: '$1', time: 'x' }), 'Pay $1, $1 in x');
  assert.equal(fill('Pay {amount}', {}), 'Pay ');
  assert.equal(fill('Pay {0', { 0: 'x' }), 'Pay {0');
});
