// Files that are sold: who gets them, how often, and what is told of it.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { SignJWT } from 'jose';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { BACK_OFFICE, BackOffice } from '../support/shop/back-office.mjs';
import { ALBUM, BOOK, EMPTY, FILES, LOST, TEA, filePlatform, fill, link } from '../support/shop/files.mjs';
import { PlainBrowser } from '../support/shop/plain-browser.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

const OFFER_KEY = 'an offer key of the tests of downloads.';
const DAY_MS = 86_400_000;
const MOST = 10;

let receiver, stage, office, bucket;
before(async () => {
  receiver = await startReceiver();
  const vars = { ...BACK_OFFICE.vars, OFFER_KEY, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
  stage = await setStage({ vars, platform: { ...filePlatform(BACK_OFFICE), name: 'worker' } });
  office = new BackOffice(stage.worker);
});
beforeEach(async () => {
  bucket = await fill(stage.worker);
  receiver.received.splice(0);
});
after(async () => {
  await stage?.stop();
  await receiver?.stop();
});

const cart = (...items) => ({ lines: items.map(({ sku }) => ({ sku, quantity: 1 })) });

/** An order of these goods, paid: `{ id, token, view }`. */
async function paid(body, options) {
  const order = await stage.shop.placePayable(body, options);
  await stage.gateway.pay(order.view.code_url);
  return { ...order, view: await stage.shop.becomes('paid', order) };
}

/** Asks for a file: `{ status, headers, bytes, text }`. */
async function get(path, { method = 'GET', headers = {} } = {}) {
  const answer = await fetch(new URL(path, stage.shop.url), { method, headers, redirect: 'manual' });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, bytes, text: bytes.toString() };
}

const range = (bytes, more) => ({ headers: { range: `bytes=${bytes}`, ...more } });
const urlOf = ({ view }, at = 0) => view.downloads[at].url;
const history = async ({ id }) => (await office.history(id)).json;
const counted = async (order) => Object.fromEntries(((await history(order)).downloads ?? []).map(({ line, times }) => [line, times]));
const events = async (order, name) => (await history(order)).events.filter(({ what }) => what.name === name);
/** A link that the Worker would make. */
const made = (order, line, expiresAt = Date.now() + DAY_MS) => link(stage.worker.bindings.ORDER_SECRET, order.id, line, expiresAt);

describe('a file that was bought', () => {
  test('comes byte by byte, under its own name, and is saved and never shown as a page of the shop', async () => {
    const order = await paid(cart(BOOK));
    const { status, headers, bytes } = await get(urlOf(order));
    assert.equal(status, 200);
    assert.ok(bytes.equals(FILES['tea-book.pdf']));
    for (const [name, value] of Object.entries({
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename="tea-book.pdf"; filename*=UTF-8''tea-book.pdf`,
      'content-length': String(bytes.length),
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
      'accept-ranges': 'bytes',
      'content-security-policy': `default-src 'none'; sandbox`,
    })) assert.equal(headers.get(name), value, name);
    assert.match(headers.get('etag'), /^"[^"]+"$/);
  });

  test('is named in any language, may be long or empty, and each line has its own', async () => {
    const order = await paid(cart(TEA, ALBUM, EMPTY), { headers: { 'accept-language': 'zh-HK' } });
    assert.deepEqual(order.view.downloads.map(({ name }) => name), [ALBUM.name['zh-HK'], EMPTY.name['zh-HK']]);
    const [album, empty] = await Promise.all([get(urlOf(order)), get(urlOf(order, 1))]);
    assert.ok(album.bytes.equals(FILES[ALBUM.file]));
    assert.match(album.headers.get('content-disposition'), /filename\*=UTF-8''%E8%8C%B6%20music\.zip$/);
    assert.equal(album.headers.get('content-type'), 'application/octet-stream');
    assert.deepEqual([empty.status, empty.bytes.length], [200, 0]);
    assert.deepEqual(await counted(order), { 2: 1, 3: 1 });
  });

  test('is linked only for who has the order’s token, once it is paid, and each look brings a new link', async () => {
    const order = await stage.shop.placePayable(cart(BOOK));
    assert.equal(order.view.downloads, undefined);
    assert.equal((await get(made(order, 1))).status, 409, 'not paid');
    await stage.gateway.pay(order.view.code_url);
    const view = await stage.shop.becomes('paid', order);
    const [{ name, url, expires_at_ms: until, ...more }] = view.downloads;
    assert.deepEqual({ name, more }, { name: BOOK.name.en, more: {} });
    assert.ok(url.startsWith(`/download/${order.id}/1?expires=`) && until > Date.now() + DAY_MS - 60_000 && until <= Date.now() + DAY_MS);
    const look = await stage.shop.look(order, { 'if-none-match': `"${view.version}"` });
    assert.deepEqual([look.status, look.json.downloads.length], [200, 1]);
    assert.equal((await stage.shop.look({ ...order, token: 'x' })).status, 404);
    const tea = await paid(cart(TEA));
    assert.equal(tea.view.downloads, undefined);
    assert.equal((await stage.shop.look(tea, { 'if-none-match': `"${tea.view.version}"` })).status, 304);
  });

  test('is the one of the moment of buying, whatever the catalogue says later, and can be sold by an offer and by the merchant', async () => {
    const claims = { sku: 'any', name: 'Any book', amount: 4500, currency: 'HKD', file: BOOK.file };
    const sign = (more) => new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1 hour').sign(new TextEncoder().encode(OFFER_KEY));
    const order = await paid({ offer: await sign(), quantity: 1 });
    assert.ok((await get(urlOf(order))).bytes.equals(FILES[BOOK.file]));
    for (const file of ['../tea-book.pdf', '/tea-book.pdf', 'a//b', '', 7]) {
      const { status, json } = await stage.shop.place({ offer: await sign({ file }), quantity: 1 });
      assert.deepEqual([status, json.code], [422, 'invalid_offer'], file);
      assert.match(json.detail, /`file`/);
    }
    const wanted = (file) => ({ amount_minor: 4500, currency: 'HKD', description: 'Book', lines: [{ sku: 'b', name: 'Book', quantity: 1, unit_amount: 4500, file }] });
    const { json: own } = await office.create(wanted(BOOK.file), anIdempotencyKey());
    const view = await stage.shop.becomes('awaiting_payment', { id: own.order.id, token: own.token });
    await stage.gateway.pay(view.code_url);
    const bought = await stage.shop.becomes('paid', { id: own.order.id, token: own.token });
    assert.ok((await get(bought.downloads[0].url)).bytes.equals(FILES[BOOK.file]));
    assert.equal((await office.create(wanted('../x'), anIdempotencyKey())).status, 400);
  });

  test('no page can name a file', async () => {
    const { status } = await stage.shop.place({ lines: [{ sku: TEA.sku, quantity: 1, file: BOOK.file }] });
    assert.equal(status, 400);
  });
});

describe('who has no good link', () => {
  test('gets nothing: not by another order, another line, another end, another secret, or a trick with the path', async () => {
    const [order, other] = [await paid(cart(BOOK)), await paid(cart(TEA))];
    const good = made(order, 1);
    const secret = 'the order secret of somebody else, 40 chars';
    for (const bad of [
      good.replace(order.id, other.id),
      good.replace('/1?', '/2?'),
      good.replace('/1?', '/01?'),
      good.replace('/1?', '/%31?'),
      good.replace('/1?', '/1/?'),
      good.replace('/1?', '/1%2e?'),
      good.replace(/expires=\d+/, `expires=${Math.floor(Date.now() / 1000) + 999_999}`),
      `${good}0`,
      `${good}&sig=x`,
      good.replace(/&sig=.*/, ''),
      link(secret, order.id, 1, Date.now() + DAY_MS),
      `/download/${order.id}/1`,
      `/download/${order.id}/tea-book.pdf`,
      `/download/${order.id}/%2e%2e%2ftea-book.pdf`,
      '/download/tea-book.pdf/1',
    ]) {
      const { status, headers, text } = await get(bad);
      assert.equal(status, 403, bad);
      assert.match(headers.get('content-type'), /^text\/html/);
      assert.match(text, /<h1>This file cannot be downloaded<\/h1><p>The link is over or not complete\./);
    }
    assert.equal((await get(made(other, 1))).status, 404, 'a genuine link to a line without a file');
    assert.equal((await get(made(order, 2))).status, 404, 'a genuine link to a line that there is not');
    assert.deepEqual(await counted(order), {});
    assert.equal((await get(good)).status, 200);
  });

  test('nor who comes too late, and the next look at the order has a link that is good', async () => {
    const order = await paid(cart(BOOK));
    const { status, text } = await get(made(order, 1, Date.now() - 1000));
    assert.equal(status, 403);
    assert.match(text, /Open the page of your order again/);
    assert.equal((await get(urlOf({ view: (await stage.shop.look(order)).json }))).status, 200);
  });

  test('nor who asks by another method, and the page speaks the shopper’s language', async () => {
    const order = await paid(cart(BOOK));
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const { status, headers } = await get(urlOf(order), { method });
      assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD'], method);
    }
    const { text, headers } = await get(`/download/${order.id}/1`, { headers: { 'accept-language': 'zh-Hant-HK' } });
    assert.match(text, /<html lang="zh-HK".*無法下載此檔案/s);
    assert.match(headers.get('content-security-policy'), /default-src 'none'/);
  });
});

describe('a file goes out so many times', () => {
  test('a hundred requests at once get it ten times, and the shop is asked then', async () => {
    const order = await paid(cart(BOOK));
    const answers = await Promise.all(Array.from({ length: 100 }, () => get(urlOf(order))));
    const whole = answers.filter(({ status, bytes }) => status === 200 && bytes.equals(FILES[BOOK.file]));
    assert.equal(whole.length, MOST);
    const refused = answers.filter(({ status }) => status !== 200);
    assert.deepEqual([...new Set(refused.map(({ status }) => status))], [429]);
    assert.match(refused[0].text, /as often as the shop allows/);
    assert.deepEqual(await counted(order), { 1: MOST });
  });

  test('looks at the headers count nothing, and get nothing', async () => {
    const order = await paid(cart(BOOK));
    for (let at = 0; at < 3 * MOST; at += 1) {
      const { status, headers, bytes } = await get(urlOf(order), { method: 'HEAD' });
      assert.deepEqual([status, headers.get('content-length'), bytes.length], [200, String(FILES[BOOK.file].length), 0]);
    }
    assert.deepEqual(await counted(order), {});
    assert.deepEqual(await events(order, 'delivered'), []);
  });

  test('a download that goes on is a part of the one before, and one without a beginning counts', async () => {
    const order = await paid(cart(BOOK));
    const file = FILES[BOOK.file];
    const first = await get(urlOf(order), range('0-4999'));
    assert.deepEqual([first.status, first.headers.get('content-range')], [206, `bytes 0-4999/${file.length}`]);
    const rest = await get(urlOf(order), range('5000-', { 'if-range': first.headers.get('etag') }));
    assert.equal(rest.status, 206);
    assert.ok(Buffer.concat([first.bytes, rest.bytes]).equals(file));
    assert.deepEqual(await counted(order), { 1: 1 });
    // What is left of that download is less than the file.
    assert.ok((await get(urlOf(order), range('1-'))).bytes.equals(file.subarray(1)));
    assert.deepEqual(await counted(order), { 1: 2 });
    const all = await Promise.all(Array.from({ length: 60 }, () => get(urlOf(order), range('1-'))));
    const taken = all.reduce((sum, { status, bytes }) => sum + (status === 206 ? bytes.length : 0), 0);
    assert.ok(taken <= MOST * file.length, `${taken} bytes of a file of ${file.length}`);
    assert.deepEqual(await counted(order), { 1: MOST });
    assert.equal((await get(urlOf(order), range('-2'))).status, 429);
    assert.equal((await get(urlOf(order), range('0-0'))).status, 429);
  });

  test('what the file has not counts nothing, and a part of another file is not sent', async () => {
    const order = await paid(cart(BOOK));
    const size = FILES[BOOK.file].length;
    const beyond = await get(urlOf(order), range(`${size}-`));
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${size}`]);
    assert.deepEqual(await counted(order), {});
    const { headers } = await get(urlOf(order), range('0-9'));
    await bucket.put(BOOK.file, 'another edition');
    const other = await get(urlOf(order), range('10-', { 'if-range': headers.get('etag') }));
    assert.deepEqual([other.status, other.text], [200, 'another edition']);
  });

  test('until the merchant allows as many again', async () => {
    const order = await paid(cart(BOOK));
    for (let at = 0; at < MOST; at += 1) assert.equal((await get(urlOf(order))).status, 200);
    assert.equal((await get(urlOf(order))).status, 429);
    const allowed = await office.post(`/admin/api/orders/${order.id}/downloads/allow`);
    assert.deepEqual([allowed.status, allowed.json.downloads[0].most], [200, 2 * MOST]);
    assert.equal((await get(urlOf(order))).status, 200);
    const [event] = await events(order, 'downloads_allowed');
    assert.deepEqual([event.who, event.key], ['merchant', 'admin']);
  });

  test('what was counted is counted after the object was thrown out of memory', async () => {
    const order = await paid(cart(BOOK));
    for (let at = 0; at < MOST; at += 1) assert.equal((await get(urlOf(order))).status, 200);
    let gone = false;
    const going = stage.worker.miniflare.unsafeEvictDurableObject('worker', 'OrderObject', { name: order.id, webSockets: 'hibernate' }).finally(() => (gone = true));
    while (!gone) await fetch(`${stage.shop.url}/healthz`).then((answer) => answer.text());
    await going;
    assert.equal((await get(urlOf(order))).status, 429);
    assert.equal((await stage.shop.look(order)).json.downloads.length, 1);
  });
});

describe('when the money goes back', () => {
  let shop, merchant;
  before(async () => {
    shop = await setStage({ start: startSimulator, vars: BACK_OFFICE.vars, platform: filePlatform(BACK_OFFICE) });
    merchant = new BackOffice(shop.worker);
    await fill(shop.worker);
  });
  after(() => shop?.stop());

  /** An order of the book, paid, and what its link answers after this refund. */
  async function refunded(amount_minor) {
    const order = await shop.shop.placePayable(cart(BOOK));
    await shop.gateway.pay(order.view.code_url);
    const view = await shop.shop.becomes('paid', order);
    const url = new URL(view.downloads[0].url, shop.shop.url);
    assert.equal((await get(url)).status, 200);
    await merchant.refund(order.id, { out_refund_no: 'R1', amount_minor });
    const asked = await get(url);
    return { order, url, asked };
  }

  test('all of it, the links stop from the moment of asking, and the page says why', async () => {
    const { order, url, asked } = await refunded(BOOK.amount_minor);
    assert.equal(asked.status, 410);
    assert.match(asked.text, /The payment for it was given back\./);
    const { json } = await shop.shop.look(order);
    assert.deepEqual([json.status, json.downloads], ['paid', undefined]);
    await merchant.refundBecomes(order.id, 'R1', 'refunded', { withinMs: 100_000 });
    assert.equal((await get(url)).status, 410);
    const { downloads } = (await merchant.history(order.id)).json;
    assert.deepEqual(downloads.map(({ times }) => times), [1]);
  });

  test('a part of it, they do not', async () => {
    const { order, url, asked } = await refunded(500);
    assert.equal(asked.status, 200);
    assert.equal((await shop.shop.look(order)).json.downloads.length, 1);
    assert.equal((await get(url)).status, 200);
  });
});

describe('the merchant', () => {
  test('hears of a payment with links, and once that it was delivered; history, list and export count', async () => {
    const order = await paid(cart(TEA, BOOK, ALBUM));
    const heard = (type) => until(`${type} of ${order.id}`, async () => receiver.events(order.id).find((event) => event.type === type)?.data);
    const { downloads, lines } = await heard('order.paid');
    assert.deepEqual(lines.map(({ file }) => file), [undefined, BOOK.file, ALBUM.file]);
    assert.deepEqual(downloads.map(({ name }) => name), [BOOK.name.en, ALBUM.name.en]);
    assert.ok(downloads[0].url.startsWith(`${stage.shop.url}/download/${order.id}/2?`));
    assert.ok(Math.abs(downloads[0].expires_at_ms - Date.now() - 7 * DAY_MS) < 60_000);
    assert.ok((await get(downloads[0].url)).bytes.equals(FILES[BOOK.file]));
    await heard('order.delivered');
    for (const url of [urlOf(order), urlOf(order), urlOf(order, 1)]) assert.equal((await get(url)).status, 200);
    assert.deepEqual(await counted(order), { 2: 3, 3: 1 });
    assert.deepEqual((await events(order, 'delivered')).map(({ who, what }) => [who, what.line, what.file]), [['shopper', 2, BOOK.file]]);
    const told = receiver.events(order.id).filter(({ type }) => type === 'order.delivered');
    assert.deepEqual([told.length, told[0].data.downloads], [1, undefined]);
    const row = await office.listed(order.id, ({ downloads }) => downloads === 4);
    assert.equal(row.lines[1].file, BOOK.file);
    const answer = await fetch(`${stage.shop.url}/admin/api/export?format=csv&text=${order.id}`, { headers: { authorization: `Bearer ${BACK_OFFICE.vars.ADMIN_TOKEN}` } });
    const [columns, cells] = (await answer.text()).trim().split('\r\n').map((line) => line.split(','));
    assert.deepEqual([columns.at(-1), cells.at(-1)], ['downloads', '4']);
  });

  test('is told of a file that is paid for and not there; nothing is counted, and it comes when the file is there', async () => {
    const order = await paid(cart(LOST));
    for (const _ of [1, 2]) {
      const { status, text } = await get(urlOf(order));
      assert.equal(status, 404);
      assert.match(text, /The file is not there at the moment\./);
    }
    assert.deepEqual(await counted(order), {});
    const { exceptions } = await history(order);
    assert.deepEqual(exceptions.map(({ kind, detail, done_at_ms }) => [kind, detail, done_at_ms]), [['file_missing', LOST.file, undefined]]);
    assert.ok(stage.worker.log.some((line) => line.includes(order.id) && line.includes(LOST.file)));
    const told = await until('the merchant hears of it', async () => receiver.events(order.id).find(({ type }) => type === 'order.exception')?.data);
    assert.equal(told.exception, 'file_missing');
    await bucket.put(LOST.file, 'found');
    assert.equal((await get(urlOf(order))).text, 'found');
    await bucket.delete(LOST.file);
    assert.ok((await history(order)).exceptions[0].done_at_ms, 'the matter is settled');
  });

  test('can remove a person’s data, and the shopper keeps the file', async () => {
    const order = await paid(cart(BOOK));
    assert.equal((await office.post(`/admin/api/orders/${order.id}/forget`)).status, 200);
    assert.ok((await get(urlOf({ view: (await stage.shop.look(order)).json }))).bytes.equals(FILES[BOOK.file]));
  });
});

test('a browser without scripts pays, follows the link on the page, and has the file', async () => {
  const browser = new PlainBrowser(stage.worker);
  const { path, text } = await browser.submit({ sku: BOOK.sku, quantity: '1' });
  assert.doesNotMatch(text, /\/download\//);
  const [, id] = /\/checkout\/(\w+)/.exec(path);
  await stage.gateway.pay((await history({ id })).order.code_url);
  const page = await until('the page says paid', async () => {
    const shown = await browser.open(path);
    if (!/Payment received/.test(shown.text)) throw new Error('not yet');
    return shown;
  });
  const [, href, label] = /<a href="(\/download\/[^"]+)">([^<]+)<\/a>/.exec(page.text);
  assert.equal(label, `Download ${BOOK.name.en}`);
  assert.ok((await get(href.replaceAll('&amp;', '&'))).bytes.equals(FILES[BOOK.file]));
});

describe('FILES', () => {
  test('FILES is where the files are: without it nothing that names a file is sold, and readiness says so', async () => {
    const platform = filePlatform(BACK_OFFICE);
    const bare = await setStage({ vars: BACK_OFFICE.vars, platform: { ...platform, r2Buckets: undefined } });
    try {
      const { status, json } = await bare.shop.place(cart(BOOK));
      assert.deepEqual([status, json.code], [422, 'item_unavailable']);
      assert.match(json.detail, /FILES/);
      assert.equal((await bare.shop.place(cart(TEA))).status, 201);
      const lines = [{ sku: 'b', name: 'Book', quantity: 1, unit_amount: 4500, file: BOOK.file }];
      const own = await new BackOffice(bare.worker).create({ amount_minor: 4500, currency: 'HKD', description: 'Book', lines }, anIdempotencyKey());
      assert.deepEqual([own.status, own.json.code], [422, 'item_unavailable']);
      const checks = (await new BackOffice(bare.worker).readiness()).json.checks.filter(({ name }) => name === 'files');
      assert.deepEqual(checks.map(({ outcome }) => outcome), ['failed']);
      assert.match(checks[0].mend, /\[\[r2_buckets\]\]/);
      assert.equal((await fetch(`${bare.shop.url}/healthz`)).status, 503);
    } finally {
      await bare.stop();
    }
  });

  test('each file that the catalogue names and the bucket has not is named by readiness', async () => {
    const checks = (await office.readiness()).json.checks.filter(({ name }) => name === 'files');
    assert.deepEqual(checks.map(({ outcome, seen }) => [outcome, seen.includes(LOST.file)]), [['failed', true]]);
    await bucket.put(LOST.file, 'here');
    const [{ outcome }] = (await office.readiness()).json.checks.filter(({ name }) => name === 'files');
    await bucket.delete(LOST.file);
    assert.equal(outcome, 'ok');
  });
});
