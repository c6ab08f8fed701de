// Wrong endpoints. Each is a mistake that merchants make. `outcome` is the code of the error that must come.

const wrong = (endpoint, outcome = ['shop_misconfigured'], more = {}) => ({ endpoint, outcome, slot: 'script', withinMs: 20_000, ...more });
const lasting = { withinMs: 300_000, hurry: true };

export const ENDPOINTS = {
  'endpoint-html': { ...wrong(({ shop }) => `${shop}/wrong/html`), names: /HTML/i },
  'endpoint-html-elsewhere': { ...wrong(({ elsewhere }) => `${elsewhere}/wrong/html`), names: /HTML/i },
  'endpoint-redirect': { ...wrong(({ shop }) => `${shop}/wrong/redirect`), names: /redirect/i },
  'endpoint-redirect-elsewhere': { ...wrong(({ elsewhere }) => `${elsewhere}/wrong/redirect`), names: /redirect/i },
  'endpoint-without-cors': { ...wrong(({ elsewhere }) => `${elsewhere}/wrong/no-cors`), names: /CORS/ },
  'endpoint-404-html': { ...wrong(({ shop }) => `${shop}/wrong/404`), names: /404/ },
  'endpoint-404-html-without-cors': { ...wrong(({ elsewhere }) => `${elsewhere}/wrong/404-no-cors`), names: /CORS/ },
  'endpoint-403-html': { ...wrong(({ shop }) => `${shop}/wrong/403`), names: /403/ },
  'endpoint-405-html': { ...wrong(({ shop }) => `${shop}/wrong/405`), names: /405/ },
  'endpoint-502-html': { ...wrong(({ shop }) => `${shop}/wrong/502`, ['shop_misconfigured', 'unavailable'], lasting), names: /502/ },
  'endpoint-json-of-others': wrong(({ shop }) => `${shop}/wrong/json`),
  'endpoint-json-of-an-order': wrong(({ shop }) => `${shop}/wrong/half-an-order`),
  'endpoint-json-of-a-wrong-order': wrong(({ shop }) => `${shop}/wrong/wrong-order`),
  'endpoint-json-null': wrong(({ shop }) => `${shop}/wrong/null`),
  'endpoint-404-json-of-others': wrong(({ shop }) => `${shop}/wrong/404-json`, ['shop_misconfigured', 'rejected']),
  'endpoint-empty': wrong(({ shop }) => `${shop}/wrong/empty`),
  'endpoint-204': wrong(({ shop }) => `${shop}/wrong/204`),
  'endpoint-silent': wrong(({ shop }) => `${shop}/wrong/silent`, ['unavailable'], lasting),
  // A slow endpoint is not a wrong one: answers to other requests say nothing about the order. It is elsewhere, for a browser has
  // six connections to a host, and the page's account of what happens must not wait for one.
  'endpoint-silent-to-orders': wrong(({ elsewhere }) => `${elsewhere}/wrong/silent-to-orders`, ['unavailable'], lasting),
  'endpoint-silent-to-orders-without-signals': {
    ...wrong(({ elsewhere }) => `${elsewhere}/wrong/silent-to-orders`, ['unavailable'], lasting),
    // A polyfill of `fetch` that ignores `signal`.
    page: `const { fetch } = window; window.fetch = (input, { signal, ...init } = {}) => fetch(input, init);`,
  },
  'endpoint-silent-in-its-body': wrong(({ elsewhere }) => `${elsewhere}/wrong/half-an-answer`, ['unavailable', 'shop_misconfigured'], lasting),
  'endpoint-refused': wrong(({ refused }) => refused, ['unavailable'], lasting),
  'endpoint-unknown-host': wrong(() => 'http://pay.invalid', ['unavailable'], lasting),
  'endpoint-cuts-off': wrong(({ shop }) => `${shop}/wrong/cut`, ['unavailable'], lasting),
  'endpoint-503-of-our-kind': wrong(({ shop }) => `${shop}/wrong/own-503`, ['unavailable'], lasting),
  'endpoint-429-of-our-kind': wrong(({ shop }) => `${shop}/wrong/own-429`, ['unavailable'], lasting),
  'endpoint-no-address': wrong(() => 'http://'),
  'endpoint-of-another-scheme': wrong(() => 'ftp://pay.example', ['shop_misconfigured', 'unavailable'], lasting),
  'endpoint-with-a-slash': { endpoint: ({ worker }) => `${worker}/`, slot: 'script' },
  'endpoint-with-query': { endpoint: ({ worker }) => `${worker}/?utm_source=x`, slot: 'script', outcome: ['paid', 'shop_misconfigured'], withinMs: 30_000 },
  'endpoint-of-a-page-of-the-worker': wrong(({ worker }) => `${worker}/shop`, ['shop_misconfigured']),
};
