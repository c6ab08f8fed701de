// Runs a file of browser tests in Firefox, in a process of its own. Where the machine has none, says so.

import { test } from 'node:test';

/** Declares the tests of this file of `tests/browser`, for Firefox. */
export async function inFirefox(name) {
  if (!process.env.FIREFOX_BIN) return test(`${name}, in Firefox`, { skip: 'FIREFOX_BIN names no Firefox' }, () => {});
  process.env.BROWSER = 'firefox'; // before anything asks for the engine
  await import(`../browser/${name}.test.mjs`);
}
