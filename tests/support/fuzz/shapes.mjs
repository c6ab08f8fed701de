// Requests whose shape is odd: methods, paths, headers, and announcements of bodies that lie.

import { anOddText } from './mangle.mjs';
import { inHeader, inPath, pathPart } from './shop-requests.mjs';

const ROUTES = ['/', '/api/orders', '/api/shop', '/notify/wechat', '/notify/wechat/refund', '/healthz', '/admin/api/orders', '/checkout', '/widget/x.wasm', '/nothing'];

/** A head that HTTP allows: any method and path of the interface, with headers that nobody expects. */
export function anOddHead(random, world) {
  const method = random.pick(['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'SEARCH', 'MKCOL']);
  const target = random.weighted([
    [4, () => random.pick(ROUTES)],
    [3, () => `${random.pick(ROUTES)}/${pathPart(random)}`],
    [2, () => `${random.pick(ROUTES)}?${inPath(anOddText(random))}`],
    [1, () => `/${'/'.repeat(random.below(9))}${pathPart(random)}`],
  ])();
  const headers = Array.from({ length: random.below(8) }, () => [
    random.pick(['origin', 'cookie', 'referer', 'x-forwarded-for', 'range', 'accept', 'accept-encoding', 'content-type', 'if-match', 'access-control-request-headers',
      'authorization', 'idempotency-key', 'cf-connecting-ip', `x-${random.text(1 + random.below(30))}`]),
    random.percent(90) ? inHeader(anOddText(random)) : random.text(3_000),
  ]);
  if (random.percent(3)) headers.push(...Array.from({ length: 100 }, (_, at) => [`x-${at}`, String(at)]));
  const key = [['idempotency-key', random.pick(world.keys)]];
  return ['GET', 'HEAD'].includes(method)
    ? { method, target, headers, framing: 'none' }
    : { method, target, headers: [...headers, ...key], body: Buffer.from(anOddText(random)), framing: random.percent(80) ? 'length' : 'chunked' };
}

/** A request that HTTP does not allow, or that two readers could read in two ways. The platform may refuse it itself. */
export function aBrokenRequest(random, world) {
  const target = random.pick(ROUTES);
  const body = Buffer.from(random.pick(['{"lines":[]}', '0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n', 'ffff\r\nabc', '5\r\nabcde\r\n0\r\n\r\n', '', anOddText(random)]));
  const lying = random.pick([
    [['content-length', String(body.length + 1 + random.below(50))]],
    [['content-length', String(Math.max(0, body.length - 3))]],
    [['content-length', '3'], ['content-length', '4']],
    [['content-length', '3, 3']],
    [['content-length', '-1']],
    [['content-length', '+3']],
    [['content-length', '0x3']],
    [['content-length', '99999999999999999999999']],
    [['content-length', inHeader(anOddText(random))]],
    [['content-length', '3'], ['transfer-encoding', 'chunked']],
    [['transfer-encoding', 'chunked'], ['content-length', '3']],
    [['transfer-encoding', 'gzip, chunked']],
    [['transfer-encoding', 'chunked, identity']],
    [['transfer-encoding', ' chunked']],
    [['transfer-encoding\t', 'chunked']],
    [['transfer-encoding', 'xchunked']],
    [['Transfer-Encoding', 'chunked'], ['transfer-encoding', 'identity']],
    [['expect', '100-continue'], ['content-length', String(body.length)]],
    [['connection', 'upgrade'], ['upgrade', random.pick(['h2c', 'websocket', inHeader(anOddText(random))])]],
  ]);
  const broken = random.weighted([
    [8, () => ({ headers: lying })],
    [1, () => ({ method: random.pick(['get', 'G\0T', 'FOO', '', 'POST POST']), headers: lying })],
    [1, () => ({ target: random.pick(['*', 'shop.example:80', 'http://shop.example/healthz', 'http://a:b@[::1]/healthz', '\\', 'a b', '', '/\x01', `/${'a'.repeat(20_000)}`]), headers: [] })],
    [1, () => ({ headers: [[random.pick(['a b', '', ':', 'a\0', '\u00ff', ' x']), 'value'], ...lying] })],
    [1, () => ({ headers: [['x', `a\r\n b`], ...lying] })],
  ])();
  const method = random.pick(['POST', 'POST', 'GET', 'PUT']);
  return {
    method, target, body, ...broken,
    headers: [['host', 'shop.example'], ['idempotency-key', random.pick(world.keys)], ...broken.headers],
    framing: 'wild',
    isMalformed: true,
  };
}
