// The same module; its types say what templates may do with <wechat-pay>.

export * from './wechat-pay.js';
