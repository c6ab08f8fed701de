// The module a page loads: defines <wechat-pay> and offers the same as a function.
//
//   <script type="module" src="https://shop.example/widget/wechat-pay.js"></script>
//   <wechat-pay sku="tea-gift-set" quantity="2"></wechat-pay>
//
// It is safe to import without a browser (server-side rendering): then it defines nothing.

import { WeChatPay } from './element.js';

const TAG = 'wechat-pay';

if (globalThis.customElements && !customElements.get(TAG)) {
  try {
    new CSSStyleSheet(); // a browser without it shows the merchant's own children
    customElements.define(TAG, WeChatPay);
  } catch {
    console.error('<wechat-pay> needs a newer browser, and leaves its place to what is written in it.');
  }
}

/**
 * Puts a <wechat-pay> into an element of the page.
 * @param {Element} parent gets it as the last child
 * @param {Record<string, unknown>} options properties of the element: `endpoint`, `sku`, `quantity`, `lines`, `offer`,
 *   `orderId`, `token`, `lang`, `theme`, `texts`, `fields`, `showPrice`, `autostart`, `disabled`, and `on`, listeners by the
 *   event's last word: `{ paid: (event) => … }`
 * @returns {WeChatPay} the element; `remove()` ends everything it does
 */
export function mount(parent, { on = {}, ...options } = {}) {
  const element = document.createElement(TAG);
  for (const [word, listener] of Object.entries(on)) element.addEventListener(`wechat-pay-${word}`, listener);
  Object.assign(element, options);
  parent.append(element);
  return element;
}

export { WeChatPay };
