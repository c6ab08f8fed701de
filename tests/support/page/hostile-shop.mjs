// A shop on another origin than the Worker. Its page is built from switches, which its address names. Any browser plays it
// by opening the address: the page itself presses the button and tells this server what it sees.
//
//   const shop = await startHostileShop(stage);
//   const run = shop.begin(['traced-api', 'rem-62']);
//   … a browser opens run.url …
//   const { outcome, faults, account } = await run.over;

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

import { freePort } from '../free-port.mjs';
import { ROOT, WWW } from '../project.mjs';
import { GOODS } from '../shop/catalog.mjs';
import { documentOf, earlyOf, frameOf, framing, headersOf, lateOf, serviceWorkerOf, serviceWorkerScript, styleOf, underServiceWorker } from './hostile/document.mjs';
import { Run } from './hostile/run.mjs';
import { answerWrongly } from './hostile/wrong.mjs';

const HERE = join(ROOT, 'tests', 'support', 'page', 'hostile');
const LIBRARIES = ['idiomorph/dist/idiomorph.js', 'morphdom/dist/morphdom-umd.js'];
const TYPES = { js: 'text/javascript', css: 'text/css', json: 'application/json', wasm: 'application/wasm', html: 'text/html; charset=utf-8' };
/** The headers that `www/_headers` sets for the element's files. */
const FOR_ALL = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' };

/** Starts the shop in front of a stage. `olderWorker` is the address of a Worker of the last release, if there is one. */
export async function startHostileShop({ worker, gateway }, { olderWorker } = {}) {
  const shop = new HostileShop(worker, gateway, olderWorker);
  await shop.listen();
  return shop;
}

class HostileShop {
  /** The orders that were sent to wrong endpoints: `{ name, key }`. */
  tries = [];
  #servers = [];
  #runs = new Map();
  #worker;
  #gateway;

  constructor(worker, gateway, olderWorker) {
    this.#worker = worker.url;
    this.#gateway = gateway;
    this.olderWorker = olderWorker;
  }

  async listen() {
    const [shop, elsewhere] = [await this.#listen(), await this.#listen()];
    this.port = shop;
    this.places = {
      shop: `http://localhost:${shop}`,
      elsewhere: `http://127.0.0.1:${elsewhere}`,
      worker: this.#worker,
      socket: this.#worker.replace('http', 'ws'),
      olderWorker: this.olderWorker,
      refused: `http://127.0.0.1:${await freePort()}`,
      sku: GOODS.sku,
    };
  }

  async #listen() {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((error) => response.writeHead(500).end(error.stack));
    });
    this.#servers.push(server);
    await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
    return server.address().port;
  }

  async stop() {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  }

  /** Prepares a page with these switches. The browser must open `run.url`; `run.over` resolves to the finished run. */
  begin(names, { seed = 1 } = {}) {
    const id = String(this.#runs.size + 1);
    const run = new Run(id, names, (codeUrl) => this.#gateway.pay(codeUrl));
    this.#runs.set(id, run);
    run.url = `${this.places.shop}/shop?with=${names.join(',')}&run=${id}&seed=${seed}`;
    return run;
  }

  async #serve(request, response) {
    const url = new URL(request.url, `http://${request.headers.host}`);
    const { pathname, searchParams } = url;
    if (answerWrongly(request, response, this.tries)) return;
    const send = (type, body, headers = {}) => response.writeHead(200, { 'content-type': TYPES[type], 'cache-control': 'no-store', 'cross-origin-resource-policy': 'cross-origin', ...headers }).end(body);
    if (pathname === '/told') return this.#hear(request, response);
    if (/^\/(copy|old|mixed|outdated|alone)\//.test(pathname)) return this.#file(pathname, response);
    if (pathname === '/channel.js' || pathname === '/driver.js') return send('js', await readFile(join(HERE, pathname)), FOR_ALL);
    if (pathname.startsWith('/library/')) return send('js', await library(pathname.slice('/library/'.length)), FOR_ALL);
    if (pathname === '/worker.js') return send('js', serviceWorkerScript(searchParams.get('ignoreSearch') === 'true'));
    const names = (searchParams.get('with') ?? '').split(',').filter(Boolean);
    if (pathname === '/style.css') return send('css', styleOf(names), FOR_ALL);
    if (pathname === '/early.js') return send('js', earlyOf(names), FOR_ALL);
    if (pathname === '/late.js') return send('js', lateOf(names, this.#placesOf(url)), FOR_ALL);
    if (!pathname.startsWith('/shop')) return response.writeHead(404).end();
    this.#page(url, names, send);
  }

  /** The page's own scripts come from its own origin. In a frame that is another origin. */
  #placesOf(url) {
    return { ...this.places, shop: url.origin };
  }

  #page(url, names, send) {
    const { searchParams } = url;
    const at = searchParams.get('at');
    const next = (place, host = url.host) => {
      const there = new URL(url);
      there.host = host;
      there.searchParams.set('at', place);
      if (place === 'page') there.pathname = `/shop/${searchParams.get('run')}/`;
      return there.href;
    };
    const frame = frameOf(names);
    const crossSite = frame.includes('cross-site');
    if (frame && !at) return send('html', framing(frame, next('frame', crossSite ? `127.0.0.1:${this.port}` : url.host)), headersOf(names, this.#placesOf(url)));
    const serviceWorker = serviceWorkerOf(names);
    if (serviceWorker && at !== 'page') return send('html', underServiceWorker(serviceWorker, `/shop/${searchParams.get('run')}/`, next('page')));
    send('html', documentOf(names, this.#placesOf(url), url.search.slice(1)), headersOf(names, this.#placesOf(url)));
  }

  async #hear(request, response) {
    let text = '';
    for await (const piece of request) text += piece;
    response.writeHead(204, FOR_ALL).end();
    const line = Object.fromEntries(new URLSearchParams(text));
    this.#runs.get(line.run)?.hear(line);
  }

  /** The element's files: a copy, the last release's, a script of one release with files of the other, or only the script. */
  async #file(pathname, response) {
    const [, kind, name] = /^\/(\w+)\/([\w.-]+)$/.exec(pathname) ?? [];
    const script = name === 'wechat-pay.js';
    if (!name || (kind === 'alone' && !script)) return response.writeHead(404, FOR_ALL).end();
    try {
      const body = kind === 'old' || (kind === 'mixed' && !script) || (kind === 'outdated' && script) ? await ofTheLastRelease(name) : await readFile(join(WWW, 'widget', name));
      response.writeHead(200, { 'content-type': TYPES[name.split('.').at(-1)], ...FOR_ALL }).end(body);
    } catch {
      response.writeHead(404, FOR_ALL).end();
    }
  }
}

async function ofTheLastRelease(name) {
  return brotliDecompressSync(await readFile(join(ROOT, 'tests', 'releases', '0.1.0', 'widget', `${name}.br`)));
}

async function library(name) {
  if (!LIBRARIES.includes(name)) throw new Error(`no library ${name}`);
  return readFile(join(ROOT, 'node_modules', name));
}
