// A WebKit that is too old for the element: the content that the merchant wrote into the element must still be visible.

import assert from 'node:assert/strict';

import { widgetOf } from '../../support/page/widget-html.mjs';
import { inWebKit, test } from '../../support/webkit/webkit.mjs';

const at = inWebKit();

test('a browser without constructable style sheets shows the merchant’s own children of the element', async () => {
  const shop = await at.open({
    html: widgetOf().replace('></', '><a href="/another-way">Pay another way</a></'),
    first: () => {
      globalThis.CSSStyleSheet = function CSSStyleSheet() {
        throw new TypeError('Illegal constructor');
      };
    },
    isDefined: false,
  });
  await shop.run(() => new Promise((loaded) => (document.readyState === 'complete' ? loaded() : addEventListener('load', () => loaded()))));
  assert.equal(await shop.shows('Pay another way'), true);
  assert.equal(await shop.run(() => document.body.innerText.trim()), 'Pay another way');
  assert.equal((await shop.expected(/needs a newer browser/)).length, 1, 'the console says why');
});
