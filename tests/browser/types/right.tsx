// Right use of the module's own types, and of <wechat-pay> in React: compiles.

import type { CSSProperties } from 'react';
import en from '../../../crates/widget/lang/en.json';
import { mount, type Order, type State, type TextName, WeChatPay } from 'wechatpay-edge/react';

const pay: WeChatPay = mount(document.body, {
  sku: 'tea-gift-set',
  quantity: 2,
  lang: 'zh-HK',
  theme: 'dark',
  texts: { pay: 'Pay' },
  on: {
    paid: ({ detail }) => console.log(detail.id satisfies string, detail.amount.minor satisfies number),
    error: ({ detail }) => console.log(detail.code satisfies 'sold_out' | 'shop_misconfigured' | 'refused' | 'gateway_unreachable' | 'unavailable' | 'rejected' | 'unloaded' | 'unsupported'),
  },
});
mount(document.body, { lines: [{ sku: 'tea-gift-set' }, { sku: 'teapot', quantity: 2 }] });
mount(document.body, { offer: 'eyJ…', quantity: 2 });
mount(document.body, { orderId: 'H…', token: '…' });
// What a page does not know yet may be left open.
mount(document.body, { sku: 'tea-gift-set', endpoint: undefined, lang: undefined, lines: undefined });

const state: State = pay.state;
const reached: Promise<State> = pay.start();
pay.lines = [{ sku: 'tea-gift-set', quantity: 1 }];
pay.endpoint = pay.sku = pay.quantity = pay.offer = pay.orderId = pay.token = pay.theme = pay.lines = pay.texts = null;
pay.addEventListener('wechat-pay-paid', (event) => console.log(event.detail.status));
document.addEventListener('wechat-pay-expired', ({ detail }) => console.log(detail.expires_at_ms));
document.querySelector('wechat-pay')?.retry();
export const order: Order | null = pay.order;
export const side: number | undefined = order?.code?.side;
export { reached, state };

// The names of the texts are those of the table: no more, no less.
type Name = keyof (typeof en)['element'];
export const all: [Name, TextName] extends [TextName, Name] ? true : never = true;

const accent = { '--wechat-pay-accent': 'teal', '--wechat-pay-radius': 0, maxWidth: 300 };
const plain: CSSProperties = { margin: 'auto' };

export const Checkout = ({ goods }: { goods: { sku: string; quantity: number }[] }) => (
  <>
    <wechat-pay
      sku="tea-gift-set"
      quantity={2}
      autostart
      ref={(element) => void element?.start()}
      onwechat-pay-paid={({ detail }) => console.log(detail.id)}
    />
    <wechat-pay lines={goods} texts={{ pay: 'Pay' }} key="goods" ref={{ current: pay }} />
    <wechat-pay offer="eyJ…" quantity="2" />
    <wechat-pay orderId="H…" token="…" />
    <wechat-pay order-id="H…" token="…" />
    <wechat-pay sku="tea" style={accent} />
    <wechat-pay sku="tea" style={{ '--wechat-pay-font': '1rem serif', display: 'block' }} hidden />
    <wechat-pay sku="tea" style={plain} id="pay" className="card" slot="pay" title="Tea" dir="rtl" lang="ar" tabIndex={0} aria-label="Tea" data-shop="tea" />
    <wechat-pay sku="tea" onClick={({ currentTarget }) => currentTarget.state satisfies State}>
      <p slot="success">Thank you</p>
    </wechat-pay>
  </>
);
