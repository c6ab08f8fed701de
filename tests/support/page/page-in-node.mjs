// A page's scripts in Node, without a browser. This file replaces the modules that the bundler gives the element, and
// imitates what a page finds around it. It records everything that leaves the page; the test decides what comes back.

import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ROOT } from '../project.mjs';
import { LANGUAGES } from './words.mjs';

const script = (name) => pathToFileURL(join(ROOT, 'crates', 'widget', 'js', name)).href;

/** The glue of a wasm module that decides nothing. The test gives the class of the session, as `globalThis.Session`. */
const GLUE = `
export const imports = () => ({});
export const started = (instance) => globalThis.startedWith?.(instance);
export class Session { constructor(...values) { return new globalThis.Session(...values); } }
export const paint = (...values) => globalThis.painted?.(...values);`;

/** The build makes this value from the files of `lang`. */
globalThis.LANGUAGE_TAGS = LANGUAGES.join(' ');

const PARTS = {
  'widget-files': script('files-served.js'),
  'widget-wasm': `data:text/javascript,${encodeURIComponent(GLUE)}`,
  './wechat-pay-fallback.js': script('fallback.js'),
};

/** Modules whose names are here cannot be loaded. */
export const away = new Set();

/** Modules whose names are here never load and never fail. */
export const late = new Set();

registerHooks({
  resolve(name, context, next) {
    if (away.has(name)) throw new Error(`${name} cannot be had`);
    if (late.has(name)) return { url: 'data:text/javascript,await new Promise(() => {})', shortCircuit: true };
    if (PARTS[name]) return { url: PARTS[name], shortCircuit: true };
    const [, mark] = (context.parentURL ?? '').split('?');
    return next(mark && name.startsWith('./') ? `${name}?${mark}` : name, context);
  },
});

/** A module of `crates/widget/js`. Each `mark` gives a new copy of it and of its parts, which remembers nothing yet. */
export const load = (name, mark) => import(mark ? `${script(name)}?${mark}` : script(name));

/** A module of `www/shop`, in the same way. */
export const loadOfShop = (name, mark = '') => import(`${pathToFileURL(join(ROOT, 'www', 'shop', name)).href}?${mark}`);

/** Replaces what Node has under these names of the global object. */
export function play(values) {
  for (const [name, value] of Object.entries(values)) Object.defineProperty(globalThis, name, { configurable: true, writable: true, value });
}

/** A storage. While it is `closed` it refuses everything, like the storage of a user who has forbidden it. */
export function aStorage(entries = {}) {
  const kept = new Map(Object.entries(entries));
  const open = () => {
    if (storage.closed) throw new DOMException('forbidden', 'SecurityError');
  };
  const storage = {
    closed: false,
    getItem: (name) => (open(), kept.get(name) ?? null),
    setItem: (name, text) => (open(), void kept.set(name, text)),
  };
  return storage;
}

/** The content types of the Worker's answers. */
const typeOf = (status, json) => {
  if (json === undefined) return 'text/html';
  return status < 400 ? 'application/json' : 'application/problem+json';
};

/**
 * The network. `asked` has the requests in order, each with `answer(status, json, headers)` and `fail()`. An answer without
 * JSON is a page of HTML, as another server would send.
 */
export class Network {
  asked = [];

  fetch = (url, init = {}) =>
    new Promise((resolve, reject) => {
      const request = {
        url: String(url),
        ...init,
        answer(status, json, headers = {}) {
          const body = json === undefined ? '<html>' : JSON.stringify(json);
          resolve(new Response(body, { status, headers: { 'Content-Type': typeOf(status, json), ...headers } }));
        },
        answerWith: resolve,
        fail: () => reject(new TypeError('no network')),
      };
      init.signal?.addEventListener('abort', () => reject(init.signal.reason));
      if (init.signal?.aborted) reject(init.signal.reason);
      this.asked.push(request);
    });

  get last() {
    return this.asked.at(-1);
  }
}

/** The smallest WebAssembly module there is. */
export const MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** The sockets that a page opens. The test plays the server: `open()`, `push(data)`, `end()`. */
export class PlayedSocket {
  static all = [];
  readyState = 0;
  sent = [];

  constructor(address, protocols) {
    Object.assign(this, { address, protocols });
    PlayedSocket.all.push(this);
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  push(data) {
    this.onmessage?.({ data: typeof data === 'string' ? data : JSON.stringify(data) });
  }

  /** Ends the connection, as the page hears of it from the browser. */
  end() {
    this.readyState = 3;
    this.onclose?.();
  }

  send(text) {
    this.sent.push(text);
  }

  close() {
    this.readyState = 3;
  }
}

/** Lets everything run that waits only for its turn. */
export async function settled() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((next) => setImmediate(next));
}
