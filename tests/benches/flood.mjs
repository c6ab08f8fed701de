// How much a flood of forged notifications delays the genuine ones:
//   node tests/benches/flood.mjs [--connections 32] [--n 200] [--rounds 3]
// The forged ones name a real order and come from as many connections as fast as they are answered. The genuine ones are
// of other orders, 20 a second. Another process sends the flood. For comparison the same connections ask for a page that there
// is not, which is the least that any Worker does. All go to the Worker's own socket, past Miniflare's Worker for requests.
// Compare the figures of one machine with each other.

import { fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { Client } from 'undici';

import { freePort } from '../support/free-port.mjs';
import { SUCCESS_REPLY, notification } from '../support/gateway/notification.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';

/** The rate limits of wrangler.toml. */
const RATE_LIMITS = { LIMIT_FORGERIES: { namespace_id: '7304', simple: { limit: 60, period: 60 } } };
const PAUSE_MS = 50;

if (process.send) flood();
else await main();

/** The other process: sends until it is told to stop, then tells how many were answered. */
function flood() {
  process.once('message', async ({ url, what, connections }) => {
    let over = false;
    let answered = 0;
    process.once('message', () => (over = true));
    const send = async () => {
      const client = new Client(url, { pipelining: 1 });
      while (!over) {
        const answer = await client.request(what);
        await answer.body.text();
        answered += 1;
      }
      await client.close();
    };
    await Promise.all(Array.from({ length: connections }, send));
    process.send(answered);
    process.disconnect();
  });
  process.send('ready');
}

async function main() {
  const options = { connections: { type: 'string', default: '32' }, n: { type: 'string', default: '200' }, rounds: { type: 'string', default: '3' } };
  const { values } = parseArgs({ options });
  const [connections, n, rounds] = [values.connections, values.n, values.rounds].map(Number);
  const port = await freePort();
  const stage = await setStage({ bare: true, platform: { ratelimits: RATE_LIMITS, unsafeDirectSockets: [{ host: '127.0.0.1', port }] } });
  const through = stage.worker.url;
  stage.worker.url = `http://127.0.0.1:${port}`;
  try {
    await stage.gateway.notifications(false);
    const victim = (await stage.shop.place()).json.order;
    const body = notification(stage.gateway.merchant, asPaidOrder(victim)).replace('<total_fee>', '<total_fee>1');
    const kinds = {
      'for a page that there is not': { path: '/api/nothing', method: 'GET' },
      'forged notifications': { path: '/notify/wechat', method: 'POST', headers: { 'content-type': 'text/xml' }, body },
    };
    await genuine(stage, 100);
    for (let round = 1; round <= rounds; round += 1) {
      console.log(`round ${round}, alone: ${text(await genuine(stage, n))}`);
      for (const [name, what] of Object.entries(kinds)) {
        const stop = await floodOf(stage, what, connections);
        const during = await genuine(stage, n);
        console.log(`round ${round}, during ${Math.round(await stop())} a second ${name} from ${connections} connections: ${text(during)}`);
      }
    }
  } finally {
    stage.worker.url = through;
    await stage.stop();
  }
}

/** Starts the flood. Resolves to the function that ends it, and resolves to how many a second were answered. */
async function floodOf(stage, what, connections) {
  const other = fork(new URL(import.meta.url).pathname);
  const heard = () => new Promise((resolve) => other.once('message', resolve));
  await heard();
  other.send({ url: stage.worker.url, what, connections });
  await pause(1_000);
  const began = performance.now();
  return async () => {
    const seconds = (performance.now() - began) / 1_000 + 1;
    other.send('stop');
    return (await heard()) / seconds;
  };
}

/** Sends so many genuine notifications, each of an order of its own. Resolves to how long each took, sorted. */
async function genuine(stage, n) {
  const { merchant } = stage.gateway;
  const bodies = [];
  for (let at = 0; at < n; at += 1) {
    const { order } = (await stage.shop.place(undefined, { isFirst: true })).json;
    bodies.push(notification(merchant, asPaidOrder(order)));
  }
  const client = new Client(stage.worker.url, { pipelining: 1 });
  const took = [];
  for (const body of bodies) {
    const began = performance.now();
    const answer = await client.request({ path: '/notify/wechat', method: 'POST', headers: { 'content-type': 'text/xml' }, body });
    const reply = await answer.body.text();
    took.push(performance.now() - began);
    if (reply !== SUCCESS_REPLY) throw new Error(`a genuine notification was answered ${reply}`);
    await pause(PAUSE_MS);
  }
  await client.close();
  return took.toSorted((a, b) => a - b);
}

function text(took) {
  const at = (part) => took[Math.min(took.length - 1, Math.floor(took.length * part))].toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}
