// The watch that every test of the Worker runs under (tests/support/worker/leaks.mjs) finds what it is there to find: here a
// module in front of the Worker leaks on purpose, and the stage cannot be left without an error that says what and where.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { notification } from '../support/gateway/notification.mjs';
import { WORKER_BUILD } from '../support/project.mjs';
import { BACK_OFFICE } from '../support/shop/back-office.mjs';
import { CATALOG, lines } from '../support/shop/catalog.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { SECRETS } from '../support/worker/leaks.mjs';

/** It leaks `?text=` in the way that the path says. */
const LEAKY = `
import worker from './index.js';
export * from './index.js';
export default {
  ...worker,
  async fetch(request, env, context) {
    const url = new URL(request.url);
    const text = env[url.searchParams.get('binding')] ?? request.headers.get('leak');
    switch (url.pathname) {
      case '/leak/log': console.error('no answer', new Error('signed with ' + text)); return new Response('ok');
      case '/leak/answer': return Response.json({ detail: text });
      case '/leak/header': return new Response('', { headers: { 'x-trace': encodeURIComponent(text) } });
      case '/leak/url': return new Response('', { status: 302, headers: { location: '/thanks?t=' + text } });
      case '/leak/outside': await fetch(env.WECHAT_GATEWAY + '/trace', { method: 'POST', body: 'a=' + text }); return new Response('ok');
      default: return worker.fetch(request, env, context);
    }
  },
};
`;

async function leakyStage(options = BACK_OFFICE) {
  const at = (name) => join(WORKER_BUILD, name);
  const modules = [
    { type: 'ESModule', path: at('leaky.mjs'), contents: LEAKY },
    { type: 'ESModule', path: at('index.js'), contents: await readFile(at('index.js')) },
    { type: 'CompiledWasm', path: at('index_bg.wasm'), contents: await readFile(at('index_bg.wasm')) },
  ];
  const stage = await setStage({ ...options, platform: { ...options.platform, modules } });
  const leak = (way, { binding, text }) =>
    fetch(`${stage.worker.url}/leak/${way}?binding=${binding ?? ''}`, { redirect: 'manual', headers: text ? { leak: text } : {} });
  return { ...stage, leak };
}

describe('the watch over every test', () => {
  const places = {
    log: 'the log', answer: 'the answer to GET /leak/answer', header: 'the headers of the answer to GET /leak/header',
    url: 'the headers of the answer to GET /leak/url', outside: 'a request to /trace outside',
  };
  for (const [way, where] of Object.entries(places)) {
    test(`finds the API key in ${where}`, async () => {
      const stage = await leakyStage();
      await stage.leak(way, { binding: 'WECHAT_API_KEY' });
      await assert.rejects(stage.stop(), new RegExp(`what must stay secret came out: .*WECHAT_API_KEY in ${where}`));
    });

    test(`finds a shopper’s token and openid, and the end of a signing text, in ${where}`, async () => {
      const stage = await leakyStage();
      const order = await stage.shop.placePayable();
      const openid = 'oThePayerOfTheTestsOfTheWatch';
      await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view), { openid }));
      assert.equal(await stage.shop.status(order), 'paid');
      await stage.leak(way, { text: `${order.token} ${openid} sign_type=MD5&key=` });
      await assert.rejects(stage.stop(), ({ message }) => {
        const kinds = ['a token', 'an openid', ...(way === 'header' || way === 'url' ? [] : ['the end of a signing text'])];
        for (const kind of kinds) assert.ok(message.includes(`${kind} in ${where}`), `${kind}: ${message}`);
        assert.ok(!message.includes(openid) && !message.includes(order.token), 'the error itself tells nothing');
        return true;
      });
    });
  }

  for (const [way, where] of Object.entries(places)) {
    test(`finds a shopper’s words in ${where}`, async () => {
      const site = async () => Response.json({ ...CATALOG, fields: { email: { max_length: 100 } } });
      const platform = { ...BACK_OFFICE.platform, assets: undefined };
      platform.serviceBindings = { ...platform.serviceBindings, ASSETS: site };
      const stage = await leakyStage({ ...BACK_OFFICE, platform });
      const email = 'a.canary@tea-lovers.example';
      await stage.shop.placePayable({ ...lines(), fields: { email } });
      await stage.leak(way, { text: email });
      await assert.rejects(stage.stop(), ({ message }) => message.includes(`a shopper’s words in ${where}`) && !message.includes(email));
    });
  }

  test('knows every secret', async () => {
    const random = () => Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString('base64');
    const vars = Object.fromEntries(SECRETS.filter((name) => name !== 'WECHAT_API_KEY').map((name) => [name, random()]));
    for (const name of SECRETS.filter((each) => each.startsWith('WEBHOOK'))) vars[name] = `whsec_${vars[name]}`;
    const stage = await leakyStage({ ...BACK_OFFICE, vars: { ...vars, WEBHOOK_URL: 'http://127.0.0.1:9/webhooks' } });
    assert.equal((await fetch(`${stage.worker.url}/healthz`)).status, 200, stage.worker.log.join('\n'));
    for (const binding of SECRETS) await stage.leak('answer', { binding });
    await assert.rejects(stage.stop(), ({ message }) => SECRETS.every((name) => message.includes(`${name} in the answer`)));
  });

  test('finds nothing in a payment from the order to its history', async () => {
    const stage = await leakyStage();
    const order = await stage.shop.placePayable();
    await stage.gateway.pay(order.view.code_url);
    await stage.shop.becomes('paid', order);
    await stage.stop();
  });
});
