// What was bought, by whom: the lines of an order, the merchant's reference and metadata, the shopper's words. They come back
// whole in webhooks, in the merchant's API and in the list, WeChat gets nothing of them, and a person's data can be removed.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { SignJWT } from 'jose';

import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { CATALOG, GOODS, OTHER_GOODS } from '../support/shop/catalog.mjs';
import { PlainBrowser } from '../support/shop/plain-browser.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

const OFFER_KEY = 'an offer key of the tests of what was bought';
const FIELDS = { email: { max_length: 254 }, note: { max_length: 500 } };
const EMAIL = 'a.shopper@tea-lovers.example';
const NOTE = 'Ring twice: the bell is broken';

let receiver, stage, office;
before(async () => {
  receiver = await startReceiver();
  const site = async () => Response.json({ ...CATALOG, fields: FIELDS });
  const platform = { ...BACK_OFFICE.platform, assets: undefined };
  platform.serviceBindings = { ...platform.serviceBindings, ASSETS: site };
  const vars = { ...BACK_OFFICE.vars, OFFER_KEY, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
  stage = await setStage({ vars, platform });
  office = new BackOffice(stage.worker);
});
after(async () => {
  await stage?.stop();
  await receiver?.stop();
});
beforeEach(() => receiver.received.splice(0));

const cart = () => ({ lines: [{ sku: GOODS.sku, quantity: 2 }, { sku: OTHER_GOODS.sku, quantity: 1 }] });
const line = (item, quantity, language) => ({ sku: item.sku, name: item.name[language], quantity, unit_amount: item.amount_minor });
const offer = (claims) =>
  new SignJWT({ sku: 'pdf-7', name: 'The tea book', amount: 4_500, currency: 'HKD', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1 hour')
    .sign(new TextEncoder().encode(OFFER_KEY));

const told = ({ lines, language, reference, metadata, shopper }) => ({ lines, language, reference, metadata, shopper });
const heard = (order, type = 'order.paid') =>
  until(`the merchant hears ${type} of ${order.id}`, async () => receiver.events(order.id).find((event) => event.type === type)?.data);

/** What each place where the merchant looks says about a paid order. */
async function everywhere(body, options) {
  const order = await stage.shop.placePayable(body, options);
  await stage.gateway.pay(order.view.code_url);
  await stage.shop.becomes('paid', order);
  const row = await office.listed(order.id, ({ state }) => state === 'paid');
  const history = (await office.history(order.id)).json;
  return { order, webhook: told(await heard(order)), history: told(history), list: told(row) };
}

function assertEverywhere({ webhook, history, list }, expected) {
  assert.deepEqual(webhook, told(expected));
  assert.deepEqual(history, told(expected));
  assert.deepEqual(list, told(expected));
}

test('an order keeps its lines whole, though WeChat gets a text that is cut', async () => {
  const all = CATALOG.items.map(({ sku }) => ({ sku, quantity: 2 }));
  const shown = await everywhere({ lines: all }, { headers: { 'accept-language': 'en' } });
  const lines = CATALOG.items.map((item) => line(item, 2, 'en'));
  assertEverywhere(shown, { lines, language: 'en' });
  assert.match(shown.order.view.description, /…$/);
  const sum = lines.reduce((total, { quantity, unit_amount }) => total + quantity * unit_amount, 0);
  assert.equal(sum, shown.order.view.amount.minor);
});

test('the goods are named in the shopper’s language: in the lines, on the page, and in WeChat', async () => {
  const shown = await everywhere(cart(), { headers: { 'accept-language': 'zh-Hant-HK,en;q=0.5' } });
  assertEverywhere(shown, { lines: [line(GOODS, 2, 'zh-HK'), line(OTHER_GOODS, 1, 'zh-HK')], language: 'zh-HK' });
  const { fields } = stage.gateway.calls.find(({ call, fields }) => call === 'unifiedorder' && fields.out_trade_no === shown.order.id);
  assert.equal(fields.body, `${CATALOG.shop} - ${GOODS.name['zh-HK']} x 2, ${OTHER_GOODS.name['zh-HK']}`);
  assert.equal(shown.order.view.description, fields.body);
});

test('the same request in another language finds the same order', async () => {
  const key = anIdempotencyKey();
  const first = await stage.shop.place(cart(), { key, headers: { 'accept-language': 'zh-HK' } });
  const again = await stage.shop.place(cart(), { key, headers: { 'accept-language': 'en' } });
  assert.deepEqual([again.status, again.json.order.id], [200, first.json.order.id]);
});

test('an offer is one line, with the merchant’s reference and metadata', async () => {
  const said = { reference: 'INV-2026/7 茶', metadata: { customer: '1207', campaign: 'spring' } };
  const shown = await everywhere({ offer: await offer({ max_quantity: 3, ...said }), quantity: 3 });
  assertEverywhere(shown, { lines: [{ sku: 'pdf-7', name: 'The tea book', quantity: 3, unit_amount: 4_500 }], language: 'en', ...said });
});

test('the shopper’s words are kept as they are, and only those that the catalogue allows', async () => {
  const fields = { email: EMAIL, note: ` ${NOTE}\n` };
  assertEverywhere(await everywhere({ ...cart(), fields }, { headers: { 'accept-language': 'en' } }), {
    lines: [line(GOODS, 2, 'en'), line(OTHER_GOODS, 1, 'en')],
    language: 'en',
    shopper: { email: EMAIL, note: NOTE },
  });
  for (const [fields, name] of [[{ phone: '1' }, 'phone'], [{ email: 'x'.repeat(255) }, 'email'], [{ note: 'a\u0000b' }, 'note']]) {
    const { status, json } = await stage.shop.place({ ...cart(), fields });
    assert.deepEqual([status, json.code], [422, 'invalid_field'], JSON.stringify(json));
    assert.match(json.detail, new RegExp(`\`${name}\``));
  }
  const key = anIdempotencyKey();
  assert.equal((await stage.shop.place({ ...cart(), fields }, { key })).status, 201);
  assert.equal((await stage.shop.place({ ...cart(), fields }, { key })).status, 200);
  assert.equal((await stage.shop.place({ ...cart(), fields: { email: 'another@example.com' } }, { key })).json.code, 'idempotency_conflict');
});

test('WeChat gets no reference, no metadata and no word of the shopper', async () => {
  const order = await stage.shop.placePayable({ offer: await offer({ reference: 'R-secret-77', metadata: { who: 'Ms. Leung' } }), fields: { email: EMAIL } });
  await stage.gateway.pay(order.view.code_url);
  await heard(order);
  const sent = JSON.stringify(stage.gateway.calls.filter(({ fields }) => fields.out_trade_no === order.id));
  assert.ok(sent.includes(order.id));
  for (const word of ['R-secret-77', 'Leung', EMAIL]) assert.ok(!sent.includes(word), word);
});

test('the page sees nothing of it in its order', async () => {
  const order = await stage.shop.placePayable({ ...cart(), fields: { email: EMAIL } });
  const { text } = await stage.shop.look(order);
  assert.ok(!text.includes(EMAIL) && !text.includes('unit_amount'));
});

test('a person’s data is removed everywhere, and the payment’s facts stay', async () => {
  const said = { reference: 'INV-8', metadata: { customer: 'Ms. Leung of Kowloon' } };
  const order = await stage.shop.placePayable({ offer: await offer(said), fields: { email: EMAIL, note: NOTE } });
  receiver.refuseOf(order, 500);
  await stage.gateway.pay(order.view.code_url);
  await stage.shop.becomes('paid', order);
  assert.equal((await heard(order)).shopper.email, EMAIL, 'the first delivery, which is refused, has it');
  await office.listed(order.id, ({ shopper, state }) => state === 'paid' && shopper.email === EMAIL);

  const answer = await office.post(`/admin/api/orders/${order.id}/forget`);
  assert.equal(answer.status, 200);
  const kept = { lines: [{ sku: 'pdf-7', name: 'The tea book', quantity: 1, unit_amount: 4_500 }], language: 'en', reference: 'INV-8' };
  assert.deepEqual(told(answer.json), told(kept));
  assert.deepEqual(answer.json.events.at(-1).what, { name: 'person_forgotten' });
  assert.equal(answer.json.events.at(-1).who, 'merchant');
  assert.equal(answer.json.payments.length, 1);
  const row = await office.listed(order.id, ({ shopper }) => shopper === undefined);
  assert.deepEqual(told(row), told(kept));
  const second = await until('the webhook comes again', async () => receiver.deliveries(order.id).filter(({ event }) => event.type === 'order.paid')[1]?.event.data, { withinMs: 30_000 });
  assert.deepEqual(told(second), told(kept), 'a webhook that waited has lost it too');

  const again = await office.post(`/admin/api/orders/${order.id}/forget`);
  assert.deepEqual([again.status, again.json.events.length], [200, (await office.history(order.id)).json.events.length]);
  assert.equal(again.json.events.filter(({ what }) => what.name === 'person_forgotten').length, 1, 'nothing was left to remove');
  assert.ok(!JSON.stringify(again.json).includes('Leung'));
});

test('an archived order’s data is removed from the list', async () => {
  // Nothing but the index knows this order, as after its object was archived. The list makes the tables.
  await office.list();
  const database = await stage.worker.miniflare.getD1Database('INDEX');
  const id = 'Harchivedorderofthetests';
  const row = [id, 1, 'paid', 1, 'Tea', 100, 'HKD', 0, Date.now(), '[]'];
  await database
    .prepare('INSERT INTO orders (out_trade_no, version, state, is_final, description, amount_minor, currency, refunded_minor, placed_at_ms, exceptions) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .bind(...row)
    .run();
  const details = { lines: [], reference: 'INV-1', metadata: { customer: '7' }, shopper: { email: EMAIL } };
  await database.prepare('INSERT INTO details (out_trade_no, reference, json) VALUES (?, ?, ?)').bind(id, 'INV-1', JSON.stringify(details)).run();
  assert.equal((await office.post(`/admin/api/orders/${id}/forget`)).status, 204);
  const listed = await office.listed(id, () => true);
  assert.deepEqual(told(listed), told({ lines: [], reference: 'INV-1' }));
});

test('nobody forgets a person of an order that does not exist', async () => {
  assert.equal((await office.post('/admin/api/orders/Hnothing/forget')).status, 404);
  const stranger = new BackOffice(stage.worker, 'not the token of the tests, 42 characters');
  assert.ok([401, 404].includes((await stranger.post('/admin/api/orders/Hnothing/forget')).status));
});

test('an order without a script keeps its lines in the browser’s language', async () => {
  const browser = new PlainBrowser(stage.worker, { language: 'zh-CN' });
  const page = await browser.submit({ sku: GOODS.sku, quantity: '2' });
  const id = /\/checkout\/(\w+)/.exec(page.path)[1];
  const { json } = await office.history(id);
  assert.deepEqual([json.lines, json.language], [[line(GOODS, 2, 'zh-CN')], 'zh-CN']);
});

test('a form without a script sends the shopper’s words', async () => {
  const browser = new PlainBrowser(stage.worker);
  const page = await browser.submit({ sku: GOODS.sku, 'fields.email': EMAIL, 'fields.note': 'Ring\r\ntwice; 茶 & 100 %' });
  const { json } = await office.history(/\/checkout\/(\w+)/.exec(page.path)[1]);
  assert.deepEqual(json.shopper, { email: EMAIL, note: 'Ring\ntwice; 茶 & 100 %' });
  for (const [field, text, status] of [['phone', '1', 422], ['email', 'x'.repeat(255), 422], ['note', '茶'.repeat(450), 422]]) {
    const refused = await browser.submit({ sku: GOODS.sku, [`fields.${field}`]: text });
    assert.deepEqual([refused.status, refused.path], [status, '/checkout'], field);
  }
});
