// The back office's own scripts, in Node: money, days, filters, words, pauses, and the number of a refund.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';

import { ROOT, WWW } from '../support/project.mjs';

const ADMIN = join(WWW, 'admin');

/** A tab's storage, for scripts that keep something in it. */
class Storage {
  #kept = new Map();
  getItem = (name) => this.#kept.get(name) ?? null;
  setItem = (name, text) => void this.#kept.set(name, String(text));
  removeItem = (name) => void this.#kept.delete(name);
}
globalThis.sessionStorage = new Storage();
globalThis.location = { hash: '', pathname: '/admin/', origin: 'https://pay.example.com' };

const load = (file) => import(join(ADMIN, file));
const [money, when, filters, session, intents, live, { default: en }, { default: zh }, timeline, { joined }] = await Promise.all(
  ['money.js', 'when.js', 'filter.js', 'session.js', 'refund-intent.js', 'live.js', 'lang/en.js', 'lang/zh.js', 'timeline.js', 'joined.js'].map(load),
);

describe('money', () => {
  test('is written from its digits, however much it is, and never computed with a fraction', () => {
    for (const [minor, currency, digits] of [
      [8800, 'HKD', '88.00'], [5, 'HKD', '0.05'], [0, 'HKD', '0.00'], [1980, 'JPY', '1980'], [9007199254740991, 'CNY', '90071992547409.91'], [-1, 'USD', '-0.01'],
    ]) assert.equal(money.digits(minor, currency), digits);
    assert.equal(money.money(9007199254740991, 'HKD', 'en-HK'), 'HK$90,071,992,547,409.91');
    assert.equal(money.money(1980, 'JPY', 'en-HK'), 'JP¥1,980');
    assert.match(money.money(1, 'not a currency', 'en-HK'), /^not a currency 0\.01$/);
  });

  test('has the decimals that the Worker has', () => {
    const source = readFileSync(join(ROOT, 'crates/wire/src/money.rs'), 'utf8').split('fn decimals')[1].split('_ =>')[0];
    const listed = [...source.matchAll(/((?:b"[A-Z]{3}"[\s|]*)+)=> \((\d), /g)].flatMap(([, names, digits]) => [...names.matchAll(/"(\w+)"/g)].map(([, name]) => [name, Number(digits)]));
    assert.ok(listed.length > 20, `${listed}`);
    for (const [currency, digits] of listed) assert.equal(money.decimals(currency), digits, currency);
    assert.equal(money.decimals('XYZ'), 2);
  });

  test('that is typed is taken as it stands or refused, and nothing is guessed', () => {
    const read = (text, currency = 'HKD', most = 10_000) => money.readAmount(text, currency, most);
    for (const [text, minor] of [['12.50', 1250], [' 1 ', 100], ['0.05', 5], ['1.5', 150], ['100', 10_000], ['100.00', 10_000]]) assert.deepEqual(read(text), { minor }, text);
    assert.deepEqual(read('1980', 'JPY'), { minor: 1980 });
    for (const [text, wrong] of [
      ['', 'empty'], ['  ', 'empty'], ['1,5', 'form'], ['1.234', 'form'], ['1.', 'form'], ['.5', 'form'], ['-1', 'form'], ['+1', 'form'], ['1e3', 'form'], ['1 000', 'form'], ['HK$5', 'form'],
      ['１２', 'form'], ['0x10', 'form'], ['NaN', 'form'], ['9999999999999', 'form'], ['0', 'zero'], ['0.00', 'zero'], ['100.01', 'more'], ['999999999999.99', 'more'],
    ]) assert.deepEqual(read(text), { wrong }, text);
    assert.deepEqual(read('12.50', 'JPY'), { wrong: 'form' });
  });
});

describe('days', () => {
  const inZone = (zone) => session.admit({ name: 'k', roles: ['read'], time_zone: zone });

  test('begin by the clocks of the shop, also where clocks are set', () => {
    for (const [zone, day, begins] of [
      ['Asia/Hong_Kong', '2026-03-01', '2026-02-28T16:00:00Z'], ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z'], ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00Z'],
      ['Europe/Berlin', '2026-10-26', '2026-10-25T23:00:00Z'], ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00Z'],
    ]) {
      inZone(zone);
      assert.equal(new Date(when.startOf(day)).toISOString(), new Date(begins).toISOString(), `${zone} ${day}`);
    }
    inZone('Asia/Hong_Kong');
    assert.equal(when.dayOf(Date.parse('2026-03-01T16:00:00Z')), '2026-03-02');
    assert.equal(when.dayAfter('2026-12-31'), '2027-01-01');
    for (const text of ['', '2026-3-1', 'today', '2026-13-01']) assert.equal(when.startOf(text), undefined, text);
  });

  test('of a filter are the shop’s, the last one included', () => {
    inZone('Asia/Hong_Kong');
    const { query } = filters.queryOf({ from: '2026-03-01', to: '2026-03-01' });
    const asked = new URLSearchParams(query);
    assert.equal(asked.get('placed_before') - asked.get('placed_from'), 86_400_000);
    assert.equal(Number(asked.get('placed_from')), Date.parse('2026-02-28T16:00:00Z'));
  });
});

describe('a filter', () => {
  test('comes back from its address, and what it cannot mean is named', () => {
    const filter = { text: 'a&b=c@d.example', state: 'open', attention: 'open', currency: 'jpy', least: '100', most: '2000', reference: 'INV 1' };
    assert.deepEqual(filters.filterOf(filters.addressOf(filter).split('?')[1]), filter);
    const { query } = filters.queryOf(filter);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(query)), {
      text: 'a&b=c@d.example', state: 'placing,awaiting_payment,closing', reference: 'INV 1', exceptions: 'open', currency: 'JPY', amount_from: '100', amount_to: '2000',
    });
    for (const [wrong, name] of [[{ from: 'today' }, 'from'], [{ to: '2026-02' }, 'to'], [{ currency: 'H$' }, 'currency'], [{ least: '1,5' }, 'least'], [{ most: 'much' }, 'most']]) {
      assert.deepEqual(filters.queryOf(wrong), { wrong: name });
    }
    assert.equal(filters.addressOf({}), '/orders');
  });
});

describe('the list of orders', () => {
  const row = (id, version, at) => ({ out_trade_no: id, version, placed_at_ms: at });
  const shown = (...parts) => joined(...parts).rows.map(({ out_trade_no: id, version }) => `${id}${version}`).join(' ');

  test('has each order once, in its newest version, the newest order first', () => {
    assert.equal(shown({ rows: [row('B', 2, 20), row('A', 1, 10)] }, { rows: [row('A', 3, 10), row('Z', 1, 5)] }), 'B2 A3 Z1');
    assert.equal(shown({ rows: [row('A', 1, 10), row('B', 1, 10)] }, { rows: [] }), 'B1 A1');
    assert.deepEqual(joined({ rows: [], next: 'n' }, { rows: [] }).next, 'n');
    assert.deepEqual(joined({ rows: [], next: 'n' }, { rows: [row('A', 1, 1)], next: undefined }).next, undefined);
  });

  test('takes in what came, and leaves out what its filter lets through no longer', () => {
    const first = { rows: [row('C', 1, 30), row('B', 1, 20), row('A', 1, 10)] };
    assert.equal(shown(first, { rows: [] }, { rows: [row('D', 1, 40), row('C', 2, 30)], from: 15, isWhole: true }), 'D1 C2 A1');
    assert.equal(shown(first, { rows: [] }, { rows: [row('D', 1, 40)], from: 15, isWhole: false }), 'D1 C1 B1 A1');
  });

  test('asks again only about the orders that may still change', () => {
    const now = Date.parse('2026-03-01T12:00:00Z');
    const of = (query) => filters.recentQuery(query, now);
    assert.deepEqual(of('text=tea'), { query: `text=tea&placed_from=${now - 3 * 3_600_000}`, from: now - 3 * 3_600_000 });
    assert.deepEqual(of(`placed_from=${now - 5}`), { query: `placed_from=${now - 5}`, from: now - 5 });
  });
});

describe('a refund', () => {
  beforeEach(() => void (globalThis.sessionStorage = new Storage()));

  test('has a number of its own, which WeChat Pay takes', () => {
    const numbers = Array.from({ length: 1000 }, intents.newNumber);
    assert.equal(new Set(numbers).size, 1000);
    for (const number of numbers) assert.match(number, /^[0-9a-z-]{1,30}$/);
  });

  test('that waits for its answer is kept with its number until the Worker has spoken', () => {
    const body = intents.bodyOf({ number: 'bo-1', amount: 5 });
    intents.begin('H1', { body });
    assert.deepEqual(intents.pendingOf('H1'), { body: { out_refund_no: 'bo-1', amount_minor: 5 } });
    assert.equal(intents.pendingOf('H2'), undefined);
    intents.settle('H1');
    assert.equal(intents.pendingOf('H1'), undefined);
  });

  test('leaves what neither went back nor may still go back', () => {
    const payment = { transaction_id: 'T1', total: { minor: 1000, currency: 'HKD' } };
    const refund = (status, minor, more) => ({ transaction_id: 'T1', status, amount: { minor }, ...more });
    const all = ['requested', 'asking', 'processing', 'refunded', 'abnormal', 'stuck'].map((status) => refund(status, 100));
    assert.equal(intents.leftOf(payment, all), 400);
    assert.equal(intents.leftOf(payment, ['closed', 'refused', 'withdrawn'].map((status) => refund(status, 100))), 1000);
    assert.equal(intents.leftOf(payment, [refund('withdrawn', 100, { unsure: true })]), 900);
    assert.equal(intents.leftOf(payment, [{ ...refund('refunded', 100), transaction_id: 'T2' }]), 1000);
  });
});

describe('a page that stays fresh', () => {
  test('asks ever more slowly while it fails, and never sooner than it was told', () => {
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 50].map((failures) => live.pauseAfter(failures, 5_000)), [5_000, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000, 60_000]);
    assert.equal(live.pauseAfter(1, 5_000, 90_000), 90_000);
  });
});

describe('the key', () => {
  test('of a link is taken, and is in no address after that', () => {
    const replaced = [];
    globalThis.history = { replaceState: (...call) => replaced.push(call) };
    globalThis.location = { ...globalThis.location, hash: `#key=${encodeURIComponent('a key with % and a blank')}` };
    session.takeKeyFromAddress();
    assert.equal(session.key(), 'a key with % and a blank');
    assert.deepEqual(replaced, [[null, '', '/admin/']]);
    session.signOut();
    assert.equal(session.key(), null);
    globalThis.location.hash = '#/orders?text=key=x';
    session.takeKeyFromAddress();
    assert.equal(session.key(), null);
  });
});

describe('the words', () => {
  const files = readdirSync(ADMIN, { recursive: true }).filter((file) => file.endsWith('.js') && !file.startsWith('vendor') && !file.startsWith('lang'));
  const sources = files.map((file) => readFileSync(join(ADMIN, file), 'utf8'));

  test('are the same in each language, with the same places for values', () => {
    assert.deepEqual(Object.keys(zh), Object.keys(en));
    const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const key of Object.keys(en)) assert.deepEqual(places(zh[key]), places(en[key]), key);
    for (const [key, text] of Object.entries(zh)) assert.ok(/\p{Script=Han}/u.test(text) || en[key] === text, key);
  });

  test('are there for each key that a page names, and none is there for nothing', () => {
    const used = new Set(sources.flatMap((text) => [...text.matchAll(/['"`]([a-z_]+(?:\.[\w]+)*)['"`]/g)].map(([, key]) => key)));
    for (const text of sources) for (const [, key] of text.matchAll(/\bt\('([\w.]+)'/g)) assert.ok(Object.hasOwn(en, key), key);
    for (const text of sources) for (const [, key] of text.matchAll(/(?:word|confirm)="([\w.]+)"/g)) assert.ok(Object.hasOwn(en, key), key);
    const groups = new Set(sources.flatMap((text) => [...text.matchAll(/group="(\w+)"|name\('(\w+)'|`(\w+(?:\.\w+)?)\.\$\{/g)].map(([, one, two, three]) => one ?? two ?? three)));
    const idle = Object.keys(en).filter((key) => !used.has(key) && ![...groups].some((group) => key.startsWith(`${group}.`)));
    assert.deepEqual(idle, []);
  });

  test('are there for every exception, state, event and kind of difference that the Worker knows', () => {
    const rust = (file) => readFileSync(join(ROOT, file), 'utf8');
    const snake = (name) => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();
    const variants = (file, name) => [...rust(file).split(`enum ${name} {`)[1].split('\n}')[0].matchAll(/^ {4}([A-Z]\w+)/gm)].map(([, variant]) => snake(variant));
    const there = (group, names) => {
      assert.ok(names.length > 2, group);
      for (const name of names) assert.ok(Object.hasOwn(en, `${group}.${name}`), `${group}.${name}`);
    };
    const kinds = variants('crates/order/src/exception.rs', 'ExceptionKind');
    there('kind', kinds.flatMap((kind) => [kind, `${kind}.happened`, `${kind}.todo`]));
    there('event', variants('crates/order/src/event.rs', 'What'));
    there('who', variants('crates/order/src/event.rs', 'Who'));
    there('refund', variants('crates/order/src/refund.rs', 'RefundStatus'));
    there('difference', variants('crates/books/src/difference.rs', 'Kind').flatMap((kind) => [kind, `${kind}.todo`]));
    const openapi = JSON.parse(readFileSync(join(WWW, 'openapi.json'), 'utf8'));
    there('state', openapi.components.schemas.State.enum);
  });
});

describe('the time line', () => {
  const words = { t: (key, values = {}) => en[key]?.replace(/\{(\w+)\}/g, (_, name) => values[name]) ?? key, has: (key) => Object.hasOwn(en, key), name: (group, name) => en[`${group}.${name}`] ?? name };
  const line = (what, more) => timeline.lineOf({ at_ms: 5, who: 'clock', what, ...more }, words, (minor) => `$${minor}`);

  test('says each event in a sentence, and what is technical waits until it is asked for', () => {
    assert.equal(line({ name: 'state_changed', from: 'awaiting_payment', to: 'closed (expired)' }).text, 'The order is now: Closed (Expired).');
    assert.equal(line({ name: 'notified', result: 'paid', transaction_id: '42' }).text, 'The payment arrived.');
    assert.equal(line({ name: 'refund_requested', out_refund_no: 'R1', amount_minor: 5 }).text, 'A refund of $5 was asked for (R1).');
    const given = line({ name: 'delivery_given_up', id: 'x', why: 'HTTP 500' });
    assert.deepEqual([given.text, given.detail, given.tone, given.isTechnical], ['A webhook was given up.', 'HTTP 500', 'bad', false]);
    assert.equal(line({ name: 'call_begun', call: 'query_order' }).isTechnical, true);
    assert.equal(line({ name: 'of_next_year' }).text, 'of next year');
  });
});
