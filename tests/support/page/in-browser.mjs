// What most files of browser tests begin with: a stage and a browser before all tests, and a check after each test that
// nothing went wrong on its pages.

import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';

import { allOrNone } from '../all-or-none.mjs';
import { setStage } from '../stage.mjs';
import { openBrowser, openContext } from './browsers.mjs';

/**
 * Sets the stage and opens the browser for the tests of this file, and clears both after them. `stage` and `browser` are the
 * options of [`setStage`] and [`openBrowser`]; `set` replaces [`setStage`]. After each test its context is closed, and the
 * test fails if a page had troubles. `forgiven` excepts the troubles that the tests cause on purpose: a pattern, or `true`.
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
  /** The result of [`setStage`], once the tests run. */
  stage;
  /** The browser, once the tests run. */
  browser;
  /** The context that the test opened last. */
  context;

  /** Opens a context. It is closed after the test. */
  async openContext(options) {
    return (this.context = await openContext(this.browser, options));
  }
}
