// Runs the examples of the Worker's README for the merchant's systems, unchanged. (offers.test.mjs runs the offer in
// JavaScript.)

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { fromEnvironment, ROOT } from '../support/project.mjs';
import { OFFER_KEY } from '../support/shop/offer.mjs';
import { setStage } from '../support/stage.mjs';

const run = promisify(execFile);
let readme;
let stage;
before(async () => {
  readme = await readFile(join(ROOT, 'crates', 'edge', 'README.md'), 'utf8');
  stage = await setStage({ vars: { OFFER_KEY } });
});
after(() => stage?.stop());

/** The block of code in this language that contains these words. */
function example(language, words) {
  const blocks = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block]) => block);
  const found = blocks.filter((block) => block.includes(words));
  assert.equal(found.length, 1, `one example in ${language} has “${words}” in it`);
  return found[0];
}

test('the call that orders by hand places an order', async () => {
  const call = example('console', '/api/orders').replace('$ ', '').replace('http://127.0.0.1:8787', stage.worker.url);
  const { stdout } = await run('bash', ['-c', call]);
  const { order, token } = JSON.parse(stdout);
  await stage.shop.becomes('awaiting_payment', { id: order.id, token });
});

test('the offer made in Python is taken, at its price', async () => {
  const { stdout } = await run(fromEnvironment('SDK_PYTHON'), ['-c', example('python', 'offer.py')], { env: { ...process.env, OFFER_KEY } });
  const { view } = await stage.shop.placePayable({ offer: stdout.trim(), quantity: 2 });
  assert.equal(view.amount.minor, 17_600);
});
