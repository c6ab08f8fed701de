// Right use of the published types: compiles.

import { mount, type Order, type State, WeChatPay } from 'wechatpay-edge/react';
import 'wechatpay-edge/vue';

const pay: WeChatPay = mount(document.body, {
  sku: 'tea-gift-set',
  quantity: 2,
  lang: 'zh-HK',
  theme: 'dark',
  texts: { pay: 'Pay' },
  on: {
    paid: ({ detail }) => console.log(detail.id satisfies string, detail.amount.minor satisfies number),
    error: ({ detail }) => console.log(detail.code satisfies 'shop_misconfigured' | 'refused' | 'gateway_unreachable' | 'rejected' | 'unsupported'),
  },
});
mount(document.body, { lines: [{ sku: 'tea-gift-set' }, { sku: 'teapot', quantity: 2 }] });

const state: State = pay.state;
const reached: Promise<State> = pay.start();
pay.lines = [{ sku: 'tea-gift-set', quantity: 1 }];
pay.addEventListener('wechat-pay-paid', (event) => console.log(event.detail.status));
document.addEventListener('wechat-pay-expired', ({ detail }) => console.log(detail.expires_at_ms));
document.querySelector('wechat-pay')?.retry();
export const order: Order | null = pay.order;
export { reached, state };

export const Checkout = () => (
  <wechat-pay
    sku="tea-gift-set"
    quantity={2}
    autostart
    lines={[{ sku: 'tea-gift-set' }]}
    ref={(element) => void element?.start()}
    onwechat-pay-paid={({ detail }) => console.log(detail.id)}
  />
);
