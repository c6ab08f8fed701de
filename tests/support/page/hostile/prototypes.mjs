// Scripts of the page that change what all scripts share: prototypes, globals, timers, the console.

const gone = (...names) => names.map((name) => `try { Object.defineProperty(window, '${name}', { configurable: true, writable: true, value: undefined }); } catch {}`).join('\n');

/** Without this the element may give up, but it must say so. */
const NEEDED = { outcome: ['paid', 'unsupported', 'unloaded', 'unavailable'] };

export const PROTOTYPES = {
  // Prototype 1.6, which Magento 1 and old Joomla pages still load.
  'array-to-json': { page: `Array.prototype.toJSON = function () { return '[' + this.map((each) => JSON.stringify(each)).join(', ') + ']'; };` },
  'object-to-json': { page: `Object.prototype.toJSON = function () { return 'object'; };`, slot: 'object' },
  'string-to-json': { page: `String.prototype.toJSON = function () { return '"' + this + '"'; }; Number.prototype.toJSON = function () { return String(this); };` },
  'enumerable-on-object': { page: `Object.prototype.forAll = function () {};`, slot: 'object' },
  'enumerable-on-array': { page: `Array.prototype.remove = function () {}; Array.prototype.last = function () { return this[this.length - 1]; };` },
  'array-from-of-prototype': { page: `Array.from = (it) => { const all = []; for (let at = 0; at < (it?.length ?? 0); at += 1) all.push(it[at]); return all; };` },
  'object-keys-of-old': { page: `Object.keys = (it) => { const names = []; for (const name in it) names.push(name); return names; };` },
  'object-values-of-mootools': {
    page: `Object.extend = function () {}; Array.prototype.filter = function (f, that) { const out = []; for (let at = 0; at < this.length; at += 1) if (f.call(that, this[at], at, this)) out.push(this[at]); return out; };
      Function.prototype.extend = function () {}; Number.prototype.times = function () {}; String.prototype.contains = function () {};`,
  },
  'random-throws': {
    page: `Crypto.prototype.getRandomValues = () => { throw new DOMException('The operation is not supported.', 'NotSupportedError'); };`,
    ...NEEDED,
  },
  'uuid-missing': { page: `delete Crypto.prototype.randomUUID;` },
  'subtle-missing': { page: `Object.defineProperty(Crypto.prototype, 'subtle', { configurable: true, value: undefined });` },
  'clone-missing': { page: gone('structuredClone'), ...NEEDED },
  'idle-callback-missing': { page: gone('requestIdleCallback', 'cancelIdleCallback') },
  'intl-throws': { page: `Intl.NumberFormat = function () { throw new RangeError('Incorrect locale information provided'); };`, slot: 'intl', otherLooks: true },
  'intl-missing': { page: gone('Intl'), slot: 'intl', otherLooks: true },
  'intl-in-arabic-digits': {
    page: `const Format = Intl.NumberFormat; Intl.NumberFormat = function (tags, options) { return new Format('ar-EG', options); };`,
    slot: 'intl',
    otherLooks: true,
  },
  'languages-odd': { page: `Object.defineProperty(Navigator.prototype, 'languages', { configurable: true, get: () => [undefined, '', '*', 'en_US.UTF-8', 'xx-'] });` },
  'languages-null': { page: `Object.defineProperty(Navigator.prototype, 'languages', { configurable: true, get: () => null });` },
  'console-throws': {
    page: `for (const name of ['log', 'info', 'warn', 'error', 'debug']) console[name] = () => { throw new Error('no console here'); };`,
    mute: true,
  },
  'console-missing': { page: gone('console'), mute: true },
  'timers-of-a-second': {
    // Browsers slow the timers of hidden pages down like this.
    page: `const { setTimeout, setInterval } = window;
      window.setTimeout = (act, ms = 0, ...values) => setTimeout(act, Math.max(ms, 1000), ...values);
      window.setInterval = (act, ms = 0, ...values) => setInterval(act, Math.max(ms, 1000), ...values);`,
    withinMs: 30_000,
    slot: 'timers',
  },
  'timers-as-objects': {
    page: `const { setTimeout, clearTimeout, setInterval, clearInterval } = window;
      window.setTimeout = (...values) => ({ id: setTimeout(...values) });
      window.clearTimeout = (timer) => clearTimeout(timer?.id ?? timer);
      window.setInterval = (...values) => ({ id: setInterval(...values) });
      window.clearInterval = (timer) => clearInterval(timer?.id ?? timer);`,
    slot: 'timers',
  },
  'zone': {
    // Like Zone.js: its own promises and timers, which are hard to distinguish from the browser's.
    page: `const Native = window.Promise;
      class ZoneAwarePromise extends Native {
        then(done, failed) { return super.then(done && ((value) => done(value)), failed && ((reason) => failed(reason))); }
      }
      window.Promise = ZoneAwarePromise;
      const { fetch, queueMicrotask } = window;
      window.fetch = (...values) => new ZoneAwarePromise((resolve, reject) => fetch(...values).then(resolve, reject));
      window.queueMicrotask = (act) => ZoneAwarePromise.resolve().then(act);
      const { addEventListener } = EventTarget.prototype;
      EventTarget.prototype.addEventListener = function (name, act, options) {
        return addEventListener.call(this, name, typeof act === 'function' ? function (...values) { return act.apply(this, values); } : act, options);
      };`,
  },
  'promise-of-old': {
    page: `for (const name of ['any', 'withResolvers', 'try']) delete Promise[name];
      Promise.prototype.finally = function (act) { return this.then((value) => (act(), value), (reason) => { act(); throw reason; }); };`,
  },
  'current-script': { page: `Object.defineProperty(Document.prototype, 'currentScript', { configurable: true, get: () => null });` },
  'append-of-old': {
    page: `Element.prototype.append = function (each) { if (typeof each === 'string') this.insertAdjacentText('beforeend', each); else if (each) this.appendChild(each); };`,
  },
  'append-of-a-library': { page: `Node.prototype.append = function () { return this; };` },
  'element-remove-of-prototype': { page: `Element.prototype.remove = function () { if (this.parentNode) this.parentNode.removeChild(this); return this; };` },
  'hide-of-prototype': { page: `for (const name of ['show', 'hide', 'toggle', 'update', 'observe', 'stop', 'cancel', 'start', 'retry', 'theme']) if (!(name in HTMLElement.prototype)) HTMLElement.prototype[name] = function () { return this; };` },
  'custom-elements-wrapped': {
    // Like @webcomponents/scoped-custom-element-registry and older polyfills: `define` makes another class that calls ours.
    page: `const { define } = CustomElementRegistry.prototype;
      CustomElementRegistry.prototype.define = function (name, Given, options) {
        const Standing = class extends Given {};
        return define.call(this, name, Standing, options);
      };`,
  },
  'custom-elements-defined-late': {
    page: `const { define } = CustomElementRegistry.prototype;
      CustomElementRegistry.prototype.define = function (...values) { hostile.later(300, () => define.apply(this, values)); };`,
  },
  'closed-roots': {
    page: `const { attachShadow } = Element.prototype;
      Element.prototype.attachShadow = function () { const root = attachShadow.call(this, { mode: 'closed' }); hostile.roots.set(this, root); return root; };`,
  },
  'sheets-polluted': {
    late: () => `try { const sheet = new CSSStyleSheet(); sheet.replaceSync('p { letter-spacing: 4px }'); document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets]; } catch {}`,
  },
  'sheets-adopted-by-all': {
    // A library that adds its style sheet to every root. Where both sheets set a property, ours must win.
    page: `const { attachShadow } = Element.prototype;
      Element.prototype.attachShadow = function (options) {
        const root = attachShadow.call(this, options);
        try { const sheet = new CSSStyleSheet(); sheet.replaceSync('* { box-sizing: border-box }'); hostile.later(0, () => { root.adoptedStyleSheets = [sheet, ...root.adoptedStyleSheets]; }); } catch {}
        return root;
      };`,
    otherLooks: true,
  },
  'sheets-not-constructable': {
    // Safari before 16.4.
    page: `window.CSSStyleSheet = new Proxy(CSSStyleSheet, { construct() { throw new TypeError('Illegal constructor'); } });
      for (const prototype of [Document.prototype, ShadowRoot.prototype]) delete prototype.adoptedStyleSheets;`,
    outcome: ['children', 'unsupported'],
    slot: 'sheets',
  },
  'wasm-missing': { page: `delete window.WebAssembly;` },
  'wasm-streaming-missing': { page: `delete WebAssembly.instantiateStreaming; delete WebAssembly.compileStreaming;` },
  'resize-observer-throws': { page: `window.ResizeObserver = class { constructor() { throw new Error('not here'); } };`, ...NEEDED, slot: 'resize' },
  'resize-observer-missing': { page: gone('ResizeObserver'), ...NEEDED, slot: 'resize' },
  'resize-observer-of-old': {
    // A polyfill that does not know device pixels and never stops.
    page: `window.ResizeObserver = class {
      constructor(tell) { this.tell = tell; }
      observe(target) {
        let known = -1;
        const look = () => {
          if (this.over) return;
          const contentRect = target.getBoundingClientRect();
          if (contentRect.width !== known) this.tell([{ target, contentRect }], this);
          known = contentRect.width;
          hostile.later(50, look);
        };
        look();
      }
      unobserve() {}
      disconnect() { this.over = true; }
    };`,
    slot: 'resize',
  },
  'mutation-observer-throws': { page: `MutationObserver.prototype.observe = () => { throw new Error('not here'); };`, ...NEEDED, slot: 'mutation' },
  'mutation-observer-missing': { page: gone('MutationObserver', 'WebKitMutationObserver'), ...NEEDED, slot: 'mutation' },
  'custom-event-of-old': {
    page: `const Native = CustomEvent;
      window.CustomEvent = function (name, init = {}) { const event = document.createEvent('CustomEvent'); event.initCustomEvent(name, Boolean(init.bubbles), Boolean(init.cancelable), init.detail); return event; };
      window.CustomEvent.prototype = Native.prototype;`,
    slot: 'adopted', // such an event does not leave another shadow root: only that root's own listeners hear it
  },
  'signal-ignored-by-listeners': {
    page: `const { addEventListener } = EventTarget.prototype;
      EventTarget.prototype.addEventListener = function (name, act, options) { return addEventListener.call(this, name, act, typeof options === 'object' ? Boolean(options?.capture) : options); };`,
  },
  'performance-coarse': {
    // Firefox with resistFingerprinting.
    page: `const now = performance.now.bind(performance); performance.now = () => Math.floor(now() / 100) * 100;`,
    slot: 'performance',
  },
  'performance-entries-throw': { page: `performance.getEntriesByType = () => { throw new Error('not here'); };` },
  'performance-entries-empty': { page: `performance.getEntriesByType = () => [];` },
  'clock-wrong-by-a-day': { page: `const { now } = Date; Date.now = () => now() - 86_400_000;`, slot: 'date' },
  'clock-of-a-date-library': { page: `window.Date = class extends Date { constructor(...values) { super(...(values.length ? values : ['2020-01-01T00:00:00Z'])); } static now() { return 1_577_836_800_000; } };`, slot: 'date' },
  'url-of-old': { page: `const Native = URL; window.URL = function (address, base) { return new Native(address, base === undefined ? undefined : String(base)); }; window.URL.prototype = Native.prototype; for (const name of ['createObjectURL', 'revokeObjectURL', 'canParse']) window.URL[name] = Native[name];` },
  'base64-of-old': {
    page: `const { btoa } = window; window.btoa = (text) => btoa(text).replace(/(.{76})/g, '$1\\n');`,
  },
  'pixel-ratio-odd': { page: `Object.defineProperty(window, 'devicePixelRatio', { configurable: true, get: () => 1.1 });`, otherLooks: true },
  'insecure-context': {
    // What a browser offers to a shop without https.
    page: `Object.defineProperty(window, 'isSecureContext', { configurable: true, value: false });
      for (const name of ['locks', 'clipboard', 'share', 'serviceWorker']) try { Object.defineProperty(Navigator.prototype, name, { configurable: true, value: undefined }); } catch {}
      Object.defineProperty(Crypto.prototype, 'subtle', { configurable: true, value: undefined }); delete Crypto.prototype.randomUUID; delete window.caches;`,
    slot: 'locks',
  },
  'canvas-noise': {
    // Brave and some blockers change what scripts read from a canvas, not what the user sees.
    page: `const { getImageData } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.getImageData = function (...values) { const image = getImageData.apply(this, values); for (let at = 0; at < image.data.length; at += 97) image.data[at] ^= 1; return image; };`,
  },
  'hidden-always': { page: `Object.defineProperty(Document.prototype, 'hidden', { configurable: true, get: () => true }); Object.defineProperty(Document.prototype, 'visibilityState', { configurable: true, get: () => 'hidden' });`, withinMs: 40_000 },
  'frozen-globals': {
    // SES and other hardening: from here on nobody can change the built-in objects.
    page: `for (const it of [Object.prototype, Array.prototype, Function.prototype, Promise.prototype, String.prototype, JSON, Math]) Object.freeze(it);`,
    alone: true,
  },
};
