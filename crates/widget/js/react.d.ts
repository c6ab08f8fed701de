// For React 19 with TypeScript: `import 'wechatpay-edge/react'` once, and <wechat-pay> is known in JSX. React sets
// `lines` and `texts` as properties and takes listeners as `onwechat-pay-paid={…}`.

import type { Ref } from 'react';
import type { Line, Texts, WeChatPay, WeChatPayAttributes, WeChatPayEventMap } from './wechat-pay.js';

export * from './wechat-pay.js';

type Handlers = { [Name in keyof WeChatPayEventMap as `on${Name}`]?: (event: WeChatPayEventMap[Name]) => void };

interface Props extends Omit<WeChatPayAttributes, 'ref' | 'class'>, Handlers {
  lines?: readonly Line[];
  texts?: Texts;
  ref?: Ref<WeChatPay>;
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'wechat-pay': Props;
    }
  }
}
