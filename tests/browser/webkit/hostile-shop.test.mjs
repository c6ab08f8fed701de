// The hostile shop (tests/browser/hostile-shop.test.mjs) in WebKit. The driver only opens an address, and the page plays by
// itself. An ordinary run plays a few random combinations; `HOSTILE=200` plays that many.

import { after, before } from 'node:test';

import { startHostileShop } from '../../support/page/hostile-shop.mjs';
import { HOSTILE, endAsTheyMust, randomOnes, wrongWith } from '../../support/page/hostile/combinations.mjs';
import { setStage } from '../../support/stage.mjs';
import { startDriver } from '../../support/webkit/driver.mjs';
import { Session } from '../../support/webkit/webdriver.mjs';
import { isThere, test } from '../../support/webkit/webkit.mjs';
import { startLastRelease } from '../../support/worker/two-versions.mjs';

const FEW = 10;

/** Together with a strict policy these open no page at all in WebKit, because their script has no origin there. */
const WITHOUT = ['sandboxed-frame', 'sandboxed-frame-of-another-site'];

/** The number of pages at a time. Each has its own driver, because a driver has one session at a time. */
const AT_ONCE = 3;

let stage;
let older;
let shop;
let plain;
const drivers = [];
before(async () => {
  if (!isThere) return;
  stage = await setStage();
  older = await startLastRelease(stage.gateway);
  shop = await startHostileShop(stage, { olderWorker: older.url });
  plain = await play([]);
});
after(async () => {
  await shop?.stop();
  await older?.stop();
  await stage?.stop();
  for (const driver of drivers) await driver.stop();
});

/** Opens the page of these switches in its own browser. Resolves to the run when it is over. */
async function play(names, seed, tries = 3) {
  const driver = drivers.pop() ?? (await startDriver());
  try {
    const session = await Session.open(driver.url, { pageLoadStrategy: 'none', 'webkitgtk:browserOptions': { args: ['--automation'] } });
    const run = shop.begin(names, { seed });
    await session.command(session.window(), 'POST', '/url', { url: run.url });
    const over = await run.over;
    await session.close();
    drivers.push(driver);
    return over;
  } catch (error) {
    // WebKit's driver may leave a command without an answer. Then another driver opens the page.
    await driver.stop();
    if (tries === 1) throw error;
    return play(names, seed, tries - 1);
  }
}

test('pages of strangers with several switches at once end as they must, in WebKit', (t) => {
  const combinations = randomOnes(Number(HOSTILE ?? FEW), { without: WITHOUT });
  return endAsTheyMust(t, combinations, async (names, seed) => wrongWith(await play(names, seed), plain), AT_ONCE);
});
