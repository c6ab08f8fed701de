// Runs the examples of the Worker's README for the merchant's systems, unchanged. (offers.test.mjs runs the offer in
// JavaScript.)

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { Webhook } from 'standardwebhooks';

import { fromEnvironment, ROOT } from '../support/project.mjs';
import { OFFER_KEY } from '../support/shop/offer.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { WEBHOOK_SECRET } from '../support/worker/webhook-receiver.mjs';

const run = promisify(execFile);
const deliveries = [];
const receiver = createServer(async (request, response) => {
  deliveries.push({ headers: request.headers, body: Buffer.concat(await Array.fromAsync(request)).toString() });
  response.writeHead(204).end();
});
let readme;
let stage;
before(async () => {
  readme = await readFile(join(ROOT, 'crates', 'edge', 'README.md'), 'utf8');
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const WEBHOOK_URL = `http://127.0.0.1:${receiver.address().port}/webhooks`;
  stage = await setStage({ vars: { OFFER_KEY, WEBHOOK_URL, WEBHOOK_SECRET } });
});
after(async () => {
  await stage?.stop();
  receiver.closeAllConnections();
  receiver.close();
});

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

test('the receiver of webhooks believes what the Worker sends, and nothing else', async () => {
  const source = example('js', 'export function verify');
  const { verify } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  const { id, view } = await stage.shop.placePayable();
  await stage.gateway.pay(view.code_url);
  const { headers, body } = await until('the payment is told', () =>
    deliveries.find(({ body }) => body.includes('order.paid') && body.includes(id)),
  );
  assert.equal(verify(headers, body, WEBHOOK_SECRET), true);
  assert.equal(verify(headers, body.replace(id, `${id}X`), WEBHOOK_SECRET), false, 'another body');
  assert.equal(verify(headers, body, `whsec_${Buffer.from('another secret').toString('base64')}`), false, 'another secret');
  assert.equal(verify({ ...headers, 'webhook-id': 'another' }, body, WEBHOOK_SECRET), false, 'another id');
  const long = new Date(Date.now() - 301_000);
  const old = { ...headers, 'webhook-timestamp': String(Math.floor(long / 1000)) };
  old['webhook-signature'] = new Webhook(WEBHOOK_SECRET).sign(old['webhook-id'], long, body);
  assert.equal(verify(old, body, WEBHOOK_SECRET), false, 'played again after more than five minutes');
});

test('the offer made in Python is taken, at its price', async () => {
  const { stdout } = await run(fromEnvironment('SDK_PYTHON'), ['-c', example('python', 'offer.py')], { env: { ...process.env, OFFER_KEY } });
  const { view } = await stage.shop.placePayable({ offer: stdout.trim(), quantity: 2 });
  assert.equal(view.amount.minor, 17_600);
});
