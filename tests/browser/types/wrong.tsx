// Wrong use of the module's own types, and of <wechat-pay> in React: every line marked so must fail to compile, or this file does.

import { mount, WeChatPay } from 'wechatpay-edge/react';

// @ts-expect-error a page names goods, never a price
mount(document.body, { sku: 'tea', amount: 100 });
// @ts-expect-error goods must be named
mount(document.body, {});
// @ts-expect-error one or the other
mount(document.body, { sku: 'tea', lines: [{ sku: 'tea' }] });
// @ts-expect-error an order is shown to whoever has its token
mount(document.body, { orderId: 'H…' });
// @ts-expect-error an offer says itself what is sold
mount(document.body, { offer: 'eyJ…', sku: 'tea' });
// @ts-expect-error a line has no price
mount(document.body, { lines: [{ sku: 'tea', price: 1 }] });
// @ts-expect-error it takes an element, not a selector
mount('#pay', { sku: 'tea' });
// @ts-expect-error there is no such theme
mount(document.body, { sku: 'tea', theme: 'sepia' });
// @ts-expect-error misspelt
mount(document.body, { sku: 'tea', texts: { pya: 'Pay' } });
// @ts-expect-error there is no such event
mount(document.body, { sku: 'tea', on: { refunded() {} } });

declare const pay: WeChatPay;
// @ts-expect-error what happened is not for the page to decide
pay.state = 'paid';
// @ts-expect-error neither is the order
pay.order = null;
// @ts-expect-error a state that does not exist
if (pay.state === 'done') pay.retry();
// @ts-expect-error the order may not be there
pay.order.id;
// @ts-expect-error an amount has no such field: it counts in the smallest unit
pay.order!.amount.value;
// @ts-expect-error misspelt
pay.texts = { pya: 'Pay' };
// @ts-expect-error the code's modules may not be there
pay.order!.code.side;
// @ts-expect-error an error has a code, not an order
pay.addEventListener('wechat-pay-error', ({ detail }) => detail.id);

export const Checkout = () => (
  <>
    {/* @ts-expect-error a page names goods, never a price */}
    <wechat-pay sku="tea" amount={100} />
    {/* @ts-expect-error goods must be named */}
    <wechat-pay />
    {/* @ts-expect-error one or the other */}
    <wechat-pay sku="tea" lines={[{ sku: 'tea' }]} />
    {/* @ts-expect-error an order is shown to whoever has its token */}
    <wechat-pay orderId="H…" />
    {/* @ts-expect-error a line has no price */}
    <wechat-pay lines={[{ sku: 'tea', price: 1 }]} />
    {/* @ts-expect-error misspelt */}
    <wechat-pay sku="tea" texts={{ pya: 'Pay' }} />
    {/* @ts-expect-error there is no such property of a style */}
    <wechat-pay sku="tea" style={{ colour: 'red' }} />
    {/* @ts-expect-error another element's ref */}
    <wechat-pay sku="tea" ref={(element: HTMLInputElement | null) => void element} />
    {/* @ts-expect-error there is no such theme */}
    <wechat-pay sku="tea" theme="sepia" />
    {/* @ts-expect-error the order of this event has no such field */}
    <wechat-pay sku="tea" onwechat-pay-paid={({ detail }) => detail.price} />
  </>
);
