// The merchant's system that receives webhooks. The library of Standard Webhooks, which is not
// ours, checks each of them.

import { createServer } from 'node:http';

import { Webhook } from 'standardwebhooks';

/** The shared secret of the tests. */
export const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/**
 * Starts it on a free port of the loopback interface. `received` has every delivery so far, refused ones included:
 * `{ id, event, body, headers, at }`, or `{ forged }` if its signature does not verify. `strays` has every request that is
 * not a POST to its own address, such as a request that followed a redirect. `aheadMs` says how far the clock of its machine is
 * ahead, which refuses old messages.
 */
export async function startReceiver({ aheadMs = () => 0 } = {}) {
  const received = [];
  const strays = [];
  const answers = [];
  const ofOrder = new Map();
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    if (request.method !== 'POST' || request.url !== '/webhooks') {
      strays.push(`${request.method} ${request.url} ${body}`);
      return response.writeHead(200).end();
    }
    try {
      const event = at(aheadMs(), () => new Webhook(WEBHOOK_SECRET).verify(body, request.headers));
      received.push({ id: request.headers['webhook-id'], event, body, headers: request.headers, at: Date.now() });
      answer(request, response, ofOrder.get(event.data.out_trade_no)?.shift() ?? answers.shift() ?? 204);
    } catch (error) {
      received.push({ forged: error.message });
      response.writeHead(401).end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    url: `${origin}/webhooks`,
    received,
    strays,
    /** The next deliveries get these answers: a status, `no answer`, or `{ status, headers, text, hang, afterMs }`. */
    refuse: (...next) => answers.push(...next),
    /** The next deliveries about this order get these answers. */
    refuseOf: ({ id }, ...next) => ofOrder.set(id, next),
    /** The events of this order, each id once. */
    events: (outTradeNo) => [...new Map(of(outTradeNo).map(({ id, event }) => [id, event])).values()],
    /** Every delivery about this order. */
    deliveries: of,
    stop: () => new Promise((closed) => (server.closeAllConnections(), server.close(closed))),
  };

  function of(outTradeNo) {
    return received.filter(({ event }) => event?.data.out_trade_no === outTradeNo);
  }
}

/** Runs something that waits for nothing, by a clock that is ahead. */
function at(aheadMs, run) {
  const { now } = Date;
  Date.now = () => now() + aheadMs;
  try {
    return run();
  } finally {
    Date.now = now;
  }
}

function answer(request, response, how) {
  if (how === 'no answer') return request.socket.destroy();
  const { status, headers = {}, text = '', hang = false, afterMs } = typeof how === 'number' ? { status: how } : how;
  if (afterMs) return void setTimeout(() => response.writeHead(status, headers).end(text), afterMs);
  response.writeHead(status, headers);
  if (hang) return response.write('it begins, and then nothing comes');
  response.end(text);
}
