// For React 19 with TypeScript: `import 'wechatpay-edge/react'` once, and <wechat-pay> is known in JSX. React sets
// `lines` and `texts` as properties and takes listeners as `onwechat-pay-paid={…}`.

import type { CSSProperties, HTMLAttributes, Key, Ref } from 'react';
import type { Cart, Fields, Texts, Theme, WeChatPay, WeChatPayEventMap } from './wechat-pay.js';

export * from './wechat-pay.js';

type Handlers = { [Name in keyof WeChatPayEventMap as `on${Name}`]?: (event: WeChatPayEventMap[Name]) => void };

/** The attributes of every HTML element. `style` also takes the custom properties that change the element's looks. */
interface Common extends Omit<HTMLAttributes<WeChatPay>, 'style'> {
  style?: CSSProperties | (CSSProperties & { [custom: `--${string}`]: string | number | undefined });
  key?: Key | null;
  ref?: Ref<WeChatPay>;
}

/** An order that the shop placed itself, in the attributes that a server writes. */
type Written = { 'order-id': string; token: string } & { [Other in 'sku' | 'quantity' | 'lines' | 'offer' | 'orderId']?: undefined };

type Props = Common &
  Handlers &
  (Cart | Written) & {
    endpoint?: string;
    theme?: Theme;
    texts?: Texts;
    fields?: Fields;
    showPrice?: boolean;
    autostart?: boolean;
    disabled?: boolean;
  };

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'wechat-pay': Props;
    }
  }
}
