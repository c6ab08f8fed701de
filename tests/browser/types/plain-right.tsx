/** @jsxRuntime classic */
/** @jsx h */
// Right use of the entry without a framework, and of <wechat-pay> in the JSX of whoever has a global one: compiles.

import 'wechatpay-edge';
import type { WeChatPay } from 'wechatpay-edge';

declare function h(name: string, properties: object | null, ...children: unknown[]): unknown;

export const pay: WeChatPay = document.createElement('wechat-pay');
window.addEventListener('wechat-pay-ready', ({ detail }) => console.log(detail.code_url));

export const checkout = [
  <wechat-pay sku="tea-gift-set" quantity="2" theme="light" autostart disabled="" endpoint="https://pay.example.com" />,
  <wechat-pay sku="tea" class="card" style="--wechat-pay-accent: teal" hidden slot="pay" title="Tea" dir="rtl" lang="ar" tabindex="0" />,
  <wechat-pay sku="tea" className="card" style={{ '--wechat-pay-accent': 'teal' }} tabIndex={0} id="pay" key={1} part="pay" role="group" data-shop="tea" />,
  <wechat-pay offer="eyJ…" />,
  <wechat-pay order-id="H…" token="…" />,
  // Lines of several goods are a property, set by whatever this JSX has for that.
  <wechat-pay ref={(element: WeChatPay) => (element.lines = [{ sku: 'tea' }])} />,
];
