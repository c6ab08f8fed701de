// A page in React 19, for server and browser. React hears an element's own events through `on…` properties only where
// it made the element; one that it hydrates is listened to through its ref.

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
