// What most files of browser tests begin with: a stage and a browser before all tests, and after each a look at what went
// wrong on its pages.

import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';

import { allOrNone } from '../all-or-none.mjs';
import { setStage } from '../stage.mjs';
import { openBrowser, openContext } from './browsers.mjs';

/**
 * Sets the stage and opens the browser for the tests of this file; clears both after them. `stage` and `browser` are the
 * options of [`setStage`] and [`openBrowser`], `set` sets another stage. After each test its context is closed, and fails it
 * if a page had troubles. `forgiven` are those that the tests themselves play: a pattern, or `true` for all.
 */
export function inBrowser({ stage, browser, set = setStage, forgiven } = {}) {
  const at = new InBrowser();
  before(async () => {
    [at.stage, at.browser] = await allOrNone([set(stage), openBrowser(browser)]);
  });
  after(async () => {
    await at.browser?.close();
    await at.stage?.stop();
  });
  afterEach(async () => {
    const troubles = (at.context?.troubles ?? []).filter((trouble) => forgiven !== true && !forgiven?.test(trouble));
    await at.context?.close();
    at.context = undefined;
    assert.deepEqual(troubles, [], 'no errors in the console, no violations of the policy, no failed loads');
  });
  return at;
}

class InBrowser {
  /** What [`setStage`] gives, once the tests run. */
  stage;
  /** The browser, once the tests run. */
  browser;
  /** The context that the test has opened last. */
  context;

  /** Opens a context, which is closed after the test. */
  async openContext(options) {
    return (this.context = await openContext(this.browser, options));
  }
}
