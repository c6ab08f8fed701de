// The JavaScript peer: WeChat Pay Native on Cloudflare Workers as a careful JavaScript programmer would write it. It is
// here to be measured beside our Worker, not to be shipped. The routes are here, each order is an object (order.js).
//
// The `peer:` imports are parts of which there are two; targets/peer.mjs says which goes into which bundle.

import { acknowledge, NOTIFY_PATH, readNotice, refuse } from 'peer:api';
import { call } from 'peer:link';
import { readBody } from 'peer:wire';

export { OrderActor } from './order.js';

const ORDER_ID = /^[0-9A-Za-z_-]{6,32}$/;
const ORDERS = '/api/orders';
const MAX_QUANTITY = 99;

export default {
  async fetch(request, env) {
    const path = pathOf(request.url);
    if (request.method === 'POST' && path === NOTIFY_PATH) return notify(request, env);
    if (request.method === 'POST' && path === ORDERS) return create(request, env);
    if (request.method === 'GET' && path.startsWith(`${ORDERS}/`)) return status(path.slice(ORDERS.length + 1), request, env);
    return problem(404, 'not found');
  },
};

async function create(request, env) {
  const bytes = await readBody(request);
  if (bytes === null) return problem(413, 'too large');
  let order;
  try {
    order = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return problem(400, 'not JSON');
  }
  const item = catalog(env).get(order?.sku);
  const quantity = order?.quantity ?? 1;
  const isQuantity = Number.isInteger(quantity) && quantity >= 1 && quantity <= MAX_QUANTITY;
  if (!item || !isQuantity) return problem(422, 'unknown item or quantity');
  const id = `${new Date().toISOString().slice(0, 10).replaceAll('-', '')}${randomHex(10)}`;
  const token = randomHex(16);
  const made = await call(object(env, id), 'create', {
    id,
    token,
    totalFee: item.price * quantity,
    feeType: env.FEE_TYPE,
    signType: env.SIGN_TYPE,
    body: item.name,
    productId: order.sku,
    ip: request.headers.get('cf-connecting-ip') ?? '127.0.0.1',
  });
  return made.error ? problem(502, made.error) : Response.json({ ...made, token }, { status: 201 });
}

async function notify(request, env) {
  const bytes = await readBody(request);
  if (bytes === null) return refuse('too large');
  const { why, id = '', news } = await readNotice(bytes, request.headers, env);
  if (why) return refuse(why);
  if (!ORDER_ID.test(id)) return refuse('not ours');
  const answer = await call(object(env, id), 'pay', news);
  return answer === 'ok' ? acknowledge() : refuse(answer);
}

async function status(id, request, env) {
  if (!ORDER_ID.test(id)) return problem(404, 'no such order');
  const view = await call(object(env, id), 'status', request.headers.get('x-order-token') ?? '');
  return view ? Response.json(view, { headers: { 'cache-control': 'no-store' } }) : problem(404, 'no such order');
}

function object(env, id) {
  return env.ORDERS.getByName(`${env.MCH_ID}:${id}`);
}

/** Without `new URL`, which costs more than the rest of the routing. */
function pathOf(url) {
  const from = url.indexOf('/', 'https://'.length);
  const query = url.indexOf('?', from);
  return url.slice(from, query < 0 ? undefined : query);
}

let readCatalog;

function catalog(env) {
  readCatalog ??= new Map(Object.entries(JSON.parse(env.CATALOG)));
  return readCatalog;
}

function randomHex(bytes) {
  let text = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(bytes))) text += byte.toString(16).padStart(2, '0');
  return text;
}

function problem(code, error) {
  return Response.json({ error }, { status: code });
}
