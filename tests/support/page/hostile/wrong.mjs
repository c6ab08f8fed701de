// Answers of servers that are not the Worker, each under `/wrong/<its name>/…`.

const PAGE = '<!doctype html><title>My shop</title><p>Welcome to my shop.</p>';
const CORS = { 'access-control-allow-origin': '*' };
const HTML = { 'content-type': 'text/html; charset=utf-8' };
const JSON_TYPE = { 'content-type': 'application/json' };

const answer = (status, headers, body) => (response) => response.writeHead(status, headers).end(body);
const page = (status, headers = CORS) => answer(status, { ...HTML, ...headers }, PAGE);
const json = (value, status = 200) => answer(status, { ...JSON_TYPE, ...CORS }, JSON.stringify(value));
const own = (status, code, title) =>
  answer(
    status,
    { 'content-type': 'application/problem+json', ...CORS, ...(status === 429 && { 'retry-after': '1' }) },
    JSON.stringify({ type: 'about:blank', title, status, code, detail: title }),
  );

const WRONG = {
  html: page(200),
  redirect: answer(301, { location: '/wrong/html/api/orders', ...CORS }, ''),
  'no-cors': answer(200, JSON_TYPE, '{"ok":true}'),
  404: page(404),
  '404-no-cors': page(404, {}),
  403: page(403),
  405: page(405),
  502: page(502),
  json: json({ ok: true, data: [] }),
  'half-an-order': json({ order: { id: 'WX1' }, token: 'x' }),
  'wrong-order': json({ order: { id: 7, status: 'awaiting_payment', version: 'x', amount: null }, token: null }),
  null: json(null),
  '404-json': json({ error: 'Not Found', statusCode: 404 }, 404),
  empty: answer(200, CORS, ''),
  204: answer(204, CORS),
  silent: () => {},
  'silent-to-orders': (response, { method }) => method === 'POST' || page(405)(response),
  'half-an-answer': (response) => void response.writeHead(201, { ...JSON_TYPE, ...CORS }).write('{"order":{'),
  cut: (response) => void response.destroy(),
  'own-503': own(503, 'internal', 'Something failed here'),
  'own-429': own(429, 'too_many_requests', 'Too many requests'),
};

/** Answers such a request and records the orders in `tries`. Returns whether the name is known. */
export function answerWrongly(request, response, tries) {
  const name = /^\/wrong\/([^/]+)/.exec(request.url)?.[1];
  if (!name || !Object.hasOwn(WRONG, name)) return false;
  const preflight = request.method === 'OPTIONS' && !name.endsWith('no-cors') && !['silent', 'cut'].includes(name);
  request.resume();
  if (request.method === 'POST') tries.push({ name, key: request.headers['idempotency-key'] });
  if (preflight) response.writeHead(204, { ...CORS, 'access-control-allow-headers': '*, authorization, content-type, idempotency-key', 'access-control-allow-methods': 'GET, POST' }).end();
  else WRONG[name](response, request);
  return true;
}
