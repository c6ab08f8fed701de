// Watches what comes out of the Worker in every test that starts one: each line of its log, each answer with its headers, each
// address that it is asked for, each request to a server outside, each message to a page. A secret, a shopper's token or
// openid, or the end of a signing text in a place where it must not be is a leak, and the test that made it fails.
//
// One module is put in front of the Worker. So browsers are watched like Node, and the objects like the routes. The Worker
// itself is the one that ships. The tests' secrets are the canaries: most are random, and no text contains one by chance.

import { dirname, join } from 'node:path';

/** The path at which the module in front tells what it has found. */
const LEAKS = '/of-the-test/leaks';
/** How long a Worker that is stopped may take to tell. */
const PATIENCE_MS = 3_000;

/** The bindings whose texts are secret. */
export const SECRETS = [
  'WECHAT_API_KEY', 'WECHAT_API_KEY_PREVIOUS', 'ORDER_SECRET', 'ORDER_SECRET_PREVIOUS',
  'OFFER_KEY', 'OFFER_KEY_PREVIOUS', 'WEBHOOK_SECRET', 'WEBHOOK_SECRET_PREVIOUS', 'ADMIN_TOKEN',
];

/** Looks for canaries. It runs in workerd and in Node. A finding names the canary and the place, and never its text. */
function makeLooker(place) {
  /** A text shorter than this may be in a message by chance. */
  const MIN_CHARACTERS = 12;
  /** How many texts wait to be searched. A canary may become known after a text with it came out. */
  const MAX_WAITING = 2_000;
  const canaries = new Map();
  const leaks = new Set();
  let waiting = [];
  const learn = (kind, text) => {
    if (typeof text !== 'string' || text.trim().length < MIN_CHARACTERS) return;
    for (const form of [text, text.replace('whsec_', ''), encodeURIComponent(text), encodeURIComponent(encodeURIComponent(text))]) {
      canaries.set(form, kind);
    }
  };
  const search = () => {
    for (const { where, text, but } of waiting) {
      if (/[?&]key=/.test(text)) leaks.add(`the end of a signing text in ${where}`);
      for (const [canary, kind] of canaries) {
        if (!but.includes(kind) && text.includes(canary)) leaks.add(`${kind} in ${where}`);
      }
    }
    waiting = [];
  };
  /** `but` are the kinds of canaries that may be in this place. */
  const look = (where, text, but = []) => {
    if (waiting.push({ where, text, but }) >= MAX_WAITING) search();
  };
  const found = () => {
    search();
    return [...leaks].map((each) => `${place}: ${each}`);
  };
  return { learn, look, found };
}

/** The module in front of the one that is called `name`. */
const front = (name) => `
import real from './${name}';
export * from './${name}';
const { learn, look, found } = (${makeLooker})('the Worker');
const SECRETS = ${JSON.stringify(SECRETS)};
let read;

for (const level of ['debug', 'log', 'info', 'warn', 'error']) {
  const write = console[level].bind(console);
  console[level] = (...words) => (look('the log', words.map(String).join(' ')), write(...words));
}

/** Whether a body announces a length that is read here. Nobody waits for it: it may come slowly, or never end. */
const isShort = ({ headers }) => Number(headers.get('content-length')) > 0 && Number(headers.get('content-length')) < 65_536;
const OPENID = /<(?:sub_)?openid>(?:<!\\[CDATA\\[)?([^<\\]]+)/g;
const learnOpenids = (text) => { for (const [, openid] of text.matchAll(OPENID)) learn('an openid', openid); };
const textOf = (body) => (body == null ? '' : typeof body === 'string' ? body : body instanceof Uint8Array ? new TextDecoder().decode(body) : '');

const outside = globalThis.fetch.bind(globalThis);
globalThis.fetch = async (input, init = {}) => {
  const url = new URL(typeof input === 'string' ? input : input.url);
  const headers = JSON.stringify([...new Headers(init.headers ?? input.headers)]);
  const body = textOf(init.body);
  // Only the merchant's receiver may hear what a shopper has said.
  const but = headers.includes('"webhook-id"') ? ['a shopper’s words'] : [];
  look('a request to ' + url.pathname + ' outside', url + ' ' + headers + ' ' + body, but);
  const answer = await outside(input, init);
  if (isShort(answer)) answer.clone().text().then(learnOpenids, () => {});
  return answer;
};

const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (message) {
  look('a message to a page', String(message));
  return send.call(this, message);
};

const COOKIE = /wechat_pay_token=([^;,\\s]+)/;
function learnTokens(request, path) {
  if (path.startsWith('/api/')) learn('a token', request.headers.get('authorization')?.replace('Bearer ', ''));
  learn('a token', COOKIE.exec(request.headers.get('cookie') ?? '')?.[1]?.split('.')[0]);
  learn('a token', /token\\.([\\w-]+)/.exec(request.headers.get('sec-websocket-protocol') ?? '')?.[1]);
}

/** What a shopper typed into the fields of an order. */
async function learnWords(request) {
  for (const text of Object.values(JSON.parse(await request.text()).fields ?? {})) learn('a shopper’s words', text);
}

async function watchedFetch(request, env, context) {
  const url = new URL(request.url);
  if (url.pathname === '${LEAKS}') return Response.json(found());
  if (url.pathname.startsWith('/of-the-test/')) return real.fetch(request, env, context);
  if (env !== read) for (const name of SECRETS) learn(name, env[name]);
  read = env;
  const route = request.method + ' ' + url.pathname.split('/').slice(0, 3).join('/');
  look('the address of ' + route, request.url);
  learnTokens(request, url.pathname);
  if (url.pathname.startsWith('/notify/') && isShort(request)) request.clone().text().then(learnOpenids, () => {});
  if (url.pathname === '/api/orders' && isShort(request)) learnWords(request.clone()).catch(() => {});
  const answer = await real.fetch(request, env, context);
  await watchAnswer(answer, url.pathname, 'the answer to ' + route).catch(() => {});
  return answer;
}

async function watchAnswer(answer, path, where) {
  // The merchant may read the messages that its orders keep. A token belongs to the one who placed the order.
  const but = path === '/api/orders' ? ['a token'] : path.startsWith('/admin/api/') ? ['an openid', 'a shopper’s words', ...(path === '/admin/api/orders' ? ['a token'] : [])] : [];
  const { 'set-cookie': cookie = '', ...headers } = Object.fromEntries(answer.headers);
  look('the headers of ' + where, JSON.stringify(headers));
  look('a cookie of ' + where, cookie, ['a token', 'a shopper’s words']);
  learn('a token', COOKIE.exec(cookie)?.[1]?.split('.')[0]);
  if (answer.status === 101 || !answer.body || !/json|text|xml/.test(answer.headers.get('content-type') ?? '')) return;
  if (path.startsWith('/widget/')) return;
  const text = await answer.clone().text();
  look(where, text, but);
  if (/^(\\/admin)?\\/api\\/orders$/.test(path) && text.startsWith('{')) learn('a token', JSON.parse(text).token);
}

// The last release exports a class, which answers as it always has. Its log and its requests are watched all the same.
export default typeof real === 'function' ? real : { ...real, fetch: watchedFetch };
`;

/** The same modules (Miniflare's `modules`) with the watch in front. */
export function watched(modules) {
  const [first] = modules;
  const path = first.path.slice(dirname(first.path).length + 1);
  return [{ type: 'ESModule', path: join(dirname(first.path), 'leak-watch.mjs'), contents: front(path) }, ...modules];
}

/** Watches what the runtime itself writes into the log, which does not go through the Worker's console. */
export function watchLog(bindings) {
  const { learn, look, found } = makeLooker('workerd');
  for (const name of SECRETS) learn(name, bindings[name]);
  return { look: (line) => look('the log', line), found };
}

/** Fails if something came out. Asked before the Worker stops. */
export async function assertNoLeak(miniflare, log) {
  const silence = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, []).unref());
  const asked = miniflare.dispatchFetch(`http://127.0.0.1${LEAKS}`).then((answer) => answer.json());
  // A Worker that cannot answer any more has been watched by its log.
  const inWorker = await Promise.race([asked.catch(() => []), silence]);
  const leaks = [...(Array.isArray(inWorker) ? inWorker : []), ...log.found()];
  if (leaks.length > 0) throw new Error(`what must stay secret came out: ${leaks.join('; ')}`);
}
