// Runs the commands of the guides for merchants (docs/guide) as they stand, against the Worker in workerd. Only what is the
// merchant's own is changed: the Worker's address, the order's number, the payment's number. Commands that need an account are
// not run; they are looked up in wrangler's own help.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import Ajv from 'ajv/dist/2020.js';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { notification } from '../support/gateway/notification.mjs';
import { codeBlocks, commands, guide, guides } from '../support/project/guides.mjs';
import { ROOT, WWW } from '../support/project.mjs';
import { BACK_OFFICE, BackOffice, makeKey } from '../support/shop/back-office.mjs';
import { PlainBrowser } from '../support/shop/plain-browser.mjs';
import { asPaidOrder } from '../support/shop/shop.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/until.mjs';
import { setStageWithClock } from '../support/worker/moved-clock.mjs';
import { WEBHOOK_SECRET, startReceiver } from '../support/worker/webhook-receiver.mjs';

const run = promisify(execFile);
const WRANGLER = join(ROOT, 'node_modules', '.bin', 'wrangler');
const MERCHANT = makeKey('guides', 'read+write+refund');
const THEIRS = { worker: 'https://pay.example.com', order: 'Hsofdzih6lk5bu2sjsxzitzb5wztbw', payment: '4200002301202603011234567890', second: '4200002301202603019876543210' };

/** The blocks of commands of all guides: `[{ name, code, mark, line }]`. */
const BLOCKS = guides('en').flatMap((name) => codeBlocks(guide('en', name)).filter(({ language }) => language === 'console').map((block) => ({ ...block, name })));
const blocksOf = (what, name) => BLOCKS.filter(({ mark, name: its }) => mark?.how === 'run' && mark.what === what && (name ?? its) === its);

let folder, stage, office, receiver;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guides-'));
  receiver = await startReceiver();
  const vars = { ...BACK_OFFICE.vars, ADMIN_KEYS: MERCHANT.line, WEBHOOK_URL: receiver.url, WEBHOOK_SECRET };
  stage = await setStage({ start: startSimulator, ...BACK_OFFICE, vars });
  office = new BackOffice(stage.worker, MERCHANT.key);
});
after(async () => {
  await stage?.stop();
  await receiver?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function paidOrder() {
  const order = await stage.shop.placePayable();
  await stage.gateway.pay(order.view.code_url);
  await stage.shop.becomes('paid', order);
  return order;
}

/** Runs these commands in bash, in one go, with the key on the standard input. Fails when one of them does. */
async function inBash(codes, { ORDER, WEBHOOK, payment, second } = {}) {
  const typed = codes.flatMap(commands).join('\n');
  const ours = typed
    .replaceAll(THEIRS.worker, stage.worker.url)
    .replaceAll(THEIRS.order, ORDER ?? THEIRS.order)
    .replaceAll(THEIRS.payment, payment ?? THEIRS.payment)
    .replaceAll(THEIRS.second, second ?? THEIRS.second);
  const running = run('bash', ['-c', `set -euo pipefail\n${ours}`], { cwd: folder, env: { ...process.env, ORDER: ORDER ?? '', WEBHOOK: WEBHOOK ?? '' } });
  running.child.stdin.end(`${MERCHANT.key}\n`);
  const { stdout } = await running;
  return stdout;
}

/** The lines with which each guide that speaks to the Worker begins. */
const PRELUDE = blocksOf('office', 'orders.md')[0].code;

describe('the commands of a guide do what they say', () => {
  test('orders.md: the sum, the list, one order, an order made by hand, the export, and forgetting', async () => {
    const { json: placed } = await office.create({ amount_minor: 700, currency: 'HKD', description: 'Tea', metadata: { of: 'a person' } }, 'of-the-guides');
    const order = { id: placed.order.id, token: placed.token };
    await stage.gateway.pay((await stage.shop.becomes('awaiting_payment', order)).code_url);
    await stage.shop.becomes('paid', order);
    const { transaction_id: payment } = (await office.history(order.id)).json.payments[0];
    await office.listed(order.id, ({ state }) => state === 'paid');
    const said = await inBash(blocksOf('office', 'orders.md').map(({ code }) => code), { ORDER: order.id, payment });
    assert.ok(said.includes('"day":"2026-03-01"') || said.includes('2026-03-01'), said);
    assert.ok(said.includes(order.id) && said.includes(payment), said);
    assert.match(said, /"token":/, 'the order made by hand');
    assert.match(said, /"attention":/);
    const [csv, jsonl] = await Promise.all(['orders.csv', 'orders.jsonl'].map((name) => readFile(join(folder, name), 'utf8')));
    assert.ok(csv.includes(order.id) && jsonl.includes(order.id));
    assert.ok((await office.history(order.id)).json.events.some(({ what }) => what.name === 'person_forgotten'));
    const [made] = (await office.list('?reference=INV-2026-0301')).json;
    assert.equal(made.amount_minor, 12_345);
  });

  test('refunds.md: half of an order is refunded, once', async () => {
    const order = await paidOrder();
    const blocks = blocksOf('office', 'refunds.md').map(({ code }) => code);
    await inBash(blocks, { ORDER: order.id });
    await inBash(blocks, { ORDER: order.id });
    const refund = await office.refundBecomes(order.id, 'R-2026-0301', 'refunded');
    assert.equal(refund.amount.minor, order.view.amount.minor / 2, 'half of it');
    const { refunds } = (await office.history(order.id)).json;
    assert.equal(refunds.length, 1);
  });

  test('refunds.md: a refund that waits for money is tried from the other account, and one can be taken back', async () => {
    const waits = blocksOf('refund that waits');
    assert.deepEqual(waits.map(({ code }) => /withdraw|retry/.exec(code)[0]), ['withdraw', 'retry']);
    for (const { code } of waits) {
      const order = await paidOrder();
      await stage.gateway.switch({ faults: [{ name: 'not-enough-unsettled', order: order.id }] });
      await office.refund(order.id, { out_refund_no: 'R-2026-0301', amount_minor: 4_400 });
      await office.waiting(order.id, ({ kind }) => kind === 'refund_waits');
      await inBash([PRELUDE, code], { ORDER: order.id });
      const [{ status, account }] = (await office.history(order.id)).json.refunds;
      // WeChat Pay allows one refund call a minute, so what becomes of it is not awaited here.
      assert.deepEqual([status, account], code.includes('withdraw') ? ['withdrawn', undefined] : ['requested', 'available_balance']);
    }
    await stage.gateway.switch({ faults: [] });
  });

  test('refunds.md: the second of two payments is refunded, and not the first', async () => {
    const order = await paidOrder();
    await stage.shop.notify(notification(stage.gateway.merchant, asPaidOrder(order.view)));
    const { transaction_id: second } = await office.waiting(order.id, ({ kind }) => kind === 'paid_twice');
    const [{ code }, none] = blocksOf('second payment');
    assert.equal(none, undefined);
    await inBash([PRELUDE, code], { ORDER: order.id, second });
    const { refunds, payments } = (await office.history(order.id)).json;
    assert.deepEqual(refunds.map(({ transaction_id, out_refund_no }) => [transaction_id, out_refund_no]), [[second, 'R-2026-0302']]);
    assert.notEqual(payments[0].transaction_id, second);
  });

  test('webhooks.md: the receiver hears a test event, what waits is listed, and what was given up is sent again', async () => {
    const order = await stage.shop.placePayable();
    receiver.refuseOf(order, 410);
    await stage.gateway.pay(order.view.code_url);
    const { webhook_id: WEBHOOK } = await office.waiting(order.id, ({ kind }) => kind === 'webhook_undelivered');
    const said = await inBash(blocksOf('office', 'webhooks.md').map(({ code }) => code));
    assert.ok(receiver.received.some(({ event }) => event?.type === 'readiness.test'));
    assert.ok(said.includes(WEBHOOK), 'the list of webhooks has it');
    const [{ code }] = blocksOf('webhook given up');
    await inBash([PRELUDE, code], { ORDER: order.id, WEBHOOK });
    await until('it comes again', () => receiver.deliveries(order.id).filter(({ id }) => id === WEBHOOK).length === 2);
  });

  test('rotation.md: readiness says of the account that it fits', async () => {
    const said = await inBash(blocksOf('office', 'rotation.md').map(({ code }) => code));
    const { checks } = JSON.parse(said);
    assert.equal(checks.find(({ name }) => name === 'account').outcome, 'ok');
  });

  test('backup.md: one line for each order, one file with each history, and the list of those that are open', async () => {
    const order = await paidOrder();
    await office.listed(order.id, ({ state }) => state === 'paid');
    const said = await inBash(blocksOf('office', 'backup.md').map(({ code }) => code));
    const rows = (await readFile(join(folder, 'orders.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
    const files = await readdir(join(folder, 'orders'));
    assert.deepEqual(files.sort(), rows.map(({ out_trade_no }) => `${out_trade_no}.json`).sort());
    const kept = JSON.parse(await readFile(join(folder, 'orders', `${order.id}.json`), 'utf8'));
    assert.equal(kept.state, 'paid');
    assert.ok(kept.events.length > 0);
    const open = JSON.parse(said);
    assert.ok(open.every(({ state }) => ['placing', 'awaiting_payment', 'closing'].includes(state)), said);
  });

  test('live.md: the path for notifications answers as the guide says', async () => {
    const said = await inBash(blocksOf('office', 'live.md').map(({ code }) => code));
    assert.match(said, /^HTTP\/1\.1 200 /);
    assert.match(said, /<return_code><!\[CDATA\[FAIL\]\]>/);
  });

  test('no block of a guide that is run here is overlooked', () => {
    const run = ['orders.md', 'refunds.md', 'webhooks.md', 'rotation.md', 'backup.md', 'live.md'];
    assert.deepEqual([...new Set(blocksOf('office').map(({ name }) => name))].sort(), run.sort());
    const counts = ['refund that waits', 'second payment', 'webhook given up', 'files'].map((what) => blocksOf(what).length);
    assert.deepEqual(counts, [2, 1, 1, 4]);
  });
});

describe('what a guide puts into a shop', () => {
  const CATALOGS = guides('en').flatMap((name) => codeBlocks(guide('en', name)).filter(({ info }) => info === 'json catalog').map(({ code }) => ({ name, catalog: JSON.parse(code) })));
  const valid = new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync(join(WWW, 'catalog.schema.json'), 'utf8')));
  const [FORM, ...otherForms] = codeBlocks(guide('en', 'live.md')).filter(({ code }) => code.includes('<form'));
  let published, shops;
  before(async () => {
    [{ catalog: published }] = CATALOGS;
    const site = async () => Response.json(published);
    shops = await setStageWithClock({ start: startSimulator, ...BACK_OFFICE, platform: { ...BACK_OFFICE.platform, assets: undefined, serviceBindings: { ...BACK_OFFICE.platform.serviceBindings, ASSETS: site } } });
  });
  after(() => shops?.stop());

  test('each catalogue of the guides sells all that it shows, at its price', async () => {
    assert.equal(CATALOGS.length, 3);
    for (const { name, catalog } of CATALOGS) {
      assert.ok(valid(catalog), `${name}: ${JSON.stringify(valid.errors)}`);
      published = catalog;
      await shops.goAhead(11_000);
      for (const { sku, amount_minor: price, ships = true } of catalog.items) {
        const { status, json } = await shops.shop.place({ lines: [{ sku, quantity: 1 }] });
        assert.equal(status, 201, JSON.stringify(json));
        assert.equal(json.order.amount.minor, price + (ships ? (catalog.shipping?.amount_minor ?? 0) : 0));
      }
    }
  });

  test('the form pays HK$0.10, and the ten cents are refunded: the last step before opening', async () => {
    published = CATALOGS.find(({ name }) => name === 'live.md').catalog;
    await shops.goAhead(11_000);
    assert.deepEqual(otherForms, []);
    const action = /action="https:\/\/pay\.example\.com(.*?)"/.exec(FORM.code)[1];
    const fields = Object.fromEntries([...FORM.code.matchAll(/name="(.*?)" value="(.*?)"/g)].map(([, name, value]) => [name, value]));
    const page = await new PlainBrowser(shops.worker).submit(fields, { path: action });
    assert.equal(page.status, 200, page.text);
    const id = page.path.split('/').pop();
    const till = new BackOffice(shops.worker);
    const { code_url: code } = await until('its code', async () => (await till.history(id)).json.order);
    await shops.gateway.pay(code);
    const row = await till.listed(id, ({ state }) => state === 'paid');
    assert.deepEqual([row.amount_minor, row.currency], [10, 'HKD']);
    assert.equal((await till.refund(id, { out_refund_no: 'R-live-test' })).status, 200);
    const refund = await till.refundBecomes(id, 'R-live-test', 'refunded');
    assert.equal(refund.amount.minor, 10);
  });
});

describe('the commands that need no Worker', () => {
  const files = () => blocksOf('files');
  const only = (word) => files().filter(({ code }) => code.includes(word)).map(({ code }) => code);

  test('the certificate that WeChat gives becomes the two files that Cloudflare takes, and they belong together', async () => {
    const own = await mkdtemp(join(folder, 'certificate-'));
    const [code] = only('pkcs12');
    const [, number] = /-passin pass:(\d+)/.exec(code);
    const subject = `/CN=${number}/O=the tests`;
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'k.pem', '-out', 'c.pem', '-days', '30', '-subj', subject], { cwd: own });
    // As WeChat Pay's merchant platform packs it: old algorithms, and the merchant number as the password.
    const pack = ['pkcs12', '-export', '-legacy', '-inkey', 'k.pem', '-in', 'c.pem', '-out', 'apiclient_cert.p12', '-passout', `pass:${number}`];
    await run('openssl', pack, { cwd: own });
    await run('bash', ['-c', `set -eu\n${commands(code).join('\n')}`], { cwd: own });
    const [certificate, key] = await Promise.all(['apiclient_cert.pem', 'apiclient_key.pem'].map((name) => readFile(join(own, name), 'utf8')));
    assert.ok(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)));
    assert.ok(!certificate.includes('PRIVATE KEY') && !key.includes('BEGIN CERTIFICATE'));
  });

  test('a secret and a key that are made as the guides say are such as the Worker takes', async () => {
    const made = async (word) => (await run('bash', ['-c', commands(only(word)[0]).join('\n')])).stdout.trim();
    assert.match(await made('whsec_'), /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.match(await made('rand -hex 16'), /^[0-9a-f]{32}$/);
  });

  test('the version of Node is one that the guides name', async () => {
    const { stdout } = await run('bash', ['-c', commands(only('node --version')[0]).join('\n')]);
    const [, major] = /^v(\d+)\./.exec(stdout);
    assert.ok(Number(major) >= 22, stdout);
  });

  test('the database of the index is exported as SQL, from this machine instead of Cloudflare', async () => {
    const [{ code }] = BLOCKS.filter(({ code: text }) => text.includes('d1 export'));
    const own = await mkdtemp(join(folder, 'd1-'));
    await writeFile(join(own, 'wrangler.toml'), 'name = "x"\ncompatibility_date = "2026-07-01"\n[[d1_databases]]\nbinding = "INDEX"\ndatabase_name = "wechatpay-edge-index"\ndatabase_id = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"\n');
    const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' };
    await run(WRANGLER, ['d1', 'execute', 'wechatpay-edge-index', '--local', '--command', 'CREATE TABLE orders (n TEXT); INSERT INTO orders VALUES (7)'], { cwd: own, env });
    const [command] = commands(code);
    const words = command.replace('npx wrangler', '').replace('--remote', '--local').trim().split(/\s+/);
    await run(WRANGLER, words, { cwd: own, env });
    assert.match(await readFile(join(own, 'index.sql'), 'utf8'), /INSERT INTO .?orders.?.*VALUES\s?\('7'\)/);
  });
});

test('wrangler knows each command of the documents that needs an account, with its options', { timeout: 300_000 }, async () => {
  const others = ['README.md', 'docs/kit.md', 'docs/operations.md'].flatMap((path) => codeBlocks(readFileSync(join(ROOT, path), 'utf8')).filter(({ language }) => language === 'console'));
  const typed = [...BLOCKS, ...others].flatMap(({ code }) => commands(code)).filter((command) => command.startsWith('npx wrangler '));
  const known = new Map();
  for (const command of new Set(typed)) {
    const words = command.split('#')[0].trim().split(/\s+/).slice(2);
    const options = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0]);
    const name = words.slice(0, /^d1$/.test(words[0]) && words[1] === 'time-travel' ? 3 : /^(secret|d1|mtls-certificate|deployments)$/.test(words[0]) ? 2 : 1).join(' ');
    if (!known.has(name)) {
      const { stdout } = await run(WRANGLER, [...name.split(' '), '--help'], { env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } });
      known.set(name, stdout);
    }
    assert.ok(known.get(name).includes(`wrangler ${name}`), `wrangler has no command “${name}”`);
    for (const option of options) assert.match(known.get(name), new RegExp(`(^|\\s)${option}\\s`), `${name} has no ${option}`);
  }
  assert.ok(known.size >= 10, [...known.keys()].join());
});
