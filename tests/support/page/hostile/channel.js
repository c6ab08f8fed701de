// The first script of the hostile page. It keeps the browser's own functions before the page's other scripts change them,
// and tells the page's server what happens. No switch changes the kept functions. Nothing here uses JSON, because a page's
// `toJSON` would change that, too.

(() => {
  const { parent, performance, XMLHttpRequest: Request, WeakSet: Marks, document } = window;
  const { apply } = Reflect;
  const of = (prototype, name) => {
    const method = prototype[name];
    return (it, ...values) => apply(method, it, values);
  };
  const getterOf = (prototype, name) => {
    const { get } = Object.getOwnPropertyDescriptor(prototype, name);
    return (it) => apply(get, it, []);
  };
  const [setTimeout, keys, encode, text] = [window.setTimeout, Object.keys, window.encodeURIComponent, String];
  const open = of(Request.prototype, 'open');
  const send = of(Request.prototype, 'send');
  const listen = of(EventTarget.prototype, 'addEventListener');
  const now = of(Performance.prototype, 'now');
  const query = new URLSearchParams(location.search);
  const run = query.get('run');
  let said = 0;
  let seed = Number(query.get('seed')) || 1;

  /** Sends the server a word and its fields, each field as text. */
  function tell(word, fields = {}) {
    said += 1;
    let line = `run=${run}&at=${said}&ms=${Math.round(now(performance))}&word=${encode(word)}`;
    const names = keys(fields);
    for (let at = 0; at < names.length; at += 1) line += `&${names[at]}=${encode(text(fields[names[at]]))}`;
    const request = new Request();
    open(request, 'POST', `${location.origin}/told`);
    send(request, line);
  }

  /** Random numbers between 0 and 1 from the page's seed (mulberry32). */
  function random() {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const heard = new Marks();
  const WORDS = ['ready', 'paid', 'expired', 'cancelled', 'error'];
  const onEvent = [];
  const onState = [];

  /** Listens to the element's events at this document or element. Each event is heard once. */
  function watch(target) {
    for (let at = 0; at < WORDS.length; at += 1) {
      const word = WORDS[at];
      listen(target, `wechat-pay-${word}`, (event) => {
        if (heard.has(event)) return;
        heard.add(event);
        const { detail } = event;
        tell(`wechat-pay-${word}`, { id: detail?.id, url: detail?.code_url, status: detail?.status, code: detail?.code, message: detail?.message });
        for (let each = 0; each < onEvent.length; each += 1) onEvent[each](word, detail);
      }, true);
    }
  }

  const uncaught = (reason) => tell('uncaught', { what: `${reason?.name}: ${reason?.message}`, stack: reason?.stack ?? '' });
  listen(window, 'error', ({ error, message }) => uncaught(error ?? { name: 'Error', message }));
  listen(window, 'unhandledrejection', ({ reason }) => uncaught(reason));
  listen(document, 'securitypolicyviolation', ({ violatedDirective, blockedURI }) => tell('policy', { what: `${violatedDirective} ${blockedURI}` }));
  watch(document);

  const consoleError = of(console, 'error');
  const complained = new Proxy(console.error, {
    apply(_method, _console, words) {
      tell('console', { what: text(words[0]) });
      return consoleError(console, ...words);
    },
  });
  console.error = complained;

  window.hostile = {
    tell,
    random,
    watch,
    run,
    onEvent,
    onState,
    later: (ms, act) => apply(setTimeout, window, [act, ms]),
    now: () => now(performance),
    listen,
    inFrame: parent !== window,
    click: of(HTMLElement.prototype, 'click'),
    find: of(Document.prototype, 'querySelector'),
    findIn: of(DocumentFragment.prototype, 'querySelector'),
    findAllIn: of(DocumentFragment.prototype, 'querySelectorAll'),
    attribute: of(Element.prototype, 'getAttribute'),
    rootOf: getterOf(Element.prototype, 'shadowRoot'),
    boxOf: of(Element.prototype, 'getBoundingClientRect'),
    styleOf: window.getComputedStyle.bind(window),
    context: of(HTMLCanvasElement.prototype, 'getContext'),
    pixels: of(CanvasRenderingContext2D.prototype, 'getImageData'),
    base64: window.btoa.bind(window),
    character: String.fromCharCode,
    textOf: getterOf(Node.prototype, 'textContent'),
    connected: getterOf(Node.prototype, 'isConnected'),
    /** The work that a switch needs before the element's script runs. */
    roots: new WeakMap(),
  };
  try {
    if (!query.has('keep')) localStorage.removeItem('wechat-pay');
  } catch {
    // A frame without storage.
  }
  tell('opened', { agent: navigator.userAgent });
})();
