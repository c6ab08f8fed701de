// Paying in a WebKit whose user lets no page store data.

import assert from 'node:assert/strict';

import { inWebKit, test } from '../../support/webkit/webkit.mjs';

const at = inWebKit();

async function pays(shop) {
  const order = await shop.pay();
  assert.equal(await shop.code(), order.code_url);
  await at.stage.gateway.pay(order.code_url);
  await shop.says('Payment received');
}

test('a browser that takes no cookies pays', async () => {
  const shop = await at.open({ args: ['--cookies-policy=never'] });
  const kept = await shop.run(() => {
    document.cookie = 'kept=yes';
    return document.cookie;
  });
  assert.equal(kept, '');
  await pays(shop);
});

test('a browser whose localStorage is null pays', async () => {
  const shop = await at.open({ args: ['--enable-html5-local-storage=false'] });
  assert.equal(await shop.run(() => localStorage), undefined);
  await pays(shop);
});

test('a browser whose storage refuses to be asked for pays', async () => {
  const refuse = () => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(globalThis, name, {
        get() {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        },
      });
    }
  };
  await pays(await at.open({ first: refuse }));
});
