// The load: shoppers who order, of whom most are notified, some are found by a query since their notification is lost, and
// some leave.

import { setTimeout as pause } from 'node:timers/promises';

import { CATALOG, lines } from '../support/shop/catalog.mjs';
import { Random } from '../support/fuzz/random.mjs';
import { anIdempotencyKey } from '../support/shop/shop.mjs';
import { patiently } from './patiently.mjs';

/** Of a hundred orders. The others are abandoned. */
const [NOTIFIED, BY_QUERY] = [70, 15];
/** Shoppers at a time. More would make each slower, and an order that waits asks WeChat again and again. */
const AT_ONCE = 24;
/** After so many orders it tells how far it is. */
const PROGRESS = 500;

/**
 * Sends them. Resolves to one record for each: `{ id, fate, minor, isPaid, told }`. `told` counts how often the socket of its
 * page said *paid*; it is undefined for a page without a socket.
 */
export async function shop(stage, { orders, sockets, seed, atOnce = AT_ONCE, progress = () => {} }) {
  const records = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(atOnce, orders) }, async () => {
      while (next < orders) {
        const at = next++;
        const hasSocket = Math.floor(((at + 1) * sockets) / orders) > Math.floor((at * sockets) / orders);
        records.push(await order(stage, Random.of(seed, at), hasSocket));
        if (records.length % PROGRESS === 0) progress(records.length);
      }
    }),
  );
  return records;
}

async function order(stage, random, hasSocket) {
  const lot = random.below(100);
  const fate = lot < NOTIFIED ? 'notified' : lot < NOTIFIED + BY_QUERY ? 'by query' : 'abandoned';
  const body = lines(random.pick(CATALOG.items), 1 + random.below(2));
  const key = anIdempotencyKey();
  let tries = 0;
  const placed = await patiently(async () => {
    const { status, json } = await stage.shop.place(body, { key, isFirst: tries++ === 0 });
    if (status !== 201 && status !== 200) throw new Error(`${status} ${JSON.stringify(json)}`);
    return json;
  });
  const record = { id: placed.order.id, token: placed.token, fate, minor: placed.order.amount.minor, isPaid: false };
  const view = placed.order.status === 'placing' ? await looked(stage, record) : placed.order;
  // Its offer may end before a slow machine comes to it, and a gateway that was down has refused it for good.
  if (view.status !== 'awaiting_payment') return { ...record, fate: 'no code' };
  if (hasSocket) watch(stage, record);
  if (fate === 'abandoned') return record;
  if (fate === 'by query') stage.post.lost.add(record.id);
  await patiently(() => stage.simulator.pay(view.code_url));
  record.isPaid = true;
  return record;
}

function looked(stage, record) {
  return patiently(async () => {
    const { json } = await stage.shop.look(record);
    if (json.status === 'placing') throw new Error('there is no code yet');
    return json;
  });
}

/** A page with a socket. It opens another one when it is lost, as the element does. */
function watch(stage, record) {
  record.told ??= 0;
  const url = `${stage.worker.url.replace('http', 'ws')}/api/orders/${record.id}/live`;
  const socket = new WebSocket(url, ['wechat-pay.v1', `token.${record.token}`]);
  socket.addEventListener('message', ({ data }) => {
    if (data.startsWith('{') && JSON.parse(data).status === 'paid') record.told += 1;
  });
  const lost = async () => {
    await pause(300);
    if (record.told === 0 && !stage.isOver) watch(stage, record);
  };
  socket.addEventListener('close', lost, { once: true });
  record.leave = () => {
    socket.removeEventListener('close', lost);
    socket.close();
  };
}
