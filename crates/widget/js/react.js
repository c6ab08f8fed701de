// The same module; its types say what JSX may do with <wechat-pay>.

export * from './wechat-pay.js';
