// Storage, channels and locks that are forbidden, missing, full, or contain rubbish under the element's own key.

const KEY = 'wechat-pay';

const throwing = (name) => `Object.defineProperty(window, '${name}', { configurable: true, get() { throw new DOMException('The operation is insecure.', 'SecurityError'); } });`;
const absent = (name) => `Object.defineProperty(window, '${name}', { configurable: true, value: null });`;
const holding = (text) => `try { localStorage.setItem('${KEY}', ${text}); } catch {}`;

/** Stores this value for the page's cart. The value is JavaScript text. */
const entry = (value) => ({
  late: ({ worker, sku }) => `try {
    const goods = '{"lines":[{"sku":"${sku}","quantity":1}]}';
    localStorage.setItem('${KEY}', '{' + '"${worker} ' + goods.split('"').join('\\\\"') + '":' + ${value} + '}');
  } catch {}`,
});

export const STORAGE = {
  'channel-missing': { page: `delete window.BroadcastChannel;`, slot: 'channel' },
  'channel-throws': {
    page: `window.BroadcastChannel = class { constructor() { throw new DOMException('The operation is insecure.', 'SecurityError'); } };`,
    slot: 'channel',
  },
  'channel-cannot-post': {
    page: `BroadcastChannel.prototype.postMessage = () => { throw new DOMException('could not be cloned', 'DataCloneError'); };`,
    slot: 'channel',
  },
  'channel-of-rubbish': {
    page: `const Channel = BroadcastChannel;
      window.BroadcastChannel = class extends Channel {
        constructor(name) {
          super(name);
          hostile.later(60, () => { for (const data of [null, undefined, 7, 'text', {}, [], { id: 1 }]) this.onmessage?.({ data }); });
        }
      };`,
    slot: 'channel',
  },
  'local-storage-throws': { page: throwing('localStorage'), slot: 'local' },
  'local-storage-null': { page: absent('localStorage'), slot: 'local' },
  'local-storage-full': {
    page: `Storage.prototype.setItem = () => { throw new DOMException('The quota has been exceeded.', 'QuotaExceededError'); };`,
    slot: 'local',
  },
  'local-storage-forgets': {
    page: `Storage.prototype.setItem = () => {}; Storage.prototype.getItem = () => null;`,
    slot: 'local',
  },
  'local-storage-holds-a-null-entry': { page: holding(`'{"x":null}'`), slot: 'local' },
  'local-storage-holds-a-list': { page: holding(`'[]'`), slot: 'local' },
  'local-storage-holds-a-list-of-null': { page: holding(`'[null]'`), slot: 'local' },
  'local-storage-holds-a-text': { page: holding(`'"text"'`), slot: 'local' },
  'local-storage-holds-null': { page: holding(`'null'`), slot: 'local' },
  'local-storage-holds-a-number': { page: holding(`'7'`), slot: 'local' },
  'local-storage-holds-no-json': { page: holding(`'{'`), slot: 'local' },
  'local-storage-holds-a-huge-text': { page: holding(`'"' + 'x'.repeat(4_000_000) + '"'`), slot: 'local' },
  'local-storage-holds-a-huge-object': { page: holding(`'{"x":{"at":' + Date.now() + ',"key":"' + 'x'.repeat(4_000_000) + '"}}'`), slot: 'local' },
  'local-storage-holds-my-cart-as-null': { ...entry(`'null'`), slot: 'local' },
  'local-storage-holds-my-cart-as-text': { ...entry(`'"text"'`), slot: 'local' },
  'local-storage-holds-my-cart-without-a-key': { ...entry(`'{"at":' + Date.now() + '}'`), slot: 'local' },
  'local-storage-holds-my-cart-with-a-number-as-key': { ...entry(`'{"at":' + Date.now() + ',"key":7,"goods":{}}'`), slot: 'local' },
  'local-storage-holds-my-cart-with-a-short-key': { ...entry(`'{"at":' + Date.now() + ',"key":"x","goods":{}}'`), slot: 'local' },
  'local-storage-holds-my-cart-with-a-key-no-header-takes': { ...entry(`'{"at":' + Date.now() + ',"key":"\\u8336\\n","goods":{}}'`), slot: 'local' },
  'local-storage-holds-my-cart-of-the-future': { ...entry(`'{"at":9e15,"key":"' + String(Math.random()).slice(2).padEnd(22, 'A').slice(0, 22) + '","goods":null}'`), slot: 'local' },
  'session-storage-throws': { page: throwing('sessionStorage') },
  'session-storage-null': { page: absent('sessionStorage') },
  'indexed-db-throws': { page: throwing('indexedDB') },
  'indexed-db-null': { page: absent('indexedDB') },
  'caches-throw': { page: throwing('caches') },
  'cookies-throw': {
    page: `Object.defineProperty(Document.prototype, 'cookie', { configurable: true, get() { throw new DOMException('The document is sandboxed.', 'SecurityError'); }, set() { throw new DOMException('The document is sandboxed.', 'SecurityError'); } });`,
  },
  'locks-missing': { page: `Object.defineProperty(Navigator.prototype, 'locks', { configurable: true, value: undefined });`, slot: 'locks' },
  'locks-throw': {
    page: `if (window.LockManager) LockManager.prototype.request = () => { throw new DOMException('The request was denied.', 'SecurityError'); };`,
    slot: 'locks',
  },
  'locks-reject': {
    page: `if (window.LockManager) LockManager.prototype.request = () => Promise.reject(new DOMException('The request was denied.', 'SecurityError'));`,
    slot: 'locks',
  },
  'locks-never-answer': { page: `if (window.LockManager) LockManager.prototype.request = () => new Promise(() => {});`, slot: 'locks' },
  'locks-getter-throws': {
    page: `Object.defineProperty(Navigator.prototype, 'locks', { configurable: true, get() { throw new DOMException('The operation is insecure.', 'SecurityError'); } });`,
    slot: 'locks',
  },
  'all-storage-throws': {
    page: ['localStorage', 'sessionStorage', 'indexedDB', 'caches'].map(throwing).join('\n') + `window.BroadcastChannel = class { constructor() { throw new DOMException('The operation is insecure.', 'SecurityError'); } };`,
    slot: 'local',
  },
};
