// A page belongs to whoever has it open. What follows are requests that somebody made of a page's own: other prices, other
// goods, other offers, fields that nobody asked for. Each is refused by its own name, the detail says what was wrong, and
// nothing is ordered.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';

import { SignJWT, base64url } from 'jose';

import { CATALOG, GOODS, OTHER_GOODS } from '../support/shop/catalog.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';

const OFFER_KEY = 'the offer key of the tests of tampering';
const FUTURE = '2099-01-01T00:00:00Z';
const PAST = '2020-01-01T00:00:00Z';
const goods = (sku, change) => ({ sku, name: sku, amount_minor: 5_000, max_quantity: 3, ...change });
const catalog = {
  ...CATALOG,
  shipping: { name: 'Shipping', amount_minor: 3_000 },
  fields: { email: { max_length: 20 }, note: { max_length: 200 } },
  items: [
    GOODS,
    OTHER_GOODS,
    goods('few'),
    goods('gone', { sold_out: true }),
    goods('later', { valid_from: FUTURE }),
    goods('over', { valid_until: PAST }),
    goods('broken', { amount_minor: 99.5 }),
    goods('twice'),
    goods('twice', { amount_minor: 1 }),
    goods('gold', { amount_minor: 2_147_483_647, max_quantity: 9, ships: false }),
  ],
};

let stage;
before(async () => {
  const site = async () => Response.json(catalog);
  stage = await setStage({ vars: { OFFER_KEY }, platform: { assets: undefined, serviceBindings: { ASSETS: site } } });
});
after(() => stage?.stop());

const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;
const CLAIMS = { sku: 'book', name: 'The tea book', amount: 4_500, currency: 'HKD', max_quantity: 2 };
const offer = (change = {}, { key = OFFER_KEY, header = { alg: 'HS256' } } = {}) =>
  new SignJWT({ ...CLAIMS, exp: inAnHour(), ...change }).setProtectedHeader(header).sign(new TextEncoder().encode(key));
/** An offer whose text somebody has changed after it was signed. */
const changed = (edit) => async () => ({ offer: edit(...(await offer()).split('.')) });
const encode = (value) => base64url.encode(JSON.stringify(value));
const signedText = (header, payload, key = OFFER_KEY) => {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
};
const line = (change = {}) => ({ lines: [{ sku: GOODS.sku, quantity: 1, ...change }] });
const of = (...lines) => ({ lines: lines.map(([sku, quantity = 1]) => ({ sku, quantity })) });

const BODY = [400, 'invalid_body'];
const QUANTITY = [422, 'invalid_quantity'];
const FIELD = [422, 'invalid_field'];
const OFFER = [422, 'invalid_offer'];

/** What is tried, the body, and how it is refused: status and code, and what the detail names. */
const TRIED = [
  ['a total of the page’s own', { ...line(), amount: 1 }, BODY, 'unknown field `amount`'],
  ['a total under another name', { ...line(), total: 1 }, BODY, 'unknown field `total`'],
  ['a price in the line', line({ amount_minor: 1 }), BODY, 'unknown field `amount_minor`'],
  ['a price in the line, as orders keep it', line({ unit_amount: 1 }), BODY, 'unknown field `unit_amount`'],
  ['a discount', { ...line(), discount: 100 }, BODY, 'unknown field `discount`'],
  ['another currency', { ...line(), currency: 'JPY' }, BODY, 'unknown field `currency`'],
  ['another name of the goods', line({ name: 'Free sample' }), BODY, 'unknown field `name`'],
  ['a reference of the page’s own', { ...line(), reference: 'INV-1' }, BODY, 'unknown field `reference`'],
  ['metadata of the page’s own', { ...line(), metadata: { vip: 'yes' } }, BODY, 'unknown field `metadata`'],
  ['shipping left out by name', { ...line(), shipping: false }, BODY, 'unknown field `shipping`'],
  ['shipping as a line of its own', of([GOODS.sku], ['shipping']), [422, 'unknown_sku'], '`shipping`'],
  ['goods that nobody sells', of(['nothing']), [422, 'unknown_sku'], '`nothing`'],
  ['the goods’ name in capitals', of([GOODS.sku.toUpperCase()]), [422, 'unknown_sku'], `\`${GOODS.sku.toUpperCase()}\``],
  ['a sku that is a property of all objects', of(['__proto__']), [422, 'unknown_sku'], '`__proto__`'],
  ['no sku', { lines: [{ quantity: 1 }] }, BODY, 'missing field `sku`'],
  ['an empty sku', of(['']), [422, 'unknown_sku'], 'no ``'],
  ['what is sold out', of(['gone']), [422, 'sold_out'], '`gone` is sold out'],
  ['what is sold out, behind what is not', of([GOODS.sku], ['gone']), [422, 'sold_out'], '`gone`'],
  ['what is sold later', of(['later']), [422, 'not_on_sale'], '`later` is not sold yet'],
  ['what was sold before', of(['over']), [422, 'not_on_sale'], '`over` is not sold any more'],
  ['what has a broken price', of(['broken']), [422, 'item_unavailable'], '`broken`'],
  ['the cheaper one of two with one name', of(['twice']), [422, 'item_unavailable'], '`twice`'],
  ['none', line({ quantity: 0 }), QUANTITY, '0 were asked for'],
  ['less than none', line({ quantity: -1 }), BODY, 'invalid value: integer `-1`'],
  ['half of one', line({ quantity: 0.5 }), BODY, 'invalid type: floating point `0.5`'],
  ['a quantity that wraps around', line({ quantity: 4_294_967_296 }), BODY, '4294967296'],
  ['a quantity as a text', line({ quantity: '1' }), BODY, 'invalid type: string "1"'],
  ['no quantity', { lines: [{ sku: GOODS.sku }] }, BODY, 'missing field `quantity`'],
  ['more than the limit', of(['few', 4]), QUANTITY, '`few` must be 1 to 3; 4 were'],
  ['more than the limit, over two lines', of(['few', 2], ['few', 2]), QUANTITY, '`few` must be 1 to 3; 4 were'],
  ['more than the limit, over lines that overflow', of(['few', 4_294_967_295], ['few', 4_294_967_295]), QUANTITY, '8589934590 were'],
  ['a total that one payment cannot carry', of(['gold', 2]), QUANTITY, '2147483647 minor units'],
  ['a total that shipping pushes over', of(['gold'], ['few']), QUANTITY, '2147483647 minor units'],
  ['no lines', { lines: [] }, BODY, '1 to 50 lines; this one has 0'],
  ['too many lines', { lines: Array(51).fill({ sku: GOODS.sku, quantity: 1 }) }, BODY, '1 to 50 lines; this one has 51'],
  ['lines that are no list', { lines: { sku: GOODS.sku, quantity: 1 } }, BODY, 'expected a sequence'],
  ['lines of null', { lines: null }, BODY, 'null'],
  ['nothing at all', {}, BODY, 'neither `lines` nor `offer`'],
  ['a list in place of an object', [line()], BODY, 'expected'],
  ['the same name twice', `{"lines":[{"sku":"${GOODS.sku}","sku":"few","quantity":1}]}`, BODY, 'duplicate field `sku`'],
  ['two quantities', `{"lines":[{"sku":"${GOODS.sku}","quantity":1,"quantity":0}]}`, BODY, 'duplicate field `quantity`'],
  ['a form in place of JSON', `sku=${GOODS.sku}&quantity=1`, BODY, 'expected value'],
  ['a quantity beside the lines', { ...line(), quantity: 1 }, BODY, 'each of the `lines` has its own'],
  ['a field that the catalogue has not', { ...line(), fields: { price: '1' } }, FIELD, '`price`'],
  ['a field with another capital', { ...line(), fields: { Email: 'a@b.c' } }, FIELD, '`Email`'],
  ['a field that is too long', { ...line(), fields: { email: 'x'.repeat(21) } }, FIELD, '`email` has 21 characters; the catalogue allows 20'],
  ['a field with a control character', { ...line(), fields: { note: 'a\u0007b' } }, FIELD, '`note` has a control character'],
  ['a field that reads backwards', { ...line(), fields: { note: '\u202Ecod.exe' } }, FIELD, '`note` has a control character'],
  ['a field that is no text', { ...line(), fields: { email: { $ne: '' } } }, BODY, 'expected a string'],
  ['fields that are a list', { ...line(), fields: ['email'] }, BODY, 'an object whose values are texts'],
  ['too many fields', { ...line(), fields: Object.fromEntries(Array.from('abcdefghi', (name) => [name, ''])) }, BODY, 'at most 8'],
  ['a field twice', `{"lines":[{"sku":"${GOODS.sku}","quantity":1}],"fields":{"note":"a","note":"b"}}`, BODY, '`note` is there twice'],
  ['an offer and goods', async () => ({ ...line(), offer: await offer() }), BODY, 'both `lines` and `offer`'],
  ['a price beside an offer', async () => ({ offer: await offer(), amount: 1 }), BODY, 'unknown field `amount`'],
  ['a reference beside an offer', async () => ({ offer: await offer(), reference: 'R1' }), BODY, 'unknown field `reference`'],
  ['more of an offer than it allows', async () => ({ offer: await offer(), quantity: 3 }), QUANTITY, '`book` must be 1 to 2; 3 were'],
  ['none of an offer', async () => ({ offer: await offer(), quantity: 0 }), QUANTITY, '0 were asked for'],
  ['an offer that is over', async () => ({ offer: await offer({ exp: 1_000_000_000 }) }), [422, 'offer_expired'], 'expired at 1000000000'],
  ['an offer of tomorrow', async () => ({ offer: await offer({ nbf: inAnHour() }) }), OFFER, 'not valid before'],
  ['an offer of another shop', async () => ({ offer: await offer({}, { key: 'the key of another shop, 32 characters' }) }), OFFER, 'not signed with this Worker’s OFFER_KEY'.replace('’', "'")],
  ['another price in a signed offer', changed((header, payload, end) => `${header}.${encode({ ...JSON.parse(atob(payload)), amount: 1 })}.${end}`), OFFER, 'was changed since'],
  ['another reference in a signed offer', changed((header, payload, end) => `${header}.${encode({ ...JSON.parse(atob(payload)), reference: 'VIP' })}.${end}`), OFFER, 'was changed since'],
  ['an offer without its signature', changed((header, payload) => `${header}.${payload}.`), OFFER, 'was changed since'],
  ['an offer with another algorithm', changed((header, payload) => `${encode({ alg: 'none' })}.${payload}.`), OFFER, '`alg` is `none`'],
  ['an offer with a key in its header', () => ({ offer: signedText({ alg: 'HS256', jwk: { kty: 'oct', k: 'AA' } }, { ...CLAIMS, exp: inAnHour() }) }), OFFER, 'unknown field `jwk`'],
  ['an offer with a price of 99.5', () => ({ offer: signedText({ alg: 'HS256' }, { ...CLAIMS, exp: inAnHour(), amount: 99.5 }) }), OFFER, 'claim `amount`'],
  ['an offer with a reference that is too long', async () => ({ offer: await offer({ reference: 'x'.repeat(65) }) }), OFFER, 'claim `reference`'],
  ['an offer with metadata that is no text', async () => ({ offer: await offer({ metadata: { paid: true } }) }), OFFER, 'claim `metadata`'],
  ['an offer that is half of one', async () => ({ offer: (await offer()).slice(0, 40) }), OFFER, 'not a compact JWS'],
  ['a text that is no offer', { offer: 'free' }, OFFER, 'not a compact JWS'],
  ['an offer beyond all measure', { offer: `a.b.${'c'.repeat(4_000)}` }, OFFER, 'at most 2048'],
];

test('at least forty are tried, each with its own answer', () => {
  assert.ok(TRIED.length >= 40, `${TRIED.length}`);
  assert.equal(new Set(TRIED.map(([what]) => what)).size, TRIED.length);
});

for (const [what, made, [status, code], names] of TRIED) {
  test(`${what}: refused by name, and nothing is ordered`, async () => {
    const placed = stage.gateway.calls.length;
    const body = typeof made === 'function' ? await made() : made;
    for (const isFirst of [false, true]) {
      const answer = await stage.shop.place(body, { isFirst });
      assert.deepEqual([answer.status, answer.json?.code], [status, code], answer.text);
      assert.ok(answer.json.detail.includes(names), `${answer.json.detail} does not say “${names}”`);
    }
    assert.equal(stage.gateway.calls.length, placed, 'WeChat was asked for nothing');
  });
}

test('what was ordered is not changed under its key', async () => {
  const key = anIdempotencyKey();
  assert.equal((await stage.shop.place({ ...line(), fields: { note: 'one' } }, { key })).status, 201);
  for (const body of [line(), line({ quantity: 2 }), of(['few']), { ...line(), fields: { note: 'two' } }, { offer: await offer() }]) {
    const { status, json } = await stage.shop.place(body, { key });
    assert.deepEqual([status, json.code], [409, 'idempotency_conflict'], JSON.stringify(body));
  }
});
