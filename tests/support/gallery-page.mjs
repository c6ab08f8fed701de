// The gallery, www/widget/: every state of the element on one page, each played.

import { wearFonts } from './fonts.mjs';
import { until } from './until.mjs';

/** Opens it in the fonts of the tests and waits until each element has come to what its section shows, in this language. */
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

/** The sections whose element is not yet as it shall be; runs in the page. */
function stillMissing(lang) {
  const sections = [...document.querySelectorAll('section')];
  if (sections.length < 20) return ['the sections'];
  const part = (id, name) => document.getElementById(id).querySelector('wechat-pay').shadowRoot.querySelector(`[part~=${name}]`);
  const said = (id, name) => part(id, name).textContent;
  // What a state of its own does not tell.
  const more = {
    'not-yet': said('not-yet', 'hint') !== said('showing', 'hint'),
    troubled: said('troubled', 'trouble') !== '',
    offline: said('offline', 'trouble') !== '',
    'under-review': part('under-review', 'code').hidden,
    'cancelled-unanswered': said('cancelled-unanswered', 'hint') !== said('cancelled', 'hint'),
    unsupported: said('unsupported', 'hint') !== said('rejected', 'hint'),
  };
  const ready = ({ id, dataset }) => {
    const element = document.getElementById(id).querySelector('wechat-pay');
    return element.state === dataset.state && part(id, 'box').lang === lang && (more[id] ?? true);
  };
  return sections.filter((section) => !ready(section)).map(({ id }) => id);
}
