// The entry: takes a key out of the address before anything else runs, then shows the back office.

import { html, render } from './vendor.js';
import { App } from './app.js';
import { takeKeyFromAddress } from './session.js';

const place = document.getElementById('app');

try {
  takeKeyFromAddress();
  // Read here, because a browser that keeps nothing for a page throws when it is asked.
  void [sessionStorage.length, localStorage.length];
  render(html`<${App} />`, place);
} catch (error) {
  const words = [
    ['en', 'Your browser keeps nothing for this page, so you cannot sign in. Allow its storage (cookies and site data), and load it again.'],
    ['zh-CN', '浏览器不允许此页面保存数据，因此无法登录。请允许其存储（Cookie 和网站数据），然后重新加载。'],
  ];
  render(words.map(([lang, text]) => html`<p class="alone" lang=${lang} key=${lang}>${text}</p>`), place);
  console.warn(error);
}
