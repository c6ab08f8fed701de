// A page in React 19, for server and browser. React adds `on…` listeners for custom events only to elements that it creates.
// For an element that it hydrates, the page adds its listeners through the element's ref.

import { createElement, useState } from 'react';

export function Page({ endpoint, sku, quantity }) {
  const [order, setOrder] = useState(null);
  const listen = (pay) => {
    const told = ({ detail }) => setOrder(detail);
    pay.addEventListener('wechat-pay-paid', told);
    return () => pay.removeEventListener('wechat-pay-paid', told);
  };
  return createElement(
    'main',
    null,
    createElement('h1', null, 'Tea'),
    createElement('wechat-pay', { endpoint, sku, quantity, ref: listen }),
    order && createElement('p', { id: 'thanks' }, order.id),
  );
}
