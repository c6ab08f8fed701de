// The measurements of `widget.mjs` in WebKit. This engine's clock has steps of a millisecond, so a short time is measured as
// the time of many repetitions, and the encoders take turns.

import { startDriver } from '../support/webkit/driver.mjs';
import { Session } from '../support/webkit/webdriver.mjs';
import { ENCODERS } from './encoders.mjs';

const WARM_GROUPS = 9;
/** This many texts take at least ten steps of the clock. */
const IN_A_GROUP = 50;
const COLD_STARTS = 40;

/** For each encoder: the milliseconds for a code at each scale (warm), and from the import to the painted code. */
export async function measureInWebKit(origin, scales) {
  const driver = await startDriver();
  try {
    const session = await Session.open(driver.url, { 'webkitgtk:browserOptions': { args: ['--automation'] } });
    const rows = new Map(ENCODERS.map((name) => [name, []]));
    for (const scale of scales) {
      for (const name of ENCODERS) rows.get(name).push(await inNewPage(session, origin, warm, name, scale, WARM_GROUPS, IN_A_GROUP));
    }
    const starts = new Map(ENCODERS.map((name) => [name, []]));
    for (let start = 0; start <= COLD_STARTS; start += 1) {
      const order = start % 2 === 0 ? ENCODERS : ENCODERS.toReversed();
      for (const name of order) {
        const ms = await inNewPage(session, origin, cold, name);
        if (start > 0) starts.get(name).push(ms); // the first start fills the cache
      }
    }
    for (const name of ENCODERS) rows.get(name).push(meanOfTheMiddle(starts.get(name)));
    await session.close();
    return rows;
  } finally {
    await driver.stop();
  }
}

async function inNewPage(session, origin, work, ...args) {
  await session.command(session.window(), 'POST', '/url', { url: origin });
  return session.run(session.window(), work, args);
}

/** Runs in the page. */
async function warm(name, scale, groups, texts) {
  const { show } = await import(`/${name}.js`);
  const canvas = document.querySelector('canvas');
  const text = () => `weixin://wxpay/bizpayurl/up?pr=${Math.random().toString(36).slice(2).padEnd(12, 'x').slice(0, 12)}&groupid=00`;
  const times = [];
  for (let group = -2; group < groups; group += 1) {
    const all = Array.from({ length: texts }, text);
    const began = performance.now();
    for (const each of all) show(canvas, each, scale);
    if (group >= 0) times.push((performance.now() - began) / texts);
    await new Promise((tick) => setTimeout(tick)); // lets the browser show what was drawn
  }
  return times.sort((a, b) => a - b)[groups >> 1];
}

/** Runs in the page. */
async function cold(name) {
  await new Promise((idle) => setTimeout(idle, 50));
  const began = performance.now();
  const { show } = await import(`/${name}.js`);
  await show(document.querySelector('canvas'), 'weixin://wxpay/bizpayurl/up?pr=abcdef012345&groupid=00', 12);
  return performance.now() - began;
}

/** The mean of the middle half. A median would be a whole number of the clock's steps. */
function meanOfTheMiddle(times) {
  const quarter = times.length >> 2;
  const middle = times.toSorted((a, b) => a - b).slice(quarter, times.length - quarter);
  return middle.reduce((sum, ms) => sum + ms, 0) / middle.length;
}
