// What an order costs, counted in workerd as Cloudflare bills it. docs/cost.md has the table. An order must cost no more
// than the table says, and the table's dollars must follow from its counts.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { COLUMNS, TABLE, dollars, said } from '../support/project/cloudflare.mjs';
import { setMeteredStage } from '../support/worker/counting-platform.mjs';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** What the rows of the table count. */
const ROWS = {
  'requests of the Worker': ({ workerRequests }) => workerRequests,
  'requests of objects, alarms among them': ({ objectRequests, alarms }) => objectRequests + alarms,
  'rows that objects write': ({ objectWritten }) => objectWritten,
  'alarms that are set, each billed as a row': ({ alarmRows }) => alarmRows,
  'rows that the index writes': ({ indexWritten }) => indexWritten,
  'transactions of the index': ({ indexAccesses }) => indexAccesses,
  'rows read': ({ objectRead, indexRead }) => objectRead + indexRead,
  'calls to WeChat Pay': ({ gatewayCalls }) => gatewayCalls,
};

let stage;
before(async () => {
  stage = await setMeteredStage();
  // The first order finds an index without tables.
  await left();
});
after(() => stage?.stop());

async function placed() {
  const { json } = await stage.shop.place(undefined, { isFirst: true });
  return { id: json.order.id, token: json.token, view: json.order };
}

/** Opens the socket of the order's page. */
async function listening({ id, token }) {
  const socket = new WebSocket(`${stage.worker.url.replace('http', 'ws')}/api/orders/${id}/live`, ['wechat-pay.v1', `token.${token}`]);
  await new Promise((heard, failed) => Object.assign(socket, { onmessage: heard, onerror: failed }));
  return socket;
}

async function closed(socket) {
  const over = new Promise((over) => socket.addEventListener('close', over));
  socket.close();
  await over;
}

/** Nobody pays, and the page is closed after five seconds. */
async function left() {
  const order = await placed();
  const socket = await listening(order);
  await stage.meter.live(order.id, 5 * SECOND);
  await closed(socket);
  await stage.meter.live(order.id, 2 * DAY);
}

/** Nobody pays, and the page stays open with its socket. With a socket it asks every five minutes. */
async function forgotten() {
  const order = await placed();
  const socket = await listening(order);
  for (let minutes = 5; minutes <= 30; minutes += 5) {
    await stage.meter.live(order.id, 5 * MINUTE);
    await stage.shop.look(order);
  }
  await stage.meter.live(order.id, MINUTE);
  await closed(socket);
  await stage.meter.live(order.id, 2 * DAY);
}

/** Paid after 40 seconds, while the page has a socket. */
async function live() {
  const order = await placed();
  const socket = await listening(order);
  await stage.meter.live(order.id, 40 * SECOND);
  await stage.gateway.pay(order.view.code_url);
  await stage.meter.live(order.id, 2 * DAY);
  await closed(socket).catch(() => {});
}

/** Paid after 40 seconds, while the page asks at the pace that it is told. */
async function polling() {
  const order = await placed();
  let ask = order.view.ask_again_in_ms;
  let age = 0;
  while (age + ask < 40 * SECOND) {
    await stage.meter.live(order.id, ask);
    age += ask;
    ask = (await stage.shop.look(order)).json.ask_again_in_ms;
  }
  await stage.gateway.pay(order.view.code_url);
  await stage.meter.live(order.id, ask);
  assert.equal(await stage.shop.status(order), 'paid');
  await stage.meter.live(order.id, 2 * DAY);
}

async function costOf(life) {
  const before = await stage.meter.read();
  await life();
  const after = await stage.meter.read();
  return Object.fromEntries(Object.keys(after).filter((name) => name !== 'woken').map((name) => [name, after[name] - before[name]]));
}

describe('an order costs no more than docs/cost.md says', () => {
  const LIVES = {
    left: [left, 'an order that is left after five seconds costs no more than the table says'],
    forgotten: [forgotten, 'a tab that is forgotten costs no more than the table says'],
    live: [live, 'an order that is paid while its page listens costs no more than the table says'],
    polling: [polling, 'an order that is paid while its page asks costs no more than the table says'],
  };
  for (const [column, [life, name]] of Object.entries(LIVES)) {
    test(name, async (context) => {
      const cost = await costOf(life);
      const counted = Object.fromEntries(Object.entries(ROWS).map(([row, count]) => [row, count(cost)]));
      context.diagnostic(JSON.stringify(counted));
      for (const [row, count] of Object.entries(counted)) {
        assert.ok(count <= said(row, column), `${row}: ${count} instead of ${said(row, column)}; ${JSON.stringify(counted)}`);
      }
    });
  }

  test('the table keeps to its bounds: 6 calls and 20 rows for an order that is left, 40 calls for a forgotten tab', () => {
    assert.ok(said('calls to WeChat Pay', 'left') <= 6);
    assert.ok(said('rows that objects write', 'left') + said('rows that the index writes', 'left') <= 20);
    assert.ok(said('calls to WeChat Pay', 'forgotten') <= 40);
  });
});

describe('the dollars of docs/cost.md', () => {
  for (const [name, orders] of [['1,000 orders', 1_000], ['1,000,000 orders', 1_000_000]]) {
    test(`follow from the counts: ${name}`, () => {
      const made = COLUMNS.map((column) => `$${dollars(column, orders).toFixed(2)}`);
      assert.deepEqual(TABLE[`${name} a month`], made);
    });
  }
});

test('the sweep finds again an order whose row it had left out, once the row is written again', async () => {
  const order = await placed();
  await stage.meter.read();
  const index = await stage.worker.miniflare.getD1Database('INDEX');
  await index.prepare('UPDATE orders SET is_final = 1 WHERE out_trade_no = ?').bind(order.id).run();
  await stage.shop.cancel(order);
  await stage.meter.read();
  const row = await index.prepare('SELECT state, is_final FROM orders WHERE out_trade_no = ?').bind(order.id).first();
  assert.deepEqual(row, { state: 'closing', is_final: 0 });
});
