// What a page asks the Worker, and what it makes of the answers: the order's token goes to the Worker and to nobody else.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { load, Network, play, settled } from '../support/page-in-node.mjs';

const { place, look, cancel, UNREACHABLE } = await load('server.js');

const HERE = { endpoint: 'https://pay.example.com' };
const GOODS = { lines: [{ sku: 'tea', quantity: 2 }] };
const { fetch } = globalThis;

let network;
beforeEach(() => {
  network = new Network();
  play({ fetch: network.fetch });
});
afterEach(() => mock.timers.reset());

/** Asks for an order; the Worker gives this answer. */
async function answered(status, json, headers) {
  const answer = look(HERE, 'H1', 'secret');
  network.last.answer(status, json, headers);
  return answer;
}

test('each question has its method, its address and what permits it', async () => {
  const asked = [place(HERE, 'the-key', GOODS), look(HERE, 'H1', 'secret'), cancel(HERE, 'H1', 'secret')];
  assert.deepEqual(
    network.asked.map(({ method = 'GET', url, headers, body }) => ({ method, url, headers, body })),
    [
      {
        method: 'POST',
        url: 'https://pay.example.com/api/orders',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'the-key' },
        body: JSON.stringify(GOODS),
      },
      { method: 'GET', url: 'https://pay.example.com/api/orders/H1', headers: { Authorization: 'Bearer secret' }, body: undefined },
      { method: 'POST', url: 'https://pay.example.com/api/orders/H1/cancel', headers: { Authorization: 'Bearer secret' }, body: undefined },
    ],
  );
  for (const request of network.asked) request.answer(200, {});
  await Promise.all(asked);
});

test('no cookie of the page is sent, nothing comes out of a cache, no redirect is followed', async () => {
  for (const ask of [() => place(HERE, 'the-key', GOODS), () => look(HERE, 'H1', 'secret'), () => cancel(HERE, 'H1', 'secret')]) {
    const answer = ask();
    const { credentials, cache, redirect } = network.last;
    assert.deepEqual({ credentials, cache, redirect }, { credentials: 'omit', cache: 'no-store', redirect: 'error' });
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
    // To another address of the Worker itself, a browser would take the token along.
    response.writeHead(307, { location: request.url.includes('cancel') ? '/elsewhere' : `${stranger.url}/` }).end();
    if (request.url === '/elsewhere') heard.push(request.headers.authorization);
  });
  play({ fetch });
  try {
    await assert.rejects(look({ endpoint: worker.url }, 'H1', 'secret'));
    await assert.rejects(cancel({ endpoint: worker.url }, 'H1', 'secret'));
    await assert.rejects(place({ endpoint: worker.url }, 'the-key', GOODS));
    assert.deepEqual(heard, []);
  } finally {
    for (const { server } of [stranger, worker]) {
      server.closeAllConnections();
      server.close();
    }
  }
});

test('an order, its token, a refusal and nonsense are told apart', async () => {
  const order = { id: 'H1', status: 'paid' };
  const nothing = { retryAfter: undefined, order: undefined, token: undefined, problem: undefined };
  assert.deepEqual(await answered(200, order), { ...nothing, status: 200, order });
  assert.deepEqual(await answered(201, { order, token: 'secret' }), { ...nothing, status: 201, order, token: 'secret' });
  const problem = { code: 'unknown_sku', detail: 'no such goods' };
  assert.deepEqual(await answered(422, problem), { ...nothing, status: 422, problem });
  assert.deepEqual(await answered(200), { ...nothing, status: 200 }, 'a page of a hotel’s network');
  assert.deepEqual(await answered(503), { ...nothing, status: 503 });
  assert.deepEqual(UNREACHABLE, { status: 0 });
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
  const late = assert.rejects(look(HERE, 'H1', 'secret'), { name: 'AbortError' });
  mock.timers.tick(9_999);
  await settled();
  assert.equal(network.last.signal.aborted, false);
  mock.timers.tick(1);
  assert.equal(network.last.signal.aborted, true);
  await late;

  await answered(200, {});
  const { signal } = network.last;
  mock.timers.tick(60_000);
  assert.equal(signal.aborted, false, 'no timer is left');
});

test('a body that never ends is no answer either', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const answer = assert.rejects(
    look(HERE, 'H1', 'secret').then(({ order, status }) => {
      if (!order && status === 200) throw new Error('nothing of it was taken for an order');
    }),
  );
  const { signal } = network.last;
  const body = new ReadableStream({ start: (stream) => signal.addEventListener('abort', () => stream.error(signal.reason)) });
  network.last.answerWith(new Response(body, { status: 200 }));
  await settled();
  mock.timers.tick(10_000);
  assert.equal(signal.aborted, true);
  await answer;
});

test('what the page gives up is given up at once, before or while it is asked, and nothing listens on', async () => {
  const given = new AbortController();
  given.abort();
  await assert.rejects(look(HERE, 'H1', 'secret', given.signal), { name: 'AbortError' });

  const page = new AbortController();
  const asked = assert.rejects(look(HERE, 'H1', 'secret', page.signal), { name: 'AbortError' });
  page.abort();
  assert.equal(network.last.signal.aborted, true, 'and not only when its time is over');
  await asked;

  const other = new AbortController();
  const done = look(HERE, 'H1', 'secret', other.signal);
  const { last } = network;
  last.answer(200, {});
  await done;
  other.abort();
  assert.equal(last.signal.aborted, false);
});
