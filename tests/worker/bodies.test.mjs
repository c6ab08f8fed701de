// Bodies of any length. A body that is too large is refused before it is read to its end, whether it announces its length or
// comes in pieces.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, test } from 'node:test';

import { lines } from '../support/shop/catalog.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { onStage } from '../support/stage.mjs';

const MIB = 1024 * 1024;
/** How much the machine's own buffers may take in addition. */
const ENOUGH = 16 * MIB;

describe('a body that comes in pieces', () => {
  const stage = onStage();

  /**
   * Sends spaces in pieces, as fast as the other side takes them, until the answer comes: `{ status, text, sent }`. The
   * platform may cut a connection on which more arrives than it reads. Then there is no status.
   */
  const flood = (path, headers) =>
    new Promise((done) => {
      let sent = 0;
      let answered = false;
      const piece = Buffer.alloc(64 * 1024, ' ');
      const out = request(`${stage.worker.url}${path}`, { method: 'POST', headers }, async (response) => {
        answered = true;
        const text = Buffer.concat(await Array.fromAsync(response)).toString();
        out.destroy();
        done({ status: response.statusCode, text, sent });
      });
      out.on('error', () => answered || done({ sent }));
      const more = () => {
        while (!answered && sent < 8 * ENOUGH) {
          sent += piece.length;
          if (!out.write(piece)) return out.once('drain', more);
        }
        if (!answered) out.end();
      };
      more();
    });

  test('as an order is refused without being read whole', async () => {
    const { status, text, sent } = await flood('/api/orders', { 'idempotency-key': anIdempotencyKey() });
    if (status) assert.deepEqual([status, JSON.parse(text).code], [413, 'body_too_large']);
    assert.ok(sent < ENOUGH, `${sent / MIB} MiB were taken`);
  });

  test('as a notification is refused without being read whole', async () => {
    const { status, text, sent } = await flood('/notify/wechat', { 'content-type': 'text/xml' });
    if (status) assert.match(text, /FAIL.*the message is too large/);
    assert.ok(sent < ENOUGH, `${sent / MIB} MiB were taken`);
  });

  test('that announces more than is taken is refused before it comes', async () => {
    const announced = (path, headers) =>
      new Promise((done, failed) => {
        const all = { 'content-length': 100 * MIB, ...headers };
        const out = request(`${stage.worker.url}${path}`, { method: 'POST', headers: all }, async (response) => {
          done({ status: response.statusCode, text: Buffer.concat(await Array.fromAsync(response)).toString() });
          out.destroy();
        });
        out.on('error', failed).flushHeaders();
      });
    const order = await announced('/api/orders', { 'idempotency-key': anIdempotencyKey() });
    assert.deepEqual([order.status, JSON.parse(order.text).code], [413, 'body_too_large']);
    assert.match((await announced('/notify/wechat')).text, /FAIL.*the message is too large/);
  });

  test('that announces more than 32 bits can say is refused as well', async () => {
    const { status, text } = await sent('/api/orders', `idempotency-key: ${anIdempotencyKey()}\r\ncontent-length: ${2 ** 32}`, '{');
    assert.deepEqual([status, JSON.parse(text).code], [413, 'body_too_large']);
  });

  test('that breaks off before its end is refused, to WeChat in the form that it reads', async () => {
    const order = await sent('/api/orders', `idempotency-key: ${anIdempotencyKey()}\r\ncontent-length: 100`, '{"lines":');
    assert.deepEqual([order.status, JSON.parse(order.text).code], [400, 'invalid_body']);
    const notification = await sent('/notify/wechat', 'content-length: 1000', '<xml><return_code>');
    assert.equal(notification.status, 200);
    assert.match(notification.text, /^<xml>.*FAIL.*the message broke off/);
  });

  /** Sends these headers and this beginning of a body, and closes its own half of the connection: `{ status, text }`. */
  const sent = (path, headers, beginning) =>
    new Promise((done, failed) => {
      const socket = connect(stage.worker.port, '127.0.0.1');
      const pieces = [];
      socket.on('data', (piece) => pieces.push(piece)).on('error', failed);
      socket.on('close', () => {
        const [head, text] = Buffer.concat(pieces).toString().split('\r\n\r\n');
        done({ status: Number(head.split(' ')[1]), text });
      });
      socket.write(`POST ${path} HTTP/1.1\r\nhost: shop.example\r\nconnection: close\r\n${headers}\r\n\r\n${beginning}`);
      socket.end();
    });

  test('and fits is taken as any other', async () => {
    const order = await new Promise((done, failed) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': anIdempotencyKey() };
      const out = request(`${stage.worker.url}/api/orders`, { method: 'POST', headers }, async (response) =>
        done({ status: response.statusCode, text: Buffer.concat(await Array.fromAsync(response)).toString() }),
      );
      out.on('error', failed);
      const text = JSON.stringify(lines());
      out.write(text.slice(0, 10));
      out.end(text.slice(10));
    });
    assert.equal(order.status, 201, order.text);
  });
});
