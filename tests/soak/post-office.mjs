// What carries notifications from WeChat to the Worker, and loses those of some orders for ever.

import { createServer, request as send } from 'node:http';

/** Starts it. Notifications of the numbers in `lost` never arrive. `worker` is where the others go. */
export async function startPostOffice() {
  const office = { lost: new Set(), worker: undefined, carried: 0 };
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (body === undefined) return undefined;
    const [, number] = /<out_trade_no>(?:<!\[CDATA\[)?([^<\]]+)/.exec(body.toString()) ?? [];
    if (!office.worker || office.lost.has(number)) return request.socket.destroy();
    const on = send(`${office.worker}${request.url}`, { method: request.method, headers: { ...request.headers, host: 'shop.example' } }, (answer) => {
      office.carried += 1;
      response.writeHead(answer.statusCode, answer.headers);
      answer.on('error', () => request.socket.destroy()).pipe(response);
    });
    on.on('error', () => request.socket.destroy()).end(body);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  office.url = `http://127.0.0.1:${server.address().port}`;
  office.stop = () => new Promise((closed) => (server.closeAllConnections(), server.close(closed)));
  return office;
}

/** The body, or nothing if its sender has died before its end. */
export async function bodyOf(request) {
  try {
    return Buffer.concat(await Array.fromAsync(request));
  } catch {
    return undefined;
  }
}
