// `npx wechatpay-edge doctor` in front of what a deployed Worker can be hidden behind or mistaken for: each is told with how to
// mend it. In front of a Worker that is well it stands in live.test.mjs.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ask, examine } from '../../kit/src/doctor/examine.mjs';

const FILES = { '/widget/wechat-pay.js': 'the script', '/widget/wechat-pay_bg.wasm': 'the module', '/catalog.json': '{"items":[]}' };
const CHECKS = [{ name: 'account', outcome: 'failed', seen: 'The key does not fit.', mend: 'Store another.' }];
let server, url, published, answers;
before(async () => {
  published = await mkdtemp(join(tmpdir(), 'wechatpay-kit-'));
  await mkdir(join(published, 'widget'));
  for (const [path, text] of Object.entries(FILES)) await writeFile(join(published, path), text);
  server = createServer((request, response) => {
    const { status = 200, headers = {}, text = '' } = answers(request.url, request) ?? { status: 404 };
    request.resume().on('end', () => response.writeHead(status, headers).end(text));
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  server?.closeAllConnections();
  server?.close();
  await rm(published, { recursive: true });
});

/** A Worker that is well, but for these paths. */
const worker = (others = {}) => (path, request) => {
  if (path in others) return others[path](request);
  if (path === '/healthz') return { text: '{"ready":true}' };
  if (path === '/notify/wechat') return { text: '<xml><return_code><![CDATA[FAIL]]></return_code></xml>' };
  if (path === '/admin/api/readiness') return request.headers.authorization === 'Bearer right' ? { text: JSON.stringify({ checks: [{ name: 'account', outcome: 'ok', seen: 'It fits.' }] }) } : { status: 401, text: '{}' };
  return path in FILES ? { text: FILES[path] } : undefined;
};

async function told(others, { key = 'right', sendsEvent } = {}) {
  answers = worker(others);
  return examine({ url, key, sendsEvent, published, ask });
}
const failed = (checks) => checks.filter(({ outcome }) => outcome === 'failed');

test('a Worker that is well passes every check', async () => {
  const checks = await told();
  assert.deepEqual(checks.map(({ name, outcome }) => `${name} ${outcome}`), ['healthz ok', 'notify ok', 'account ok', 'widget ok', 'catalog ok']);
});

const html = () => ({ headers: { 'content-type': 'text/html' }, text: '<!doctype html><title>Welcome</title>' });
const wrong = {
  'the Worker cannot sell': [{ '/healthz': () => ({ status: 503 }) }, 'healthz', /readiness say why/],
  'another server answers': [{ '/healthz': () => ({ status: 404 }) }, 'healthz', /address of your Worker/],
  'a page stands where WeChat Pay notifies': [{ '/notify/wechat': html }, 'notify', /nothing answer for \/notify/],
  'a firewall asks WeChat Pay for a proof of being human': [{ '/notify/wechat': () => ({ status: 403, headers: { 'cf-mitigated': 'challenge' } }) }, 'notify', /Bot Fight Mode/],
  'WeChat Pay would be redirected': [{ '/notify/wechat': () => ({ status: 301, headers: { location: 'https://www.teahouse.hk/' } }) }, 'notify', /no redirect/],
  'the element is of another version': [{ '/widget/wechat-pay.js': () => ({ text: 'an older script' }) }, 'widget', /Deploy this version/],
  'the module is of another version': [{ '/widget/wechat-pay_bg.wasm': () => ({ text: 'an older module' }) }, 'widget', /Deploy this version/],
  'the element is gone': [{ '/widget/wechat-pay.js': () => ({ status: 404 }) }, 'widget', /Deploy again/],
  'the catalogue is another': [{ '/catalog.json': () => ({ text: '{}' }) }, 'catalog', /Deploy again/],
  'the Worker says what is wrong': [{ '/admin/api/readiness': () => ({ text: JSON.stringify({ checks: CHECKS }) }) }, 'account', /Store another/],
  'its readiness fails': [{ '/admin/api/readiness': () => ({ status: 500, text: '{"detail":"It broke."}' }) }, 'readiness', /wrangler tail/],
};
for (const [what, [others, name, mend]] of Object.entries(wrong)) {
  test(`it is told when ${what}`, async () => {
    const [found, ...more] = failed(await told(others));
    assert.deepEqual([found?.name, more], [name, []]);
    assert.match(found.mend, mend);
  });
}

test('a wrong key is told, no key is no failure, and the key goes to the merchant’s route alone', async () => {
  assert.deepEqual(failed(await told({}, { key: 'wrong' })).map(({ name }) => name), ['readiness']);
  const without = await told({}, { key: '' });
  assert.deepEqual([failed(without), without.find(({ name }) => name === 'readiness').outcome], [[], 'not_checked']);
  const shown = [];
  const well = worker();
  answers = (path, request) => {
    if (request.headers.authorization) shown.push(path);
    return well(path, request);
  };
  await examine({ url, key: 'right', published, ask });
  assert.deepEqual(shown, ['/admin/api/readiness']);
});

test('the key is not sent by plain http to another machine', async () => {
  for (const [where, isSent] of [['http://pay.teahouse.hk', false], ['http://127.0.0.1.teahouse.hk', false], ['http://localhost:8787', true], ['https://pay.teahouse.hk', true]]) {
    const sent = [];
    await examine({ url: where, key: 'right', published, ask: async (to, { headers = {} } = {}) => (headers.authorization && sent.push(to), { why: 'nobody' }) });
    assert.equal(sent.length === 1, isSent, where);
  }
});

test('a test event is asked for by POST alone', async () => {
  const methods = [];
  const readiness = ({ method }) => {
    methods.push(method);
    return { text: '{"checks":[]}' };
  };
  await told({ '/admin/api/readiness': readiness });
  await told({ '/admin/api/readiness': readiness }, { sendsEvent: true });
  assert.deepEqual(methods, ['GET', 'POST']);
});

test('nobody answers: each check says so', async () => {
  const checks = await examine({ url: 'http://127.0.0.1:9', key: 'right', published, ask });
  assert.deepEqual(failed(checks).map(({ name }) => name), ['healthz', 'notify', 'readiness', 'widget', 'catalog']);
});
