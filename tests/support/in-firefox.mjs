// Runs a file of browser tests in Firefox, in a process of its own. Where the machine has none, says so.

import { test } from 'node:test';

/**
 * Declares the tests of this file of `tests/browser`, for Firefox. Those that are `rarely` of another mind there, and take
 * long, run only with `FIREFOX=all`.
 */
export async function inFirefox(name, { rarely = false } = {}) {
  const skip = !process.env.FIREFOX_BIN ? 'FIREFOX_BIN names no Firefox' : rarely && process.env.FIREFOX !== 'all' && 'FIREFOX=all runs it';
  if (skip) return test(`${name}, in Firefox`, { skip }, () => {});
  process.env.BROWSER = 'firefox'; // before anything asks for the engine
  await import(`../browser/${name}.test.mjs`);
}
