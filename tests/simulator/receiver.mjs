// A merchant's notify address. It keeps the messages and sends the replies that the test wants.

import { createServer } from 'node:http';
import { once } from 'node:events';

import { until } from '../support/until.mjs';

export const SUCCESS = '<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>';

/** Listens on a free port. `reply` makes the reply from a message; a test may replace it. */
export async function startReceiver(reply = () => SUCCESS) {
  const receiver = { reply, messages: [], url: '', stop };
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const message = { path: request.url, headers: request.headers, body: Buffer.concat(pieces).toString() };
    receiver.messages.push(message);
    response.setHeader('content-type', 'text/xml');
    response.end(receiver.reply(message));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  receiver.url = `http://127.0.0.1:${server.address().port}`;

  async function stop() {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  /** Waits for the n-th message at a path. */
  receiver.message = (path, nth = 1) =>
    until(`message ${nth} at ${path}`, () => receiver.messages.filter((message) => message.path === path)[nth - 1]);
  return receiver;
}
