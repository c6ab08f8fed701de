// Connections of any shape: bodies that come slowly or never, halves that are closed, lengths that lie, headers that come twice,
// and requests in which two readers would see two different things. Each ends, with a refusal of ours or of the platform, in
// time and in bounded memory; and no request that was hidden in another one is answered.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { notification } from '../support/gateway/notification.mjs';
import { lines } from '../support/shop/catalog.mjs';
import { anIdempotencyKey, asPaidOrder } from '../support/shop/shop.mjs';
import { onStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';

/** How long the Worker waits for a body, and additional time for a busy machine. */
const BODY_LIMIT_MS = 20_000;
const SLACK_MS = 8_000;

/** The Worker's direct socket: Miniflare's own Worker would read the request first, and in its own way. */
const NAME = 'worker';
const stage = onStage({ platform: { name: NAME, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] } });

async function opened() {
  const { port } = await stage.worker.miniflare.unsafeGetDirectURL(NAME);
  const socket = connect(Number(port), '127.0.0.1');
  const said = { text: '', closed: false, socket };
  socket.on('data', (data) => (said.text += data)).on('error', () => {}).on('close', () => (said.closed = true));
  return said;
}

const placing = (headers) => `POST /api/orders HTTP/1.1\r\nhost: shop.example\r\nidempotency-key: ${anIdempotencyKey()}\r\n${headers}\r\n\r\n`;

/** The answers that came on a connection, by their status. */
const statuses = ({ text }) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

/** Sends all of it and waits until the connection has ended, or rests. */
async function conversation(text, { half = false } = {}) {
  const said = await opened();
  if (half) said.socket.end(text);
  else said.socket.write(text);
  const began = Date.now();
  let length = -1;
  await until('the connection ends or rests', async () => {
    if (said.closed) return true;
    const isAtRest = said.text.length > 0 && said.text.length === length;
    length = said.text.length;
    await pause(100);
    return isAtRest;
  });
  said.tookMs = Date.now() - began;
  said.socket.destroy();
  return said;
}

describe('a slow body', () => {
  test('that never ends is given up after its time, as an order and as a notification; others are served meanwhile', async () => {
    const began = Date.now();
    const order = await opened();
    order.socket.write(`${placing('content-length: 50')}{"lines":`);
    const pieces = await opened();
    pieces.socket.write(`${placing('transfer-encoding: chunked')}2\r\n{"\r\n`);
    const message = await opened();
    message.socket.write('POST /notify/wechat HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 500\r\n\r\n<xml>');
    // It sends something from time to time, so it is not silent.
    const drip = setInterval(() => pieces.socket.write('1\r\n \r\n'), 500);
    try {
      await stage.shop.placePayable();
      assert.deepEqual([order, pieces, message].map(({ text }) => text), ['', '', ''], 'they are waited for');
      await until('all three are answered', () => [order, pieces, message].every(({ text }) => text.length > 0), { withinMs: BODY_LIMIT_MS + SLACK_MS });
    } finally {
      clearInterval(drip);
    }
    assert.ok(Date.now() - began >= BODY_LIMIT_MS, 'and not sooner');
    for (const said of [order, pieces]) assert.match(said.text, /^HTTP\/1\.1 400 [\s\S]*"invalid_body".*did not arrive within 20 seconds/);
    assert.match(message.text, /^HTTP\/1\.1 200 [\s\S]*FAIL/);
    for (const { socket } of [order, pieces, message]) socket.destroy();
  });

  test('that is complete in time is taken as any other, though it comes byte by byte', async () => {
    const said = await opened();
    const body = JSON.stringify(lines());
    said.socket.write(placing(`content-length: ${body.length}`));
    for (const byte of body) {
      said.socket.write(byte);
      await pause(5);
    }
    await until('the order is placed', () => said.text.includes('HTTP/1.1 201 '));
    said.socket.destroy();
  });

  test('costs little while it is waited for: of three hundred each is waited for, and an order is placed meanwhile', async () => {
    const slow = await Promise.all(Array.from({ length: 300 }, opened));
    for (const { socket } of slow) socket.write(`${placing('content-length: 50')}{"lines":`);
    await stage.shop.placePayable();
    assert.equal(slow.filter(({ text, closed }) => text || closed).length, 0);
    for (const { socket } of slow) socket.destroy();
    await stage.shop.placePayable();
  });
});

describe('a half-closed connection', () => {
  test('before the head has ended is closed without an answer of ours', async () => {
    const said = await conversation('POST /api/orders HTTP/1.1\r\nhost: sh', { half: true });
    assert.ok(said.closed && !said.text.includes('HTTP/1.1 2'), said.text);
  });

  test('after a whole request is answered all the same', async () => {
    const body = JSON.stringify(lines());
    const said = await conversation(placing(`content-length: ${body.length}`) + body, { half: true });
    assert.deepEqual(statuses(said), [201]);
  });

  test('in the middle of a body is refused, in pieces as well', async () => {
    const said = await conversation(`${placing('transfer-encoding: chunked')}5\r\n{"li`, { half: true });
    assert.deepEqual(statuses(said).filter((status) => status !== 400), []);
  });
});

/** The request that is hidden in the body: it would read the order if anybody took it for a request. */
const HIDDEN = 'GET /healthz HTTP/1.1\r\nhost: shop.example\r\n\r\n';
const CHUNKED = `0\r\n\r\n${HIDDEN}`;

describe('what two readers could read in two ways', () => {
  for (const [what, headers, body] of [
    ['two lengths that differ', 'content-length: 3\r\ncontent-length: 80', CHUNKED],
    ['two lengths in one', 'content-length: 3, 3', CHUNKED],
    ['a negative length', 'content-length: -1', HIDDEN],
    ['a length with a sign', 'content-length: +3', CHUNKED],
    ['a length in hexadecimal', 'content-length: 0x10', CHUNKED],
    ['a length with more digits than a number has', 'content-length: 99999999999999999999999999', CHUNKED],
    ['another coding than pieces', 'transfer-encoding: gzip, chunked', CHUNKED],
    ['pieces that are not the last coding', 'transfer-encoding: chunked, identity', CHUNKED],
    ['a misspelled coding', 'transfer-encoding: xchunked', CHUNKED],
    ['a piece whose length is no number', 'transfer-encoding: chunked', `zz\r\n{}\r\n${CHUNKED}`],
    ['a piece that is longer than it says', 'transfer-encoding: chunked', `1\r\n{}}}}}\r\n${CHUNKED}`],
    ['a folded header', 'x: a\r\n transfer-encoding: chunked\r\ncontent-length: 3', CHUNKED],
  ]) {
    test(`${what}: nobody answers what is hidden in it, and nothing is ordered`, async () => {
      const before = (await stage.gateway.orderNumbersSeen()).length;
      const said = await conversation(placing(headers) + body, { half: true });
      assert.ok(said.tookMs < SLACK_MS, `${said.tookMs} ms`);
      assert.ok(!said.text.includes('\r\n\r\nok\n'), said.text);
      // workerd itself answers some of them, with 5xx of its own. Cloudflare lets none of those through.
      const [status = 400] = statuses(said);
      assert.ok(status >= 400, said.text);
      if (status >= 500) assert.doesNotMatch(said.text, /problem\+json/);
      assert.equal((await stage.gateway.orderNumbersSeen()).length, before);
    });
  }

  test('a length beside pieces: what follows the pieces is a request of its own, never a part of the first one', async () => {
    const body = JSON.stringify(lines());
    const pieces = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const said = await conversation(placing('content-length: 5\r\ntransfer-encoding: chunked') + pieces + HIDDEN);
    const [first] = statuses(said);
    // Read by its pieces it is an order; read by its length it is none.
    assert.ok(first === 201 || first === 400, said.text);
    if (first === 201) assert.ok(statuses(said).length <= 2, said.text);
  });

  test('two requests in one packet are answered one after the other, each with its own', async () => {
    const said = await conversation(HIDDEN + HIDDEN.replace('/healthz', '/api/shop') + HIDDEN.replace('/healthz', '/nothing'));
    assert.deepEqual(statuses(said), [200, 200, 404]);
  });
});

describe('a header that comes twice', () => {
  const place = (headers, body = JSON.stringify(lines())) =>
    conversation(`POST /api/orders HTTP/1.1\r\nhost: shop.example\r\n${headers}\r\ncontent-length: ${body.length}\r\n\r\n${body}`, { half: true });

  test('as two keys names no order', async () => {
    const said = await place(`idempotency-key: ${anIdempotencyKey()}\r\nidempotency-key: ${anIdempotencyKey()}`);
    assert.match(said.text, /^HTTP\/1\.1 400 [\s\S]*invalid_idempotency_key/);
  });

  test('as two tokens opens no order, though one of them is right', async () => {
    const { id, token } = await stage.shop.placePayable();
    const said = await conversation(
      `GET /api/orders/${id} HTTP/1.1\r\nhost: shop.example\r\nauthorization: Bearer wrong\r\nauthorization: Bearer ${token}\r\n\r\n`,
    );
    assert.match(said.text, /^HTTP\/1\.1 404 [\s\S]*order_not_found/);
  });
});

describe('three hundred open sockets', () => {
  test('of three hundred orders are each told once of their payment, while forgeries about them arrive', async () => {
    const orders = [];
    for (let at = 0; at < 300; at += 20) orders.push(...(await Promise.all(Array.from({ length: 20 }, () => stage.shop.placePayable()))));
    const pages = orders.map((order) => {
      const url = `${stage.worker.url.replace('http', 'ws')}/api/orders/${order.id}/live`;
      const page = { order, told: [], socket: new WebSocket(url, ['wechat-pay.v1', `token.${order.token}`]) };
      page.socket.addEventListener('message', ({ data }) => page.told.push(JSON.parse(data).status));
      return page;
    });
    await until('each has its first view', () => pages.every(({ told }) => told.length > 0));
    for (let at = 0; at < pages.length; at += 20) {
      await Promise.all(
        pages.slice(at, at + 20).map(async ({ order }) => {
          const message = notification(stage.gateway.merchant, asPaidOrder(order.view));
          await stage.shop.notify(message.replace(/<sign>.*<\/sign>/, '<sign>0</sign>'));
          assert.match((await stage.shop.notify(message)).text, /SUCCESS/);
          await stage.shop.notify(message);
        }),
      );
    }
    await until('each is told', () => pages.every(({ told }) => told.includes('paid')));
    assert.deepEqual(pages.map(({ told }) => told.filter((status) => status === 'paid').length), pages.map(() => 1));
    assert.deepEqual([...new Set(pages.flatMap(({ told }) => told))], ['awaiting_payment', 'paid']);
    for (const { socket } of pages) socket.close();
  });
});
