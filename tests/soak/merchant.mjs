// The merchant's receiver of webhooks. It checks signatures itself: by the Worker's fast clock, a library would find every
// timestamp in the future.

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

import { bodyOf } from './post-office.mjs';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/**
 * Starts it. `events` has every accepted event by its id, with how often it came. `mode` is `ok`, `down` or `redirecting`.
 * `forged` and `strays` count what does not verify, and requests that have followed the redirect.
 */
export async function startMerchant() {
  const merchant = { mode: 'ok', events: new Map(), forged: 0, strays: 0, secret: SECRET };
  const server = createServer(async (request, response) => {
    const body = (await bodyOf(request))?.toString();
    if (body === undefined) return undefined;
    if (request.url !== '/webhooks') {
      merchant.strays += 1;
      return response.writeHead(200).end();
    }
    if (merchant.mode === 'down') return request.socket.destroy();
    if (merchant.mode === 'redirecting') return response.writeHead(307, { location: '/elsewhere' }).end();
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers;
    const right = createHmac('sha256', Buffer.from(SECRET.slice('whsec_'.length), 'base64')).update(`${id}.${at}.${body}`).digest('base64');
    if (!String(signature).split(' ').includes(`v1,${right}`)) {
      merchant.forged += 1;
      return response.writeHead(401).end();
    }
    const { type, data } = JSON.parse(body);
    const known = merchant.events.get(id);
    merchant.events.set(id, { type, number: data.out_trade_no, minor: data.amount?.minor, refund: data.refund, times: (known?.times ?? 0) + 1 });
    response.writeHead(204).end();
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  merchant.url = `http://127.0.0.1:${server.address().port}/webhooks`;
  merchant.stop = () => new Promise((closed) => (server.closeAllConnections(), server.close(closed)));
  return merchant;
}
