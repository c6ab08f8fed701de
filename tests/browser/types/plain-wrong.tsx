/** @jsxRuntime classic */
/** @jsx h */
// Wrong use of the same: every line marked so must fail to compile, or this file does.

import 'wechatpay-edge';

declare function h(name: string, properties: object | null, ...children: unknown[]): unknown;

// @ts-expect-error the element has no price
document.createElement('wechat-pay').amount = 100;
// @ts-expect-error there is no such method
document.querySelector('wechat-pay')?.refund();

export const checkout = [
  // @ts-expect-error a page names goods, never a price
  <wechat-pay sku="tea" amount={100} />,
  // @ts-expect-error there is no such theme
  <wechat-pay sku="tea" theme="sepia" />,
  // @ts-expect-error an attribute holds no list
  <wechat-pay lines={[{ sku: 'tea' }]} />,
  // @ts-expect-error misspelt
  <wechat-pay skew="tea" />,
];
