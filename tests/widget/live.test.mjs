// The order's socket: who may open it, and how a silently dead one is noticed.

import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { load, play, PlayedSocket } from '../support/page/page-in-node.mjs';

const { watch } = await load('live.js');

const PULSE_MS = 20_000;

let up;
let pushed;
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setInterval'] });
  play({ WebSocket: PlayedSocket });
  [up, pushed] = [[], []];
});

/** Watches an order. Returns the socket and the function that ends it. */
function open({ endpoint = 'https://pay.example.com', opened = true } = {}) {
  const end = watch({ endpoint }, 'H1', 'secret', (is) => up.push(is), (order) => pushed.push(order));
  const socket = PlayedSocket.all.at(-1);
  if (opened) socket.open();
  return { socket, end };
}

test('it is the Worker’s address, and the token travels as a protocol and in no address', () => {
  assert.equal(open().socket.address, 'wss://pay.example.com/api/orders/H1/live');
  assert.equal(open({ endpoint: 'http://127.0.0.1:8787' }).socket.address, 'ws://127.0.0.1:8787/api/orders/H1/live');
  assert.deepEqual(open().socket.protocols, ['wechat-pay.v1', 'token.secret']);
});

test('what is pushed is heard as it comes, and a pong is nobody’s order', () => {
  const { socket } = open();
  for (const data of [{ id: 'H1', version: 1 }, 'pong', { id: 'H1', version: 2 }]) socket.push(data);
  assert.deepEqual([up, pushed], [[true], [{ id: 'H1', version: 1 }, { id: 'H1', version: 2 }]]);
});

test('rubbish that is pushed is not heard', () => {
  const { socket } = open();
  for (const data of ['', '{', '<html>', 'null', '0', 'false']) socket.push(data);
  socket.onmessage({ data: new Blob(['{"id":"H1"}']) });
  assert.deepEqual([up, pushed, socket.readyState], [[true], [], 1]);
});

test('a socket that answers its pulse, or is pushed to, lives on', () => {
  const { socket } = open();
  for (let pulse = 0; pulse < 5; pulse += 1) {
    mock.timers.tick(PULSE_MS);
    socket.push(pulse % 2 ? 'pong' : { id: 'H1', version: pulse });
  }
  assert.deepEqual([socket.sent, up], [Array(5).fill('ping'), [true]]);
});

test('a socket that has silently died is given up after one pulse without an answer, and that is told once', () => {
  const { socket } = open();
  mock.timers.tick(PULSE_MS);
  assert.deepEqual([socket.sent, up], [['ping'], [true]]);
  mock.timers.tick(PULSE_MS);
  assert.deepEqual([up, socket.readyState], [[true, false], 3]);
  mock.timers.tick(10 * PULSE_MS);
  assert.deepEqual([up, socket.sent], [[true, false], ['ping']], 'no timer is left');
  socket.push({ id: 'H1' });
  assert.deepEqual(pushed, []);
});

test('one that never opens is given up in the same time, without a word into the void', () => {
  const { socket } = open({ opened: false });
  mock.timers.tick(2 * PULSE_MS);
  assert.deepEqual([up, socket.sent, socket.readyState], [[false], [], 3]);
});

test('one that the server ends is told at once, and its timer ends', () => {
  const { socket } = open();
  socket.end();
  mock.timers.tick(10 * PULSE_MS);
  assert.deepEqual([up, socket.sent], [[true, false], []]);
});

test('ended by the page, nothing is heard of it any more', () => {
  const { socket, end } = open({ opened: false });
  end();
  assert.equal(socket.readyState, 3);
  socket.open();
  socket.push({ id: 'H1' });
  socket.end();
  mock.timers.tick(10 * PULSE_MS);
  assert.deepEqual([up, pushed, socket.sent], [[], [], []]);
});
