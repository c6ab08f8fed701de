// The hostile page as HTML, assembled from its switches.

import { HURRY, SWITCHES, expectation } from './switches.mjs';

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** The page's own style, so that the element has the same place on each page. */
const STYLE = 'body { margin: 0 } #place { inline-size: 420px; padding: 1px }';

/** A clock that runs faster: a minute is over in a few seconds. */
const HURRIED = `{
  const { setTimeout, setInterval } = window;
  const now = performance.now.bind(performance);
  const date = Date.now;
  const began = date();
  window.setTimeout = (act, ms = 0, ...values) => setTimeout(act, ms / ${HURRY}, ...values);
  window.setInterval = (act, ms = 0, ...values) => setInterval(act, ms / ${HURRY}, ...values);
  const { timeout } = AbortSignal;
  AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / ${HURRY});
  performance.now = () => now() * ${HURRY};
  Date.now = () => began + (date() - began) * ${HURRY};
}`;

const chosen = (names) => names.map((name) => SWITCHES[name]);

export function headersOf(names, places) {
  return Object.assign({}, ...chosen(names).map(({ headers }) => headers?.(places) ?? {}));
}

export const frameOf = (names) => chosen(names).map(({ frame }) => frame ?? '').join(' ').trim();

export const serviceWorkerOf = (names) => chosen(names).find(({ serviceWorker }) => serviceWorker)?.serviceWorker;

export const baseOf = (names) => chosen(names).find(({ base }) => base)?.base;

/** The page. `query` is the query of its own address, because its scripts need it, too. */
export function documentOf(names, places, query) {
  const all = chosen(names);
  const endpoint = all.find(({ endpoint }) => endpoint)?.endpoint(places);
  const script = all.find(({ script }) => script)?.script(places) ?? `${places.worker}/widget/wechat-pay.js`;
  const second = all.find(({ second }) => second)?.second(places);
  const libraries = [...new Set(all.flatMap(({ libraries }) => libraries ?? []))];
  const classic = (address) => `<script src="${escaped(address)}"></script>`;
  const module = (address) => `<script type="module" crossorigin src="${escaped(address)}"></script>`;
  const { shop } = places;
  const base = baseOf(names);
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head>${base ? `<base href="${base}">` : ''}<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A shop</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${shop}/style.css?${escaped(query)}">`,
    classic(`${shop}/channel.js`),
    ...libraries.map((each) => classic(`${shop}${each}`)),
    classic(`${shop}/early.js?${query}`),
    '</head><body>',
    '<main><h1>Our teas</h1><p>Fresh from the hills.</p>',
    `<div id="place"><wechat-pay sku="${places.sku}"${endpoint === undefined ? '' : ` endpoint="${escaped(endpoint)}"`}><p>Call us to pay: 1234 5678</p></wechat-pay></div>`,
    '<div id="other" style></div></main>',
    classic(`${shop}/late.js?${query}`),
    module(script),
    ...(second ? [module(second)] : []),
    classic(`${shop}/driver.js`),
    '</body></html>',
  ].join('\n');
}

export function styleOf(names) {
  return [STYLE, ...chosen(names).map(({ css }) => css ?? '')].join('\n');
}

/** Puts each switch into its own function: an error in one switch is reported and does not stop the others. */
const inItsOwn = (name, text) => `(function () { try { ${text}\n } catch (error) { hostile.tell('switch', { name: '${name}', what: error }); } })();`;

export function earlyOf(names) {
  const hurried = expectation(names).hurry > 1 ? HURRIED : '';
  return [hurried, ...names.map((name) => inItsOwn(name, SWITCHES[name].page ?? ''))].join('\n');
}

export function lateOf(names, places) {
  return names.map((name) => inItsOwn(name, SWITCHES[name].late?.(places) ?? '')).join('\n');
}

/** A page that contains only a frame with the other page. */
export function framing(kind, address) {
  const sandbox = kind.includes('sandboxed') ? ' sandbox="allow-scripts"' : '';
  return `<!doctype html><title>A shop around a shop</title><iframe${sandbox} src="${escaped(address)}" style="inline-size: 480px; block-size: 900px; border: 0"></iframe>`;
}

/** Registers the service worker for the run's pages, and opens one of them under it. */
export function underServiceWorker({ ignoreSearch }, scope, address) {
  return `<!doctype html><title>A shop</title><script>
    const go = () => location.replace(${JSON.stringify(address)});
    const begin = async () => {
      const { installing, waiting, active } = await navigator.serviceWorker.register('/worker.js?ignoreSearch=${ignoreSearch}', { scope: ${JSON.stringify(scope)} });
      const worker = installing ?? waiting ?? active;
      if (worker.state !== 'activated') await new Promise((done) => worker.addEventListener('statechange', () => worker.state === 'activated' && done()));
    };
    begin().then(go, go);
  </script>`;
}

/** Answers from the cache first, as many recipes recommend. */
export const serviceWorkerScript = (ignoreSearch) => `
  const NAME = 'shop ' + registration.scope;
  addEventListener('install', () => skipWaiting());
  addEventListener('fetch', (event) => {
    if (event.request.method !== 'GET') return;
    event.respondWith((async () => {
      const cache = await caches.open(NAME);
      const known = await cache.match(event.request, { ignoreSearch: ${ignoreSearch} });
      if (known) return known;
      const answer = await fetch(event.request);
      cache.put(event.request, answer.clone()).catch(() => {});
      return answer;
    })());
  });`;
