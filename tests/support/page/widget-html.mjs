// The page of a shop that contains only <wechat-pay>: its policy, its markup, and a script that records the element's
// events. This file works with every browser driver.

import { GOODS } from '../shop/catalog.mjs';

/** The strictest policy under which everything works. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** The markup of one element. */
export function widgetOf(attributes = '') {
  return `<wechat-pay sku="${GOODS.sku}" ${attributes}></wechat-pay>`;
}

/** The page with this body. `head` comes before the element's script. */
export function pageWith(html, { head = '', script = '/widget/wechat-pay.js' } = {}) {
  const element = script && `<script type="module" src="${script}"></script>`;
  return `<!doctype html><html lang="en"><title>A shop</title>${head}<link rel="icon" href="/img/favicon.svg">${element}<body>${html}`;
}

/** Runs in the page before its own scripts: from then on `globalThis.events` collects the element's events. */
export function collectEvents() {
  globalThis.events = [];
  for (const word of ['ready', 'paid', 'expired', 'cancelled', 'error']) {
    document.addEventListener(`wechat-pay-${word}`, ({ detail }) => globalThis.events.push({ word, detail }));
  }
}
