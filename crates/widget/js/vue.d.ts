// For Vue 3 with TypeScript: `import 'wechatpay-edge/vue'` once, and templates know <wechat-pay>, its properties and
// its events.

import type { DefineComponent, EmitsOptions } from 'vue';
import type { Line, Texts, WeChatPayAttributes, WeChatPayEventMap } from './wechat-pay.js';

export * from './wechat-pay.js';

interface Props extends Omit<WeChatPayAttributes, 'ref' | 'key' | 'className' | 'children'> {
  lines?: readonly Line[];
  texts?: Texts;
}

type Emits = { [Name in keyof WeChatPayEventMap]: (event: WeChatPayEventMap[Name]) => void } & EmitsOptions;

declare module 'vue' {
  interface GlobalComponents {
    'wechat-pay': DefineComponent<Props, {}, {}, {}, {}, {}, {}, Emits>;
  }
}
