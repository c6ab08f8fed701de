// A page in Vue 3, for server and browser.

import { h, ref } from 'vue';

export const Page = {
  props: ['endpoint', 'sku', 'quantity'],
  setup({ endpoint, sku, quantity }) {
    const order = ref(null);
    return () =>
      h('main', [
        h('h1', 'Tea'),
        h('wechat-pay', { endpoint, sku, quantity, onWechatPayPaid: ({ detail }) => (order.value = detail) }),
        order.value && h('p', { id: 'thanks' }, order.value.id),
      ]);
  },
};
