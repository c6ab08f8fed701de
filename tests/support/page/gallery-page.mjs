// The gallery, www/widget/: every state of the element on one page, each played with a simulated Worker.

import { until } from '../until.mjs';
import { wearFonts } from './fonts.mjs';
import { stillMissing } from './gallery-states.mjs';

/** Opens the gallery in this language, with the fonts of the tests, and waits until each element shows its section's state. */
export async function openGallery(context, origin, { theme, lang }, before = () => {}) {
  const page = await context.newPage();
  await wearFonts(page);
  await before(page);
  await page.goto(`${origin}/widget/?theme=${theme}&lang=${lang}`);
  await until('every state is there', async () => {
    const missing = await page.evaluate(stillMissing, lang);
    if (missing.length) throw new Error(missing.join(', '));
    return true;
  });
  await page.evaluate(() => document.fonts.ready);
  return page;
}
