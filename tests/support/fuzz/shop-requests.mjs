// What a page, a browser without scripts, and the merchant's systems send, with something wrong in it.

import { aBody } from './json.mjs';
import { aNumber, anOddText, mangled } from './mangle.mjs';
import { anOffer } from './offers.mjs';

/** `POST /api/orders`. The keys come from a small set, so that the number of orders is bounded. */
export function aPlacing(random, world) {
  const likely = random.percent(60)
    ? { lines: [{ sku: random.pick(world.skus), quantity: 1 + random.below(3) }] }
    : { offer: anOffer(random, world), quantity: 1 + random.below(3) };
  const key = random.weighted([
    [90, () => random.pick(world.keys)],
    [1, () => random.text(22)],
    [9, () => inHeader(anOddText(random))],
  ])();
  const headers = [['content-type', random.pick(['application/json', 'application/json', 'text/plain', 'application/x-www-form-urlencoded'])]];
  if (random.percent(96)) headers.push(['idempotency-key', key]);
  if (random.percent(2)) headers.push(['idempotency-key', random.pick(world.keys)]);
  return { method: 'POST', target: '/api/orders', headers, body: aBody(random, likely), framing: framing(random) };
}

/** What a page asks of its order: looking, cancelling. A kept order is never cancelled with its own token. */
export function anAsking(random, world) {
  const isVictim = random.percent(60);
  const { id, token } = isVictim ? random.pick(world.victims) : random.pick(world.kept);
  const action = random.pick(['', '', '', '/cancel', '/live', `/${pathPart(random)}`, '/']);
  const given = isVictim || action === '' ? token : random.pick(world.victims).token;
  const bearer = random.weighted([
    [5, () => `Bearer ${given}`],
    [1, () => `bearer  ${given}`],
    [1, () => `Basic ${Buffer.from(`${id}:${given}`).toString('base64')}`],
    [2, () => `Bearer ${inHeader(mangled(random, Buffer.from(given === token ? random.text(32) : given)).toString('latin1'))}`],
    [1, () => inHeader(anOddText(random))],
  ])();
  const headers = random.percent(92) ? [['authorization', bearer]] : [];
  if (random.percent(20)) headers.push(['if-none-match', random.pick(['*', '"1"', 'W/"1"', '"1", "2"', inHeader(anOddText(random))])]);
  const method = random.pick(action === '/cancel' ? ['POST', 'POST', 'GET', 'DELETE'] : ['GET', 'POST', 'HEAD', 'PUT', 'OPTIONS']);
  return withBody(random, { method, target: `/api/orders/${random.percent(85) ? id : pathPart(random)}${action}${query(random)}`, headers });
}

/** The checkout without a script: its form, its pages, its cookies. */
export function aCheckout(random, world) {
  const language = ['accept-language', random.pick(['en', 'zh-CN', 'de;q=0.1,*', `${'en-x-a,'.repeat(random.below(60))}zz`, inHeader(anOddText(random))])];
  if (random.percent(60)) {
    return { method: 'POST', target: '/checkout', headers: [language, ['content-type', 'application/x-www-form-urlencoded']], body: form(random, world), framing: framing(random) };
  }
  const { path, cookie } = random.pick(world.passes);
  const headers = [language];
  if (random.percent(85)) headers.push(['cookie', inHeader(random.percent(60) ? cookie : mangled(random, Buffer.from(cookie)).toString('latin1'))]);
  if (random.percent(15)) headers.push(['cookie', inHeader(`${anOddText(random)}=${anOddText(random)}`)]);
  const target = random.pick([path, `${path}/start`, `${path}/`, `${path}/${pathPart(random)}`, `/checkout/${pathPart(random)}`, '/checkout/']);
  return withBody(random, { method: random.pick(['GET', 'GET', 'POST', 'HEAD', 'DELETE']), target: target + query(random), headers });
}

function form(random, world) {
  const pairs = [
    ['sku', random.pick(world.skus)],
    ...(random.percent(40) ? [['offer', anOffer(random, world)]] : []),
    ['quantity', random.percent(60) ? String(1 + random.below(4)) : aNumber(random)],
    ...(random.percent(20) ? [[anOddText(random), anOddText(random)]] : []),
  ].filter(() => random.percent(85));
  const text = pairs.map(([name, value]) => `${name}=${random.percent(50) ? encodeURIComponent(value.replace(/[\ud800-\udfff]/g, '')) : value}`).join(random.pick(['&', '&', ';', '&&']));
  return random.percent(20) ? mangled(random, Buffer.from(text)) : Buffer.from(text);
}

/** What the merchant's systems ask, mostly with the right token. Never about a kept order. */
export function anOfficeRequest(random, world) {
  const { id } = random.pick(world.victims);
  const order = random.percent(85) ? id : random.pick([...world.strangers, pathPart(random)]);
  const part = random.percent(60) ? random.pick(['R1', 'R2', '1', '2', `${id}-1`]) : pathPart(random);
  const [method, target, likely] = random.pick([
    ['GET', `/orders${listQuery(random)}`],
    ['GET', `/attention${listQuery(random)}`],
    ['GET', `/orders/${order}`],
    ['POST', `/orders/${order}/query`],
    ['POST', `/orders/${order}/cancel`],
    ['POST', `/orders/${order}/refunds`, { out_refund_no: 'R1', amount_minor: 1 + random.below(9_000), reason: 'a dent' }],
    ['POST', `/orders/${order}/refunds/${part}/retry`, { refund_account: 'available_balance' }],
    ['POST', `/orders/${order}/refunds/${part}/withdraw`],
    ['POST', `/orders/${order}/webhooks/${part}/redeliver`],
    ['POST', `/orders/${order}/attention/${part}/done`],
    ['GET', `/${pathPart(random)}`],
  ]);
  const headers = [];
  if (random.percent(95)) headers.push(['authorization', random.percent(85) ? `Bearer ${world.adminToken}` : inHeader(`Bearer ${anOddText(random)}`)]);
  const request = { method, target: `/admin/api${target}`, headers };
  return likely ? { ...request, body: aBody(random, likely), framing: framing(random) } : withBody(random, request);
}

function listQuery(random) {
  const pairs = Array.from({ length: random.below(4) }, () => {
    const name = random.pick(['before_ms', 'before', 'after_ms', 'after', inPath(anOddText(random))]);
    return `${name}${random.pick(['=', '=', '', '=='])}${random.percent(60) ? inPath(aNumber(random)) : inPath(anOddText(random))}`;
  });
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

const query = (random) => (random.percent(10) ? listQuery(random) : '');

/** Some requests that need no body have one. */
function withBody(random, request) {
  if (['GET', 'HEAD'].includes(request.method) || random.percent(60)) return { ...request, ...(request.method === 'GET' || request.method === 'HEAD' ? { framing: 'none' } : { body: Buffer.alloc(0), framing: 'length' }) };
  return { ...request, body: random.bytes(random.below(300)), framing: framing(random) };
}

const framing = (random) => (random.percent(88) ? 'length' : 'chunked');

/** A part of a path that no request line breaks at. */
export function pathPart(random) {
  return inPath(random.weighted([
    [2, () => random.text(1 + random.below(40))],
    [2, () => random.pick(['%', '%ff', '%00', '%2F', '%252F', '..', '%2e%2e', '.', '*', '~', 'H', ';a=b', '%E4%BD%A0', '\\', '%f0%9f%98%80', '%u0041'])],
    [1, () => random.text(2_000)],
    [1, () => anOddText(random)],
  ])());
}

/** Without what would end a request line. Bytes above 127 stay. */
export const inPath = (text) => Buffer.from(text).toString('latin1').replace(/[\0-\x20#\x7f]/g, '_');

/** Without what would end a header. */
export const inHeader = (text) => Buffer.from(text).toString('latin1').replace(/[\0\r\n]/g, '_').trim();
