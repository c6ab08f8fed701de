// Wrong use of the same: every line marked so must fail to compile, or this file does.

import type { GlobalComponents } from 'vue';
import 'wechatpay-edge/vue';

type Pay = InstanceType<GlobalComponents['wechat-pay']>;
declare const pay: Pay;

export const attributes: Pay['$props'][] = [
  // @ts-expect-error a page names goods, never a price
  { sku: 'tea', amount: 100 },
  // @ts-expect-error goods must be named
  {},
  // @ts-expect-error one or the other
  { sku: 'tea', lines: [{ sku: 'tea' }] },
  // @ts-expect-error a line has no price
  { lines: [{ sku: 'tea', price: 1 }] },
  // @ts-expect-error there is no such theme
  { sku: 'tea', theme: 'sepia' },
  // @ts-expect-error misspelt
  { sku: 'tea', texts: { pya: 'Pay' } },
];

// @ts-expect-error there is no such event
pay.$emit('wechat-pay-refunded', new CustomEvent(''));
// @ts-expect-error what happened is not for the page to decide
pay.state = 'paid';
