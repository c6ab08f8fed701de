// For Vue 3 with TypeScript: `import 'wechatpay-edge/vue'` once, and templates know <wechat-pay>, its properties, its
// events and the type of its template refs.

import type { EmitFn, HTMLAttributes, PublicProps } from 'vue';
import type { Cart, Fields, Texts, Theme, WeChatPay, WeChatPayEventMap } from './wechat-pay.js';

export * from './wechat-pay.js';

type Props = HTMLAttributes &
  PublicProps &
  Cart & {
    slot?: string;
    endpoint?: string;
    theme?: Theme;
    texts?: Texts;
    fields?: Fields;
    showPrice?: boolean | '';
    autostart?: boolean | '';
    disabled?: boolean | '';
  };

type Events = { [Name in keyof WeChatPayEventMap]: (event: WeChatPayEventMap[Name]) => void };

declare module 'vue' {
  interface GlobalComponents {
    'wechat-pay': new () => WeChatPay & { $props: Props; $emit: EmitFn<Events> };
  }
}
