// Tracers and polyfills around `fetch` and `XMLHttpRequest`, sockets that do not work, a device that says it is offline.

/** The headers that Sentry, OpenTelemetry and Datadog add to requests. */
const TRACED = `const traces = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'sentry-release=1', 'sentry-trace': '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1' };`;

const traced = (which) => `${TRACED}
  const { fetch } = window;
  window.fetch = function (input, init) {
    const address = String(input.url ?? input);
    if (!(${which})) return fetch.apply(this, arguments);
    const headers = new Headers(init?.headers ?? input.headers);
    for (const name of ['traceparent', 'baggage', 'sentry-trace']) headers.set(name, traces[name]);
    return fetch.call(this, input, { ...init, headers });
  };`;

const tracedRequests = (which) => `${TRACED}
  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, address) {
    this.address = String(address);
    return open.apply(this, arguments);
  };
  XMLHttpRequest.prototype.send = function () {
    const { address } = this;
    if (${which}) for (const name of ['traceparent', 'baggage', 'sentry-trace']) this.setRequestHeader(name, traces[name]);
    return send.apply(this, arguments);
  };`;

/** Like old versions of whatwg-fetch: a `fetch` by XMLHttpRequest, without `signal`, `redirect` or `integrity`. */
const POLYFILL = `
  window.fetch = (input, init = {}) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(init.method ?? 'GET', String(input), true);
    request.responseType = 'arraybuffer';
    request.onerror = () => reject(new TypeError('Network request failed'));
    request.onload = () => {
      const lines = request.getAllResponseHeaders().trim().split(/[\\r\\n]+/).map((line) => line.split(': '));
      const bytes = () => Promise.resolve(request.response);
      const text = () => bytes().then((body) => new TextDecoder().decode(body));
      resolve({ ok: request.status >= 200 && request.status < 300, status: request.status, headers: new Headers(lines), url: request.responseURL, text, json: () => text().then(JSON.parse), arrayBuffer: bytes });
    };
    new Headers(init.headers).forEach((value, name) => request.setRequestHeader(name, value));
    request.send(init.body ?? null);
  });`;

const onLine = (value) => `Object.defineProperty(Navigator.prototype, 'onLine', { configurable: true, get: () => ${value} });`;

const NO_SOCKET = `window.WebSocket = class { constructor() { throw new DOMException('The operation is insecure.', 'SecurityError'); } };`;

/** A socket that opens and then stays silent, as behind a proxy that holds every message back. */
const MUTE_SOCKET = `
  window.WebSocket = class extends EventTarget {
    readyState = 0;
    constructor() {
      super();
      setTimeout(() => { this.readyState = 1; this.onopen?.(new Event('open')); }, 20);
    }
    send() {}
    close() { this.readyState = 3; }
  };`;

export const NETWORK = {
  // The test itself presses the button.
  'held': { page: `hostile.held = true;`, outcome: ['no button'], alone: true, withinMs: 1_000 },
  'traced-all': { page: traced('true') },
  'traced-api': { page: traced(`/\\/api\\//.test(address)`) },
  'traced-static': { page: traced(`/\\/widget\\//.test(address)`) },
  'traced-requests': { page: tracedRequests(`/\\/(api|widget)\\//.test(address)`) },
  'fetch-polyfill': { page: POLYFILL, slot: 'fetch' },
  'fetch-polyfill-traced': { page: POLYFILL + tracedRequests(`/\\/api\\//.test(address)`), slot: 'fetch' },
  'fetch-of-strings': {
    // Many wrappers assume that an address is a string.
    page: `const { fetch } = window;
      window.fetch = (input, init) => (typeof input === 'string' ? input : input.url).indexOf('/track') < 0 ? fetch(input, init) : Promise.reject(new Error('blocked'));`,
  },
  'fetch-of-requests': {
    page: `const { fetch } = window; window.fetch = (input, init) => fetch(new Request(input, init));`,
    slot: 'fetch', // a polyfill finds no body in a request of the browser's
  },
  'fetch-read-before': {
    page: `const { fetch } = window;
      window.fetch = async (...values) => { const answer = await fetch(...values); await answer.clone().text(); return answer; };`,
    slot: 'fetch',
  },
  'fetch-credentials': {
    // A wrapper that sends cookies everywhere. The browser then hides every answer that is allowed for any origin (`*`).
    page: `const { fetch } = window; window.fetch = (input, init) => fetch(input, { credentials: 'same-origin', mode: 'cors', ...init });`,
  },
  'fetch-slow': {
    page: `const { fetch, setTimeout } = window;
      window.fetch = (...values) => new Promise((go) => setTimeout(go, 400)).then(() => fetch(...values));`,
  },
  'fetch-fails-at-first': {
    slot: 'fails',
    page: `const { fetch } = window; let times = 0;
      window.fetch = (...values) => ((times += 1) <= 2 ? Promise.reject(new TypeError('Failed to fetch')) : fetch(...values));`,
    withinMs: 30_000,
  },
  'fetch-throws-at-once': {
    slot: 'fails',
    // It throws instead of returning a rejected promise: a wrapper with a bug.
    page: `const { fetch } = window; let times = 0;
      window.fetch = (...values) => { if ((times += 1) <= 2) throw new TypeError('undefined is not a function'); return fetch(...values); };`,
    withinMs: 30_000,
  },
  'online-false': { page: onLine('false'), otherLooks: true, slot: 'online' },
  'online-undefined': { page: onLine('undefined'), otherLooks: true, slot: 'online' },
  'online-false-from-the-code': {
    page: `hostile.onEvent.push((word) => {
      if (word !== 'ready') return;
      ${onLine('false')}
      window.dispatchEvent(new Event('offline'));
    });`,
    otherLooks: true,
    slot: 'online',
  },
  'online-false-while-placing': {
    page: `hostile.onState.push((state) => {
      if (state !== 'creating') return;
      ${onLine('false')}
      window.dispatchEvent(new Event('offline'));
    });`,
    otherLooks: true,
    slot: 'online',
  },
  'online-flaps': {
    page: `let on = true; Object.defineProperty(Navigator.prototype, 'onLine', { configurable: true, get: () => on });
      const turn = () => { on = !on; window.dispatchEvent(new Event(on ? 'online' : 'offline')); hostile.later(150, turn); };
      turn();`,
    otherLooks: true,
    slot: 'online',
  },
  'paid-after-a-while': { paysAfterMs: 5_000, withinMs: 30_000 },
  'socket-missing': { page: `delete window.WebSocket;` },
  'socket-throws': { page: NO_SOCKET, slot: 'socket' },
  'socket-mute': { page: MUTE_SOCKET, slot: 'socket', withinMs: 90_000, hurry: true },
  'socket-rubbish': {
    page: `window.WebSocket = class extends EventTarget {
      readyState = 0;
      constructor() {
        super();
        setTimeout(() => { this.readyState = 1; this.onopen?.(new Event('open')); for (const data of ['', '{', 'null', '[]', '<html>', '{"id":null}']) this.onmessage?.(new MessageEvent('message', { data })); }, 20);
        setTimeout(() => this.onclose?.(new CloseEvent('close')), 200);
      }
      send() {}
      close() { this.readyState = 3; }
    };`,
    slot: 'socket',
    withinMs: 30_000,
  },
  'socket-closes-at-once': {
    page: `window.WebSocket = class extends EventTarget {
      constructor() { super(); setTimeout(() => this.onclose?.(new CloseEvent('close')), 5); }
      send() {}
      close() {}
    };`,
    slot: 'socket',
  },
};
