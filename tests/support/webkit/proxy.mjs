// A server between a browser and the Worker, for what a driver cannot do: it serves pages of the test, puts a script before
// all other scripts of a page, refuses sockets, and holds or replaces answers.

import { createServer, request as ask } from 'node:http';
import { connect } from 'node:net';

import { orderRequest } from '../shop/order-requests.mjs';
import { until } from '../until.mjs';

/** The path of the script that pages load first. */
export const FIRST_SCRIPT = '/of-the-test/first.js';
/**
 * A page fetches this path to tell its test that something has happened. The test cannot rely on asking the page: while a
 * page is loaded or left, a driver may not answer.
 */
const TELLS = '/of-the-test/tells/';
const TAG = `<script src="${FIRST_SCRIPT}"></script>`;

export async function startProxy(worker) {
  const proxy = new Proxy_(worker);
  await proxy.listen();
  return proxy;
}

class Proxy_ {
  #worker;
  #server;
  #rules;
  #sockets = new Set();

  constructor(worker) {
    this.#worker = new URL(worker.url);
    this.reset();
  }

  /** Returns to the initial state: everything is passed on. */
  reset() {
    this.#rules = [];
    /** The text of the script that pages load first. */
    this.first = '';
    this.refusesSockets = false;
    /** The requests, in order: `GET /path`, or `SOCKET /path`. */
    this.seen = [];
    /** The words that pages have told. */
    this.told = [];
    /** The answers that were refusals, one line each. */
    this.refusals = [];
  }

  async listen() {
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    await new Promise((ready) => this.#server.listen(0, '127.0.0.1', ready));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  /**
   * From now on `answer` answers the requests whose path fits: with `{ status, headers, body, isWhole }`. A page that
   * `isWhole` gets no script. `answer` is called with the request's method and path, and with `pass`, which asks the Worker.
   * If several rules fit, the last one counts.
   */
  answer(path, answer) {
    this.#rules.unshift({ path, answer });
  }

  /** Holds the requests whose path fits. Returns the function that releases them. */
  hold(path) {
    let release;
    const held = new Promise((resolve) => (release = resolve));
    this.answer(path, async ({ pass }) => {
      await held;
      return pass();
    });
    return release;
  }

  /** Waits until a page has told this word, by `fetch('/of-the-test/tells/' + word)`. */
  async hears(word) {
    await until(`a page tells: ${word}`, () => this.told.includes(word));
  }

  /** The requests to the order's routes, in order: `place`, `look`, `cancel`, `socket`. */
  sent() {
    return this.seen.map((each) => orderRequest(...each.split(' '))).filter(Boolean);
  }

  async #serve(request, response) {
    const { method, url: path, headers } = request;
    if (path.startsWith(TELLS)) {
      this.told.push(path.slice(TELLS.length));
      return response.writeHead(204).end();
    }
    this.seen.push(`${method} ${path}`);
    const body = Buffer.concat(await request.toArray());
    const pass = () => this.#pass({ method, path, headers, body });
    try {
      const answer = path === FIRST_SCRIPT ? { headers: { 'content-type': 'text/javascript' }, body: this.first } : await (this.#ruleOf(path)?.answer({ method, path, pass }) ?? pass());
      this.#send(response, path, answer);
    } catch {
      response.destroy(); // like a Worker that is gone
    }
  }

  #ruleOf(path) {
    return this.#rules.find((rule) => rule.path.test(path.split('?')[0]));
  }

  #send(response, path, { status = 200, headers = {}, body = '', isWhole = false }) {
    if (status >= 400) this.refusals.push(`${status}: ${path}`);
    const isPage = this.first !== '' && !isWhole && /^text\/html/.test(headers['content-type']);
    // After the doctype, so that the page is not in quirks mode.
    const sent = isPage ? String(body).replace(/<html[^>]*>(\s*<head>)?/, (found) => found + TAG) : body;
    const { 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = headers;
    response.writeHead(status, kept).end(sent);
  }

  #pass({ method, path, headers, body }) {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#worker;
      const plain = { ...headers, 'accept-encoding': 'identity', connection: 'close' };
      const asked = ask({ hostname, port, method, path, headers: plain }, async (answer) => {
        try {
          const { connection: _connection, ...rest } = answer.headers;
          resolve({ status: answer.statusCode, headers: rest, body: Buffer.concat(await answer.toArray()) });
        } catch (error) {
          reject(error);
        }
      });
      asked.on('error', reject).end(body);
    });
  }

  #upgrade(request, socket, head) {
    this.seen.push(`SOCKET ${request.url}`);
    socket.on('error', () => socket.destroy());
    if (this.refusesSockets) return socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
    const { hostname, port } = this.#worker;
    const worker = connect(port, hostname, () => {
      const { rawHeaders, method, url } = request;
      const lines = rawHeaders.flatMap((name, at) => (at % 2 ? [] : `${name}: ${rawHeaders[at + 1]}`));
      worker.write(`${method} ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      worker.write(head);
      socket.pipe(worker).pipe(socket);
    });
    worker.on('error', () => socket.destroy());
    for (const each of [socket, worker]) {
      this.#sockets.add(each);
      each.on('close', () => {
        this.#sockets.delete(each);
        socket.destroy();
        worker.destroy();
      });
    }
  }
}
