// Plays hostile pages in a browser that the driver opens, several at a time.

import { openContext } from '../browsers.mjs';

/** Opens the page of these switches in its own context. Resolves to the run when it is over. */
export async function play(browser, shop, names, { seed } = {}) {
  const context = await openContext(browser);
  try {
    const page = await context.newPage();
    const run = shop.begin(names, { seed });
    await page.goto(run.url, { waitUntil: 'commit' });
    return await run.over;
  } finally {
    await context.close();
  }
}

/** Does something with each item, `atOnce` at a time. The results are in the order of the items. */
export async function several(items, atOnce, act) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next;
      next += 1;
      results[at] = await act(items[at], at);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}

/** Tries to leave out each switch, and leaves it out if the rest still fails. `fails` says whether a set of switches fails. */
export async function smallest(names, fails) {
  let least = names;
  for (let at = 0; at < least.length; ) {
    const fewer = least.filter((_, each) => each !== at);
    if (fewer.length > 0 && (await fails(fewer))) least = fewer;
    else at += 1;
  }
  return least;
}
