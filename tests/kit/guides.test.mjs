// Follows the guides for merchants as a newcomer does: from the packed npm package and an empty folder to a folder that may be
// deployed, and to a payment in it. What the guides leave to the merchant is put in: the answers to `init`, the merchant number.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { startSimulator } from '../support/gateway/simulator.mjs';
import { startDev } from '../support/kit/dev.mjs';
import { ANSWERS, API_KEY, call, install, pack, well, workshop } from '../support/kit/shop-folder.mjs';
import { ROOT } from '../support/project.mjs';
import { codeBlocks, commands, guide, guides } from '../support/project/guides.mjs';
import { PlainBrowser } from '../support/shop/plain-browser.mjs';
import { BackOffice } from '../support/shop/back-office.mjs';
import { until } from '../support/until.mjs';

const run = promisify(execFile);
const LIVE = codeBlocks(guide('en', 'live.md'));
const BLOCKS = guides('en').flatMap((name) => codeBlocks(guide('en', name)).map((block) => ({ ...block, name })));
const ran = new Set();

/** The one block of commands of this guide that is run so and has these words. */
function block(name, what, words = '') {
  const found = BLOCKS.filter((each) => each.name === name && each.mark?.how === 'run' && each.mark.what === what && each.code.includes(words));
  assert.equal(found.length, 1, `one “${what}” with “${words}” in ${name}`);
  ran.add(`${name}:${found[0].line}`);
  return commands(found[0].code);
}

/** Types a command in this folder. */
const type = (cwd, command, options) => call('bash', ['-c', command], { cwd, ...options });

let place, archive, folder, key;
before(async () => {
  place = await workshop();
  archive = await pack(place.root);
});
after(() => place?.end());

test('live.md: an empty folder becomes one that may be deployed, by the commands of the guide', async () => {
  const [make, get, init, ...others] = block('live.md', 'init');
  assert.deepEqual([get, others], ['npm install --save-exact wechatpay-edge wrangler', []]);
  await well(type(place.root, make));
  folder = join(place.root, 'my-shop');
  // The archive in place of the registry: the guide says so, too.
  await install(folder, archive);
  const answers = [ANSWERS.appid, ANSWERS.mchId, 'v2', '', ANSWERS.url, '', '', API_KEY];
  const said = await well(type(folder, init, { input: `${answers.join('\n')}\n` }));
  [, key] = /\n {4}(wpe_[\w-]{43})\n/.exec(said.stdout);

  const [{ code: catalog }] = LIVE.filter(({ info }) => info === 'json catalog');
  await writeFile(join(folder, 'catalog.json'), catalog);
  const [page, form] = LIVE.filter(({ language }) => language === 'html').map(({ code }) => code.replaceAll('https://pay.example.com', ANSWERS.url));
  await mkdir(join(folder, 'site'), { recursive: true });
  await writeFile(join(folder, 'site', 'index.html'), `<!doctype html><title>Tea</title>${page}`);
  await writeFile(join(folder, 'site', 'test.html'), `<!doctype html><title>Test</title>${form}`);

  const [makeKey] = block('live.md', 'shop', 'key till');
  const made = await well(type(folder, makeKey));
  const [, line] = /\n {4}(till:\S+)/.exec(made.stdout);
  const secrets = join(folder, '.dev.vars');
  await writeFile(secrets, (await readFile(secrets, 'utf8')).replace(/^(ADMIN_KEYS=.*)$/m, `$1,${line}`));

  const subject = `/CN=${ANSWERS.mchId}/O=Teahouse of the tests`;
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'k.pem', '-out', 'c.pem', '-days', '300', '-subj', subject], { cwd: place.root });
  await run('openssl', ['pkcs12', '-export', '-legacy', '-inkey', 'k.pem', '-in', 'c.pem', '-out', join(folder, 'apiclient_cert.p12'), '-passout', `pass:${ANSWERS.mchId}`], { cwd: place.root });
  const [openssl] = LIVE.filter(({ code }) => code.includes('pkcs12'));
  for (const command of commands(openssl.code)) await well(type(folder, command.replace(/pass:\d+/, `pass:${ANSWERS.mchId}`)));
  const [tried] = block('live.md', 'check of the certificate');
  const checked = await type(folder, tried);
  assert.match(checked.stdout, /✓ certificate/, checked.stdout);

  const [{ code: binding }] = LIVE.filter(({ language }) => language === 'toml');
  await appendFile(join(folder, 'wrangler.toml'), `\n${binding}`);
  const [check, dryRun] = block('live.md', 'shop', 'deploy --dry-run');
  assert.match((await well(type(folder, check))).stdout, /Nothing stands against deploying/);
  assert.match((await well(type(folder, dryRun))).stdout, /2 of them yours/);
});

test('live.md: what was made so takes ten cents and gives them back, and the key that `init` showed opens the books', async () => {
  // `wrangler dev` shows no certificate, so the simulator does not ask for it here. tests/worker/guides.test.mjs shows one.
  const config = join(place.root, 'simulator.toml');
  await writeFile(config, '[switches]\nrefund-certificate = "not-asked"\n');
  const settings = join(folder, 'wrangler.toml');
  const deployed = await readFile(settings, 'utf8');
  await writeFile(settings, deployed.slice(0, deployed.lastIndexOf('[[mtls_certificates]]')));
  const gateway = await startSimulator({ args: ['--config', config], merchant: { appid: ANSWERS.appid, mchId: ANSWERS.mchId, key: API_KEY, signType: 'HMAC-SHA256', feeType: 'HKD' } });
  let dev;
  try {
    dev = await startDev(folder, gateway);
    const page = await new PlainBrowser(dev).submit({ sku: 'live-test', quantity: '1' });
    assert.equal(page.status, 200, page.text);
    const id = page.path.split('/').pop();
    const office = new BackOffice(dev, key);
    const { code_url: code } = await until('its code', async () => (await office.history(id)).json.order);
    await gateway.pay(code);
    const row = await office.listed(id, ({ state }) => state === 'paid');
    assert.equal(row.amount_minor, 10);
    assert.equal((await office.refund(id, { out_refund_no: 'R-live-test' })).status, 200);
    await office.refundBecomes(id, 'R-live-test', 'refunded');
  } finally {
    await dev?.stop();
    await gateway.stop();
    await writeFile(settings, deployed);
  }
});

test('prices.md and rotation.md: a price is looked at, an offer is signed, and a key is made, in that folder', async () => {
  const [check] = block('prices.md', 'shop', 'check');
  await well(type(folder, check));
  const [offer] = block('prices.md', 'shop', 'offer');
  assert.notEqual((await type(folder, offer)).code, 0, 'without OFFER_KEY');
  await appendFile(join(folder, '.dev.vars'), '\nOFFER_KEY=5f0c3c8a1d7e4b29a6f1e0d2c3b4a596\n');
  const { stdout } = await well(type(folder, offer));
  assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+$/m);
  const [makeKey] = block('rotation.md', 'shop', 'key till');
  assert.match((await well(type(folder, makeKey))).stdout, /till:read\+refund:[0-9a-f]{64}/);
});

test('no block of the guides that is run here is overlooked', () => {
  const here = BLOCKS.filter(({ mark }) => mark?.how === 'run' && ['init', 'shop', 'check of the certificate'].includes(mark.what));
  assert.deepEqual(here.map(({ name, line }) => `${name}:${line}`).sort(), [...ran].sort());
});

test('downloads.md: a file is put into a bucket and sold in that folder, and the shopper downloads what was put there', async () => {
  const text = await readFile(join(ROOT, 'docs', 'downloads.md'), 'utf8');
  const fenced = (language) => new RegExp(`\\n *\`\`\`${language}\\n([^]*?)\\n *\`\`\``).exec(text)[1].replace(/^ {3}/gm, '');
  const file = Buffer.from(`%PDF-1.7\n${'a tea book, line by line\n'.repeat(2_000)}%%EOF`);
  await writeFile(join(folder, 'tea-book.pdf'), file);
  const [, put] = fenced('sh').split('\n');
  assert.match(put, / r2 object put /);
  await well(type(folder, `${put.replace('--remote', '--local')} --persist-to state`));
  const settings = join(folder, 'wrangler.toml');
  await appendFile(settings, `\n${fenced('toml')}\n`);
  const catalog = JSON.parse(await readFile(join(folder, 'catalog.json'), 'utf8'));
  const book = JSON.parse(fenced('json'));
  await writeFile(join(folder, 'catalog.json'), JSON.stringify({ ...catalog, items: [...catalog.items, book] }));
  const deployed = await readFile(settings, 'utf8');
  // As above: without the certificate's section, which live.md has put at the end.
  const [from, to] = ['[[mtls_certificates]]', '[[r2_buckets]]'].map((section) => deployed.lastIndexOf(section));
  assert.ok(from > 0 && to > from);
  await writeFile(settings, deployed.slice(0, from) + deployed.slice(to));
  const gateway = await startSimulator({ merchant: { appid: ANSWERS.appid, mchId: ANSWERS.mchId, key: API_KEY, signType: 'HMAC-SHA256', feeType: 'HKD' } });
  let dev;
  try {
    dev = await startDev(folder, gateway);
    const browser = new PlainBrowser(dev);
    const page = await browser.submit({ sku: book.sku, quantity: '1' });
    const id = page.path.split('/').pop();
    const office = new BackOffice(dev, key);
    const { code_url: code } = await until('its code', async () => (await office.history(id)).json.order);
    assert.doesNotMatch(page.text, /href="\/download/, 'nothing before it is paid');
    await gateway.pay(code);
    await office.listed(id, ({ state }) => state === 'paid');
    const [, link] = /href="(\/download\/[^"]+)"/.exec((await browser.open(page.path)).text);
    const answer = await fetch(new URL(link.replaceAll('&amp;', '&'), dev.url));
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-disposition'), /tea-book\.pdf/);
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(file), 'byte by byte');
    assert.equal((await office.history(id)).json.downloads[0].times, 1);
  } finally {
    await dev?.stop();
    await gateway.stop();
    await writeFile(settings, deployed);
  }
});
