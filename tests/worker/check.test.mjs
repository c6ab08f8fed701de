// `cargo xtask check`, before a deployment: the Worker that would be deployed runs on this machine and judges its settings;
// what it cannot see is read in wrangler.toml. Each thing that is wrong is named, with how to mend it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { parse, stringify } from 'smol-toml';

import * as miniflare from 'miniflare';

import { certificateFileChecks } from '../../kit/src/check/certificate.mjs';
import { check } from '../../kit/src/check/checks.mjs';
import { inWords } from '../../kit/src/check/in-words.mjs';
import { namesOf, nearest, neededSecrets } from '../../kit/src/check/names.mjs';
import { PARTS } from '../../kit/src/parts.mjs';
import { aMerchant } from '../support/gateway/merchant.mjs';
import { startSimulator } from '../support/gateway/simulator.mjs';
import { ROOT, WRANGLER_TOML } from '../support/project.mjs';
import { CATALOG } from '../support/shop/catalog.mjs';
import { startReceiver, WEBHOOK_SECRET } from '../support/worker/webhook-receiver.mjs';

const API_V3_KEY = randomBytes(16).toString('hex');
const ORIGIN = 'https://pay.teahouse.hk';
const run = promisify(execFile);
let folder, gateway, receiver, wrangler;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wechatpay-edge-'));
  await writeFile(join(folder, 'catalog.json'), JSON.stringify({ ...CATALOG, shop: 'Teahouse of the tests' }));
  gateway = await startSimulator({ merchant: aMerchant({ appid: 'wxd678efh567hg6787', mchId: '1230000109' }), args: ['--api-v3-key', API_V3_KEY] });
  receiver = await startReceiver();
  wrangler = await readFile(WRANGLER_TOML, 'utf8');
});
after(async () => {
  await gateway?.stop();
  await receiver?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** wrangler.toml of a shop in which all is as it must be. */
function shop(change = () => {}) {
  const config = parse(wrangler);
  config.routes = [{ pattern: 'pay.teahouse.hk', custom_domain: true }];
  config.mtls_certificates = [{ binding: 'WECHAT_CERT', certificate_id: '0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f' }];
  config.assets.directory = folder;
  Object.assign(config.vars, { WECHAT_APPID: gateway.merchant.appid, WECHAT_MCH_ID: gateway.merchant.mchId, NOTIFY_BASE_URL: ORIGIN });
  Object.assign(config.vars, { WEBHOOK_URL: 'https://hooks.teahouse.hk/webhooks' });
  change(config);
  return config;
}

const secrets = () => ({ WECHAT_API_KEY: gateway.merchant.key, ORDER_SECRET: 'f2b1c9d07a8e4f35b6c7d8e9f0a1b2c3', WEBHOOK_SECRET });

/** What is outside: the gateway, the receiver, and nobody at the Worker's own address yet. */
async function outside(request) {
  const { host, pathname, search } = new URL(request.url);
  const body = request.method === 'GET' ? undefined : await request.arrayBuffer();
  const init = { method: request.method, headers: request.headers, body };
  if (host === 'apihk.mch.weixin.qq.com') return fetch(`${gateway.url}${pathname}${search}`, init);
  if (host === 'hooks.teahouse.hk') return fetch(receiver.url, init);
  return new Response('error code: 1016', { status: 530 });
}

const checked = (change, more = {}) => {
  const config = shop(change);
  return check({ parts: PARTS, miniflare, config, published: resolve(ROOT, config.assets?.directory ?? 'www'), secrets: secrets(), outside, ...more });
};
const failed = (checks) => checks.filter(({ outcome }) => outcome === 'failed');
const outcomes = (checks, name) => checks.filter((each) => each.name === name).map(({ outcome }) => outcome);

test('a shop in which all is as it must be may be deployed', async () => {
  const checks = await checked(undefined, { sendsEvent: true });
  assert.deepEqual(failed(checks), []);
  for (const name of ['account', 'clock', 'gateway_host', 'catalogue', 'receiver', 'settings', 'cron', 'rate_limits', 'routes', 'certificate']) {
    assert.deepEqual(outcomes(checks, name), ['ok'], `${name}: ${JSON.stringify(checks)}`);
  }
  assert.deepEqual(outcomes(checks, 'notify_address'), ['not_checked'], 'it is not deployed yet');
  assert.equal(receiver.received.at(-1).event.type, 'readiness.test');
  assert.match(inWords(checks).lines.at(-1), /Nothing stands against deploying/);
});

describe('a shop of API v3 alone', () => {
  let keys;
  before(async () => ([keys] = await (await fetch(`${gateway.url}/control/v3/keys`)).json()));

  const ofV3 = (config) => {
    delete config.mtls_certificates;
    Object.assign(config.vars, { WECHAT_API: 'v3-global', WECHAT_CATEGORY: '5499', WECHAT_MCH_CERT_SERIAL: keys.serial });
  };
  const secretsOfV3 = () => {
    const { WECHAT_API_KEY: _v2, ...others } = secrets();
    return { ...others, WECHAT_API_V3_KEY: API_V3_KEY, WECHAT_MCH_PRIVATE_KEY: keys.private_key };
  };

  test('may be deployed without a key of API v2 and without a certificate for refunds', async () => {
    const checks = await checked(ofV3, { secrets: secretsOfV3() });
    assert.deepEqual(failed(checks), []);
    for (const name of ['account_v3', 'clock', 'gateway_host', 'settings']) assert.deepEqual(outcomes(checks, name), ['ok'], `${name}: ${JSON.stringify(checks)}`);
    assert.deepEqual(['account', 'secrets', 'certificate', 'notify_address_v3'].map((name) => outcomes(checks, name)), [[], [], ['not_checked'], ['not_checked']]);
  });

  test('is told when its keys do not fit', async () => {
    const [found] = failed(await checked((config) => (ofV3(config), (config.vars.WECHAT_MCH_CERT_SERIAL = 'AB12')), { secrets: secretsOfV3() }));
    assert.equal(found?.name, 'account_v3');
    assert.match(found.mend, /WECHAT_MCH_CERT_SERIAL/);
  });

  test('is told which secrets are not on this machine, and nothing is concluded from that', async () => {
    const checks = await checked(ofV3, { secrets: {} });
    assert.deepEqual(failed(checks), []);
    const missing = checks.filter(({ name }) => name === 'secrets').map(({ seen }) => seen.split(' ')[0]);
    assert.deepEqual(missing, ['WECHAT_API_V3_KEY', 'WECHAT_MCH_PRIVATE_KEY', 'ORDER_SECRET']);
    assert.deepEqual(outcomes(checks, 'account_v3'), ['not_checked']);
  });
});

describe('before a deployment', () => {
  const wrong = {
    'workers.dev is open': [(config) => (config.workers_dev = true), 'workers_dev', /workers_dev = false/],
    'there is no domain': [(config) => delete config.routes, 'routes', /routes = \[/],
    'the address for notifications is at another domain': [(config) => (config.vars.NOTIFY_BASE_URL = 'https://www.teahouse.hk'), 'notify_host', /NOTIFY_BASE_URL/],
    'there is no cron': [(config) => delete config.triggers, 'cron', /crons/],
    'the cron is rare': [(config) => (config.triggers.crons = ['0 3 * * *']), 'cron', /crons/],
    'there is no index': [(config) => delete config.d1_databases, 'index', /INDEX/],
    'the objects are not bound': [(config) => delete config.durable_objects, 'orders', /ORDERS/],
    'the objects have no SQLite': [(config) => (config.migrations = [{ tag: 'v1', new_classes: ['OrderObject'] }]), 'orders', /migrations/],
    'the files are not bound': [(config) => delete config.assets.binding, 'assets', /\[assets\]/],
    'a file could take the place of a route': [(config) => config.assets.run_worker_first.shift(), 'assets', /\[assets\]/],
    'webhooks go past the front door': [(config) => delete config.compatibility_flags, 'flags', /global_fetch_strictly_public/],
    'the platform is older than this version was tried with': [(config) => (config.compatibility_date = '2025-01-01'), 'platform', /compatibility_date = "20/],
    'a migration of this version is missing': [(config) => (config.migrations[0].tag = 'v0'), 'platform', /\[\[migrations\]\]/],
    'a limit is missing': [(config) => config.ratelimits.pop(), 'rate_limits', /ratelimits/],
    'no certificate is bound': [(config) => delete config.mtls_certificates, 'certificate', /mtls-certificate upload/],
    'the certificate is the example': [(config) => (config.mtls_certificates[0].certificate_id = '…'), 'certificate', /mtls-certificate upload/],
    'a secret is in the file': [(config) => (config.vars.ADMIN_TOKEN = 'f2b1c9d07a8e4f35b6c7d8e9f0a1b2c3'), 'vars', /wrangler secret put ADMIN_TOKEN/],
    'a name is misspelt': [(config) => (config.vars.WEBHOOK_ULR = 'https://hooks.teahouse.hk'), 'vars', /Did you mean WEBHOOK_URL\?/],
    'it would be a demo': [(config) => (config.vars.DEMO_PHONE_URL = 'http://127.0.0.1:8788/phone'), 'vars', /Remove it/],
    'a setting has a mistake': [(config) => (config.vars.ORDER_EXPIRES_MINUTES = '5'), 'settings', /Correct it/],
    'an example is left': [(config) => (config.vars.WECHAT_MCH_ID = '1634117205'), 'examples', /Correct it/],
    'the catalogue is the example': [(config) => (config.assets.directory = 'www'), 'catalogue', /catalog\.json/],
    'the merchant number is another': [(config) => (config.vars.WECHAT_MCH_ID = '1900000109'), 'account', /WECHAT_MCH_ID/],
  };
  for (const [what, [change, name, mend]] of Object.entries(wrong)) {
    test(`it is told when ${what}`, async () => {
      const checks = await checked(change);
      const found = failed(checks).find((each) => each.name === name);
      assert.ok(found, JSON.stringify(checks, null, 1));
      assert.match(found.mend, mend);
      const { lines, isWell } = inWords(checks);
      assert.equal(isWell, false);
      assert.match(lines.at(-1), /must be mended before you deploy/);
      assert.ok(lines.some((line) => line.startsWith(`✗ ${name}`)));
    });
  }

  for (const [name, value] of Object.entries({ WECHAT_API_KEY: 'f00df00d0badc0de0123456789abcdef', ORDER_SECRET: 'short', ADMIN_TOKEN: 'short' })) {
    test(`it is told when the secret ${name} is wrong, without the secret`, async () => {
      const checks = await checked(undefined, { secrets: { ...secrets(), [name]: value } });
      const told = failed(checks);
      assert.ok(told.some(({ seen, mend }) => `${seen} ${mend}`.includes(name)), JSON.stringify(checks, null, 1));
      assert.ok(!JSON.stringify(told).includes(`${value}.`) && !JSON.stringify(told).includes('f00df00d'), 'not the secret');
    });
  }

  test('a receiver that does not take the test event is told', async () => {
    receiver.refuse(500);
    const [found] = failed(await checked(undefined, { sendsEvent: true }));
    assert.deepEqual([found.name, /HTTP 500/.test(found.seen)], ['receiver', true]);
  });

  test('what is not on this machine is not looked at, and is no failure', async () => {
    const checks = await checked(undefined, { secrets: {}, sendsEvent: true });
    assert.deepEqual(failed(checks), []);
    assert.deepEqual(outcomes(checks, 'account'), ['not_checked']);
    assert.deepEqual(outcomes(checks, 'receiver'), ['not_checked']);
    assert.deepEqual(outcomes(checks, 'secrets'), ['not_checked', 'not_checked']);
  });

  test('offline nobody outside is asked', async () => {
    const asked = [];
    const checks = await checked(undefined, { offline: true, sendsEvent: true, outside: (request) => asked.push(request.url) });
    assert.deepEqual([asked, failed(checks)], [[], []]);
    assert.deepEqual(outcomes(checks, 'account'), ['not_checked']);
    assert.deepEqual(outcomes(checks, 'catalogue'), ['ok']);
  });
});

describe('the files of the certificate', () => {
  const made = (name, subject, days) =>
    run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`), '-days', String(days), '-subj', subject]);
  const text = (name) => readFile(join(folder, name), 'utf8');
  before(async () => {
    await made('own', '/O=WeChat/CN=1230000109', 30);
    await made('other', '/O=WeChat/CN=1900000109', 30);
  });

  const of = async (certificate, key, now, more) => failed(certificateFileChecks(await text(certificate), await text(key), { WECHAT_MCH_ID: '1230000109', ...more }, now)).map(({ seen }) => seen);

  test('are right when they belong together, to this merchant, and are valid', async () => assert.deepEqual(await of('own.pem', 'own.key'), []));

  test('have the serial number that API v3 is told', async () => {
    const { serialNumber } = new X509Certificate(await text('own.pem'));
    assert.deepEqual(await of('own.pem', 'own.key', undefined, { WECHAT_MCH_CERT_SERIAL: serialNumber.toLowerCase() }), []);
    assert.match((await of('own.pem', 'own.key', undefined, { WECHAT_MCH_CERT_SERIAL: 'AB12' })).join(), new RegExp(`serial number is ${serialNumber}`));
  });

  test('are told when they do not belong together, are another merchant’s, or are over', async () => {
    assert.match((await of('own.pem', 'other.key')).join(), /does not belong to the certificate/);
    assert.match((await of('other.pem', 'other.key')).join(), /is not that of 1230000109/);
    assert.match((await of('own.pem', 'own.key', Date.now() + 31 * 24 * 3_600_000)).join(), /is valid from/);
    assert.match((await of('own.key', 'own.key')).join(), /cannot be read/);
  });
});

test('a machine on which the Worker cannot be started is told with what to do', async () => {
  class Broken {
    ready = Promise.reject(new Error('spawn workerd ENOENT'));
    dispose() {}
  }
  const asked = checked(undefined, { miniflare: { ...miniflare, Miniflare: Broken, convertV4MiniflareOptions: undefined } });
  await assert.rejects(asked, ({ message, mend }) => /cannot be started on this machine: spawn workerd ENOENT/.test(message) && /npm install/.test(mend));
});

test('a name is taken for the one that is nearest, and for none if none is near', () => {
  const { variables, secrets: secret, required } = namesOf(PARTS.names);
  assert.equal(nearest('NOTIFY_BASE_ULR', variables), 'NOTIFY_BASE_URL');
  assert.equal(nearest('SOMETHING_ELSE', variables), undefined);
  assert.deepEqual(required, ['ORDER_SECRET']);
  assert.deepEqual(neededSecrets({ required }, {}), ['WECHAT_API_KEY', 'ORDER_SECRET']);
  const left = { WECHAT_API: 'v2', WECHAT_MCH_CERT_SERIAL: 'AB' };
  assert.deepEqual(neededSecrets({ required }, left), ['WECHAT_API_KEY', 'WECHAT_API_V3_KEY', 'WECHAT_MCH_PRIVATE_KEY', 'ORDER_SECRET']);
  assert.ok(secret.includes('OFFER_KEY_PREVIOUS'));
});

test('`cargo xtask check` says all of it in lines, and its code is 1 while something must be mended', async () => {
  const config = join(folder, 'wrangler.toml');
  await writeFile(config, stringify(shop((each) => (each.workers_dev = true))));
  const script = join(ROOT, 'kit', 'bin', 'wechatpay-edge.mjs');
  const ask = () => run(process.execPath, [script, 'check', '--offline', '--config', config], { env: { ...process.env, ...secrets() } });
  await assert.rejects(ask(), ({ code, stdout }) => code === 1 && /✗ workers_dev .*\n +→ /.test(stdout));
  await writeFile(config, stringify(shop()));
  assert.match((await ask()).stdout, /Nothing stands against deploying/);
});
