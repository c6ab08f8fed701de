// The merchant's system that webhooks go to. Each is checked by the library of Standard Webhooks,
// which is not ours.

import { createServer } from 'node:http';

import { Webhook } from 'standardwebhooks';

/** The shared secret of the tests. */
export const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** Starts it on a free port of the loopback interface. `received` grows: `{ id, event }`, refused ones included. */
export async function startReceiver() {
  const received = [];
  const refusals = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    try {
      const event = new Webhook(WEBHOOK_SECRET).verify(body, request.headers);
      received.push({ id: request.headers['webhook-id'], event });
      const refuse = refusals.shift();
      if (refuse === 'no answer') return request.socket.destroy();
      response.writeHead(refuse ?? 204).end();
    } catch (error) {
      received.push({ forged: error.message });
      response.writeHead(401).end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${server.address().port}/webhooks`,
    received,
    /** The next deliveries get these answers: a status, or `no answer`. */
    refuse: (...answers) => refusals.push(...answers),
    /** The events of this order, each id once. */
    events: (outTradeNo) => [
      ...new Map(
        received.filter(({ event }) => event?.data.out_trade_no === outTradeNo).map(({ id, event }) => [id, event]),
      ).values(),
    ],
    stop: () => new Promise((closed) => (server.closeAllConnections(), server.close(closed))),
  };
}
