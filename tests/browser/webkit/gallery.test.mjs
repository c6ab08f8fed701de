// Every state of the element in WebKit: its texts, its enabled buttons, and whether it shows a code.

import assert from 'node:assert/strict';

import { byNames, SAID, stillMissing, whatIsSaid } from '../../support/page/gallery-states.mjs';
import { until } from '../../support/until.mjs';
import { inWebKit, test } from '../../support/webkit/webkit.mjs';

const at = inWebKit();

/** Opens the gallery and waits until each element shows its section's state. */
async function open({ theme, lang }) {
  const page = await at.openTab(`/widget/?theme=${theme}&lang=${lang}`);
  await until('every state is there', async () => {
    const missing = await page.run(stillMissing, lang);
    if (missing.length) throw new Error(missing.join(', '));
    return true;
  });
  return page;
}

test('in every state it says what happened, offers what can be done, and shows a code only where one can be paid', async () => {
  const page = await open({ theme: 'light', lang: 'en' });
  assert.deepEqual(byNames(await page.run(whatIsSaid)), SAID);
});

test('every state is reached in the dark, in a language from right to left', async () => {
  const page = await open({ theme: 'dark', lang: 'ar' });
  const boxes = await page.run(() =>
    [...document.querySelectorAll('wechat-pay')].map(({ shadowRoot }) => {
      const { direction, colorScheme } = getComputedStyle(shadowRoot.querySelector('[part=box]'));
      return `${direction} ${colorScheme}`;
    }),
  );
  assert.deepEqual([...new Set(boxes)], ['rtl dark']);
});
