// Policies, frames and service workers between the page and the Worker.

const policy = ({ worker, socket, elsewhere, olderWorker = '' }, { wasm = ` 'wasm-unsafe-eval'`, ws = ` ${socket}`, types = `; require-trusted-types-for 'script'; trusted-types 'none'` } = {}) => ({
  'content-security-policy':
    `default-src 'none'; script-src 'self' ${worker} ${elsewhere}${wasm}; style-src 'self'; connect-src 'self' ${worker} ${elsewhere} ${olderWorker}${ws && `${ws} ${olderWorker.replace('http', 'ws')}`}; frame-src *; base-uri 'none'${types}`,
});

const serviceWorker = (ignoreSearch) => ({ serviceWorker: { ignoreSearch }, slot: 'service-worker', withinMs: 30_000 });

/** No socket works, and the payment comes after the first look, so that look's answer is already in the cache. */
const asking = { page: `delete window.WebSocket;`, paysAfterMs: 5_000 };

export const FRAMES = {
  'policy-strict': { headers: (shop) => policy(shop), slot: 'policy' },
  'policy-without-wasm': { headers: (shop) => policy(shop, { wasm: '' }), slot: 'policy' },
  'policy-without-sockets': { headers: (shop) => policy(shop, { ws: '' }), slot: 'policy', withinMs: 30_000 },
  'policy-without-either': { headers: (shop) => policy(shop, { ws: '', wasm: '' }), slot: 'policy', withinMs: 30_000 },
  'policy-with-a-default-type-policy': {
    headers: (shop) => policy(shop, { types: `; require-trusted-types-for 'script'` }),
    page: `window.trustedTypes?.createPolicy('default', { createHTML: (text) => text, createScriptURL: (text) => text });`,
    slot: 'policy',
  },
  'policy-against-the-worker': {
    // `connect-src` does not list the Worker, so the page can fetch neither the order nor the words.
    headers: ({ worker }) => ({ 'content-security-policy': `script-src 'self' ${worker} 'wasm-unsafe-eval'; connect-src 'self'` }),
    outcome: ['unloaded', 'unsupported', 'shop_misconfigured', 'unavailable', 'no button'],
    withinMs: 150_000,
    hurry: true,
    slot: 'policy',
  },
  'isolated': { headers: () => ({ 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }), slot: 'isolated' },
  'isolated-credentialless': { headers: () => ({ 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'credentialless' }), slot: 'isolated' },
  'no-referrer': { headers: () => ({ 'referrer-policy': 'no-referrer' }), slot: 'referrer' },
  'permissions-forbidden': { headers: () => ({ 'permissions-policy': 'clipboard-write=(), web-share=(), local-network-access=*' }) },
  'cross-site-frame': { frame: 'cross-site', slot: 'frame' },
  'sandboxed-frame': { frame: 'sandboxed', slot: 'frame' },
  'sandboxed-frame-of-another-site': { frame: 'sandboxed cross-site', slot: 'frame' },
  'cache-first': serviceWorker(false),
  'cache-first-ignoring-search': serviceWorker(true),
  'cache-first-without-sockets': { ...serviceWorker(false), ...asking },
  'cache-first-ignoring-search-without-sockets': { ...serviceWorker(true), ...asking },
  'base-of-another-site': { base: 'https://cdn.example/', slot: 'base' },
};
