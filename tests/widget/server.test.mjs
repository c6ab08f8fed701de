// What a page asks the Worker, and how it reads the answers. The order's token goes only to the Worker.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';

import { load, Network, play, settled } from '../support/page/page-in-node.mjs';

const { place, look, cancel, quote } = await load('server.js');

const HERE = { endpoint: 'https://pay.example.com' };
const GOODS = { lines: [{ sku: 'tea', quantity: 2 }] };
const { fetch } = globalThis;
/** The signal of a page that stays open. */
const { signal } = new AbortController();

let network;
beforeEach(() => {
  network = new Network();
  play({ fetch: network.fetch });
});
afterEach(() => mock.timers.reset());

/** Asks for an order. The Worker gives this answer. */
async function answered(status, json, headers) {
  const answer = look(HERE, 'H1', 'secret', signal);
  network.last.answer(status, json, headers);
  return answer;
}

/** Every question, with the key or the token that permits it. */
const QUESTIONS = [() => place(HERE, { key: 'the-key', goods: GOODS }, signal), () => look(HERE, 'H1', 'secret', signal), () => cancel(HERE, 'H1', 'secret', signal)];

test('each question has its method, its address and what permits it', async () => {
  const asked = QUESTIONS.map((ask) => ask());
  assert.deepEqual(
    network.asked.map(({ method = 'GET', url, headers, body }) => ({ method, url, headers, body })),
    [
      {
        method: 'POST',
        url: 'https://pay.example.com/api/orders',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'the-key' },
        body: JSON.stringify(GOODS),
      },
      { method: 'POST', url: 'https://pay.example.com/api/orders/H1', headers: { Authorization: 'Bearer secret' }, body: undefined },
      { method: 'POST', url: 'https://pay.example.com/api/orders/H1/cancel', headers: { Authorization: 'Bearer secret' }, body: undefined },
    ],
  );
  for (const request of network.asked) request.answer(200, {});
  await Promise.all(asked);
});

test('an order is placed in the language of the element, and prices are asked for in it', async () => {
  const placed = place(HERE, { key: 'the-key', goods: GOODS }, signal, 'zh-HK');
  assert.equal(network.last.headers['Accept-Language'], 'zh-HK');
  network.last.answer(200, {});
  await placed;
  const asked = quote(HERE, ['tea', 'a b'], 'zh-HK');
  const { url, headers, credentials, cache } = network.last;
  assert.deepEqual([url, headers], ['https://pay.example.com/api/catalog?sku=tea&sku=a%20b', { 'Accept-Language': 'zh-HK' }]);
  assert.deepEqual({ credentials, cache }, { credentials: 'omit', cache: 'no-store' });
  network.last.answer(200, { items: [] });
  assert.deepEqual(await asked, { items: [] });
});

test('the Worker hears that no request had this key before, and only then', async () => {
  for (const [isNew, url] of [[true, 'https://pay.example.com/api/orders?attempt=1'], [undefined, 'https://pay.example.com/api/orders']]) {
    const answer = place(HERE, { key: 'the-key', goods: GOODS, isNew }, signal);
    assert.equal(network.last.url, url);
    network.last.answer(200, {});
    await answer;
  }
});

test('no cookie of the page is sent, nothing comes out of a cache, no redirect is followed', async () => {
  for (const ask of QUESTIONS) {
    const answer = ask();
    const { credentials, cache, redirect } = network.last;
    assert.deepEqual({ credentials, cache, redirect }, { credentials: 'omit', cache: 'no-store', redirect: 'manual' });
    network.last.answer(200, {});
    await answer;
  }
});

test('a redirect is no answer: wherever it leads, the token does not go there', async () => {
  const heard = [];
  const listen = async (serve) => {
    const server = createServer(serve);
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    return { server, url: `http://127.0.0.1:${server.address().port}` };
  };
  const stranger = await listen((request, response) => {
    heard.push(request.headers.authorization);
    response.end('{}');
  });
  const worker = await listen((request, response) => {
    // If the redirect led to another address of the Worker, a browser would send the token there, too.
    response.writeHead(307, { location: request.url.includes('cancel') ? '/elsewhere' : `${stranger.url}/` }).end();
    if (request.url === '/elsewhere') heard.push(request.headers.authorization);
  });
  play({ fetch });
  try {
    const endpoint = worker.url;
    for (const ask of [look({ endpoint }, 'H1', 'secret', signal), cancel({ endpoint }, 'H1', 'secret', signal), place({ endpoint }, { key: 'the-key', goods: GOODS }, signal)]) {
      const { order, problem } = await ask;
      assert.deepEqual([order, problem.code], [undefined, undefined]);
      assert.match(problem.detail, /does not answer as the Worker does/);
    }
    assert.deepEqual(heard, []);
  } finally {
    for (const { server } of [stranger, worker]) {
      server.closeAllConnections();
      server.close();
    }
  }
});

test('an order, its token and a refusal are told apart', async () => {
  const order = { id: 'H1', status: 'paid' };
  const nothing = { retryAfter: undefined, order: undefined, token: undefined, problem: undefined };
  assert.deepEqual(await answered(200, order), { ...nothing, status: 200, order });
  assert.deepEqual(await answered(201, { order, token: 'secret' }), { ...nothing, status: 201, order, token: 'secret' });
  const problem = { code: 'unknown_sku', detail: 'no such goods' };
  assert.deepEqual(await answered(422, problem), { ...nothing, status: 422, problem });
});

test('what is not the Worker’s answer says so, and what it was: a page, another API, a redirect', async () => {
  const detail = (seen) => `The element's endpoint does not answer as the Worker does: https://pay.example.com/api/orders/H1 gave ${seen}.`;
  const html = { 'Content-Type': 'text/html; charset=utf-8' };
  const json = { 'Content-Type': 'application/json' };
  for (const [status, body, headers, seen] of [
    [200, undefined, html, '200 text/html; charset=utf-8'],
    [200, [], json, '200 application/json'],
    [200, null, json, '200 application/json'],
    [200, { status: 'paid' }, json, '200 application/json'],
    [503, undefined, html, '503 text/html; charset=utf-8'],
    [404, { code: 'not_found', detail: 'another API has codes, too' }, json, '404 application/json'],
    [404, { detail: 'a problem without a code' }, undefined, '404 application/problem+json'],
    [404, undefined, { 'Content-Type': '' }, '404 '],
  ]) {
    const { problem, order } = await answered(status, body, headers);
    assert.deepEqual(problem, { detail: detail(seen) });
    assert.equal(order?.id, undefined);
  }
  const answer = look(HERE, 'H1', 'secret', signal);
  network.last.answerWith(Object.defineProperties(new Response(null), { type: { value: 'opaqueredirect' }, ok: { value: false }, status: { value: 0 } }));
  assert.deepEqual((await answer).problem, { detail: detail('a redirect') });
  assert.equal((await answer).status, 0);
});

test('a Worker of before that knows no POST of an order is asked by GET, and a newer one is not', async () => {
  const answer = look(HERE, 'H1', 'secret', signal);
  network.last.answer(405, { code: 'method_not_allowed' });
  await settled();
  const [post, get] = network.asked;
  assert.deepEqual([post.method, get.method ?? 'GET', get.url, get.headers], ['POST', 'GET', post.url, { Authorization: 'Bearer secret' }]);
  assert.deepEqual([get.cache, get.credentials, get.redirect], ['no-store', 'omit', 'manual']);
  get.answer(200, { id: 'H1' });
  assert.deepEqual((await answer).order, { id: 'H1' });
  await answered(404, { code: 'unknown_order' });
  assert.equal(network.asked.length, 3);
  const cancelled = cancel(HERE, 'H1', 'secret', signal);
  network.last.answer(405, { code: 'method_not_allowed' });
  assert.deepEqual([(await cancelled).status, network.asked.length], [405, 4], 'a GET cancels nothing');
});

test('a network that does not answer is told with what it says', async () => {
  for (const [ask, path] of [[() => look(HERE, 'H1', 'secret', signal), '/H1'], [() => cancel(HERE, 'H1', 'secret', signal), '/H1/cancel']]) {
    const answer = ask();
    network.last.fail();
    const { status, problem } = await answer;
    assert.deepEqual([status, problem.detail], [undefined, `Nothing answers at https://pay.example.com/api/orders${path}: no network`]);
  }
});

describe('where placing gets no answer', () => {
  /** Places an order that gets no answer. The page then tests whether anything answers there. */
  async function unanswered() {
    const answer = place(HERE, { key: 'the-key', goods: GOODS }, signal);
    network.last.fail();
    await settled();
    return { answer, probe: network.last };
  }

  test('but something is there, this page may not read it: that is told, with the word to search for', async () => {
    const { answer, probe } = await unanswered();
    const { method = 'GET', url, mode, headers, body, credentials, cache } = probe;
    assert.deepEqual({ method, url, mode, headers, body, credentials, cache }, {
      method: 'GET',
      url: 'https://pay.example.com/api/orders',
      mode: 'no-cors',
      headers: undefined,
      body: undefined,
      credentials: 'omit',
      cache: 'no-store',
    });
    probe.answer(405, {});
    const { status, problem, order } = await answer;
    assert.deepEqual([status, problem.code, order], [0, undefined, undefined]);
    assert.match(problem.detail, /pay\.example\.com\/api\/orders gave an answer that this page may not read \(CORS\)/);
  });

  test('and nothing is there, that is what is told', async () => {
    const { answer, probe } = await unanswered();
    probe.fail();
    assert.deepEqual([(await answer).status, network.asked.length], [undefined, 2]);
    assert.match((await answer).problem.detail, /^Nothing answers at/);
  });

  test('since the Worker is slow, nothing is forbidden: it is not asked whether it is there', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const answer = place(HERE, { key: 'the-key', goods: GOODS }, signal);
    await settled();
    mock.timers.tick(10_000);
    assert.deepEqual([(await answer).status, network.asked.length], [undefined, 1]);
  });

  test('since the page has given up, nothing more is asked', async () => {
    const page = new AbortController();
    const answer = place(HERE, { key: 'the-key', goods: GOODS }, page.signal);
    page.abort();
    assert.deepEqual([(await answer).status, network.asked.length], [undefined, 1]);
  });
});

test('Retry-After is read in seconds, or as a date by the server’s own clock', async () => {
  const retryAfter = async (headers) => (await answered(429, {}, headers)).retryAfter;
  const Date = 'Wed, 01 Jan 2025 00:00:00 GMT';
  for (const [headers, ms] of [
    [{ 'Retry-After': '40' }, 40_000],
    [{ 'Retry-After': '0' }, 0],
    [{ 'Retry-After': 'Wed, 01 Jan 2025 00:00:30 GMT', Date }, 30_000],
    [{ 'Retry-After': Date, Date }, 0],
    [{ 'Retry-After': 'Tue, 31 Dec 2024 23:59:00 GMT', Date }, undefined],
    [{ 'Retry-After': 'Wed, 01 Jan 2025 00:00:30 GMT' }, undefined],
    [{ 'Retry-After': '-1' }, undefined],
    [{ 'Retry-After': '4 0' }, undefined],
    [{ 'Retry-After': 'soon' }, undefined],
    [{}, undefined],
  ]) {
    assert.equal(await retryAfter(headers), ms, JSON.stringify(headers));
  }
});

test('after ten seconds without an answer there is none; an answer within them ends the waiting', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const late = look(HERE, 'H1', 'secret', signal);
  mock.timers.tick(9_999);
  await settled();
  assert.equal(network.last.signal.aborted, false);
  mock.timers.tick(1);
  assert.equal(network.last.signal.aborted, true);
  assert.equal((await late).status, undefined);

  await answered(200, {});
  const { last } = network;
  mock.timers.tick(60_000);
  assert.equal(last.signal.aborted, false, 'no timer is left');
});

test('a body that never ends is no answer either', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const answer = look(HERE, 'H1', 'secret', signal);
  const { signal: limit } = network.last;
  const body = new ReadableStream({ start: (stream) => limit.addEventListener('abort', () => stream.error(limit.reason)) });
  network.last.answerWith(new Response(body, { status: 200 }));
  await settled();
  mock.timers.tick(10_000);
  assert.equal(limit.aborted, true);
  assert.deepEqual([(await answer).status, (await answer).order], [undefined, undefined]);
});

test('an answer that breaks off is none, and nobody else’s: neither for a look nor for a place', async () => {
  for (const ask of QUESTIONS) {
    network.asked.length = 0;
    const answer = ask();
    network.last.answerWith(new Response(new ReadableStream({ start: (stream) => stream.error(new TypeError('reset')) }), { status: 200 }));
    const { status, problem } = await answer;
    assert.deepEqual([status, network.asked.length], [undefined, 1]);
    assert.match(problem.detail, /^Nothing answers at .*: reset$/);
  }
});

test('what the page gives up is given up at once, before or while it is asked, and nothing listens on', async () => {
  const given = new AbortController();
  given.abort();
  assert.equal((await look(HERE, 'H1', 'secret', given.signal)).status, undefined);
  assert.equal(network.last.signal.aborted, true);

  const page = new AbortController();
  const asked = look(HERE, 'H1', 'secret', page.signal);
  page.abort();
  assert.equal(network.last.signal.aborted, true, 'and not only when its time is over');
  assert.equal((await asked).status, undefined);

  const other = new AbortController();
  const done = look(HERE, 'H1', 'secret', other.signal);
  const { last } = network;
  last.answer(200, {});
  await done;
  other.abort();
  assert.equal(last.signal.aborted, false);
});
