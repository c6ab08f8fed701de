// Right use of <wechat-pay> in Vue's templates, of which tools check the same types: compiles.

import type { GlobalComponents } from 'vue';
import type { Order, State } from 'wechatpay-edge/vue';

type Pay = InstanceType<GlobalComponents['wechat-pay']>;
declare const pay: Pay;

// <wechat-pay sku="tea" :quantity="2" …>
export const attributes: Pay['$props'][] = [
  { sku: 'tea', quantity: 2, lang: 'zh-HK', theme: 'dark', autostart: true, disabled: '' },
  { sku: 'tea', quantity: '2', texts: { pay: 'Pay' }, endpoint: 'https://pay.example.com' },
  { lines: [{ sku: 'tea' }, { sku: 'teapot', quantity: 2 }] },
  { offer: 'eyJ…' },
  { orderId: 'H…', token: '…' },
  { sku: 'tea', id: 'pay', class: ['card', { wide: true }], style: { '--wechat-pay-accent': 'teal' }, hidden: true, slot: 'pay', title: 'Tea', dir: 'rtl', tabindex: 0 },
  { sku: 'tea', key: 1, onClick: (event) => event.clientX satisfies number },
];

// @wechat-pay-paid="…"
pay.$emit satisfies (name: 'wechat-pay-paid', event: CustomEvent<Order>) => void;

// What a template ref holds is the element with its methods.
export const reached: Promise<State> = pay.start();
export const order: Order | null = pay.order;
