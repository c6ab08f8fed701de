// `npx wechatpay-edge init`, from `npm pack` in an empty folder: what it asks, what it refuses, and what it writes.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { mkdir, readFile, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { ROOT, fromEnvironment } from '../support/project.mjs';
import { ANSWERS, API_KEY, PACKAGE, call, emptyShop, filesBelow, kit, madeShop, pack, well, workshop, wrangler } from '../support/kit/shop-folder.mjs';

let place, archive, folder, init;
before(async () => {
  place = await workshop();
  archive = await pack(place.root);
  ({ folder, init } = await madeShop(place.root, 'made', archive, ['--time-zone', 'Europe/Berlin', '--webhook-url', 'https://hooks.teahouse.hk/x']));
});
after(() => place?.end());

const text = (path) => readFile(join(folder, path), 'utf8');
const lines = (secrets) => Object.fromEntries(secrets.split('\n').filter((line) => line.includes('=')).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));

describe('init', () => {
  test('names each file that it has written, and writes nothing else', async () => {
    const written = [...init.stdout.matchAll(/^ {2}written {2}([^:\n]+)/gm)].map(([, name]) => name);
    const there = await filesBelow(folder);
    assert.deepEqual(written.toSorted(), there.filter((name) => !/^(node_modules|\.wechatpay)\//.test(name)).toSorted());
    for (const name of ['wrangler.toml', 'catalog.json', 'package.json', '.gitignore', '.dev.vars', 'site/index.html']) assert.ok(written.includes(name), name);
  });

  test('puts the answers into wrangler.toml, and keeps each comment and each other line', async () => {
    const [ours, example] = [await text('wrangler.toml'), await readFile(join(PACKAGE, 'examples', 'shop', 'wrangler.toml'), 'utf8')].map((each) => each.split('\n'));
    assert.equal(ours.length, example.length);
    assert.deepEqual(ours.filter((line, at) => line !== example[at]), [
      'routes = [{ pattern = "pay.teahouse.hk", custom_domain = true }]',
      `WECHAT_APPID = "${ANSWERS.appid}"`,
      `WECHAT_MCH_ID = "${ANSWERS.mchId}"`,
      `NOTIFY_BASE_URL = "${ANSWERS.url}"`,
      'WEBHOOK_URL = "https://hooks.teahouse.hk/x"',
      'SHOP_TIME_ZONE = "Europe/Berlin"',
    ]);
  });

  test('makes the secrets for their owner alone, and git ignores them', async () => {
    const secrets = lines(await text('.dev.vars'));
    assert.deepEqual(Object.keys(secrets), ['WECHAT_API_KEY', 'ORDER_SECRET', 'WEBHOOK_SECRET', 'ADMIN_KEYS']);
    assert.equal(secrets.WECHAT_API_KEY, API_KEY);
    assert.match(secrets.ORDER_SECRET, /^[0-9a-f]{64}$/);
    assert.match(secrets.WEBHOOK_SECRET, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.equal((await stat(join(folder, '.dev.vars'))).mode & 0o777, 0o600);
    execFileSync('git', ['init', '--quiet'], { cwd: folder });
    assert.match(execFileSync('git', ['check-ignore', '.dev.vars', 'node_modules', '.wechatpay/public'], { cwd: folder }).toString(), /^\.dev\.vars\nnode_modules\n\.wechatpay\/public\n$/);
    await rm(join(folder, '.git'), { recursive: true });
  });

  test('shows the key of the back office once, and keeps only its hash', async () => {
    const [, key] = /\n {4}(wpe_[\w-]{43})\n/.exec(init.stdout);
    assert.equal(lines(await text('.dev.vars')).ADMIN_KEYS, `owner:read+write+refund:${createHash('sha256').update(key).digest('hex')}`);
    assert.ok(!(await text('.dev.vars')).includes(key));
    assert.ok(!init.stdout.includes(API_KEY));
  });

  test('changes nothing of what is there, and says so', async () => {
    const all = () => Promise.all(['wrangler.toml', 'catalog.json', '.dev.vars', 'package.json', 'site/index.html'].map(text));
    const before = await all();
    const { stdout } = await well(kit(folder, ['init', '--yes', '--appid', 'wx0000000000000000']));
    assert.deepEqual((await all()).map((each, at) => each === before[at]), [true, true, true, true, true]);
    assert.ok(!stdout.includes('written') && stdout.includes('kept     wrangler.toml'), stdout);
  });

  test('adds the secrets that are missing, behind those that are there, and closes the file to others', async () => {
    const shop = await emptyShop(place.root, 'secrets-there', archive);
    await writeFile(join(shop, '.dev.vars'), `ORDER_SECRET=mine-is-here-and-it-is-long-enough\nWECHAT_API_KEY=${API_KEY}`, { mode: 0o644 });
    await well(kit(shop, ['init', '--yes']));
    const made = await readFile(join(shop, '.dev.vars'), 'utf8');
    assert.ok(made.startsWith(`ORDER_SECRET=mine-is-here-and-it-is-long-enough\nWECHAT_API_KEY=${API_KEY}\nADMIN_KEYS=owner:`), made);
    assert.equal((await stat(join(shop, '.dev.vars'))).mode & 0o777, 0o600);
  });

  test('refuses a wrong option by the Worker’s own words, before anything is written', async () => {
    const shop = await emptyShop(place.root, 'wrong-options', archive);
    const wrong = {
      WECHAT_API_KEY: [[], { WECHAT_API_KEY: 'too short' }],
      WECHAT_MCH_ID: [['--mch-id', 'ten'], {}],
      NOTIFY_BASE_URL: [['--public-url', 'http://pay.teahouse.hk/shop'], {}],
      WEBHOOK_URL: [['--webhook-url', 'http://hooks.teahouse.hk'], {}],
      ALLOWED_ORIGINS: [['--elsewhere', 'teahouse.hk'], {}],
    };
    for (const [name, [args, env]] of Object.entries(wrong)) {
      const { code, stderr } = await kit(shop, ['init', '--yes', ...args], { env });
      assert.equal(code, 2, name);
      assert.match(stderr, new RegExp(`✗ .*${name}.*\\n  → `), name);
      assert.ok(!stderr.includes('too short'), 'not the secret');
    }
    assert.deepEqual((await readdir(shop)).filter((name) => !/^node_modules$|^package/.test(name)), []);
  });

  test('asks, tells a wrong answer at once, and asks again', async () => {
    const shop = await emptyShop(place.root, 'asked', archive);
    const answers = [ANSWERS.appid, 'ten', ANSWERS.mchId, 'v3', 'v2', '', 'https://pay.teahouse.hk/', '', '', 'short', API_KEY];
    const { stdout } = await well(kit(shop, ['init'], { input: `${answers.join('\n')}\n` }));
    assert.match(stdout, /Merchant number[^\n]*: ✗ WECHAT_MCH_ID/);
    assert.match(stdout, /API of your account[^\n]*: ✗ WECHAT_API: it must be v2, v3-global or v3-mainland/);
    assert.match(stdout, /API key[^\n]*: \n✗ WECHAT_API_KEY/);
    assert.ok(!stdout.includes(API_KEY), 'what is secret is not shown');
    const made = await readFile(join(shop, 'wrangler.toml'), 'utf8');
    for (const line of [`WECHAT_APPID = "${ANSWERS.appid}"`, 'WECHAT_API = "v2"', 'WECHAT_SIGN_TYPE = "HMAC-SHA256"', 'SHOP_TIME_ZONE = "Asia/Hong_Kong"', 'NOTIFY_BASE_URL = "https://pay.teahouse.hk"', '# WEBHOOK_URL = "…"']) assert.ok(made.split('\n').includes(line), line);
    assert.equal(lines(await readFile(join(shop, '.dev.vars'), 'utf8')).WECHAT_API_KEY, API_KEY);
  });

  test('at a terminal what is secret is not shown while it is typed', async () => {
    const shop = await emptyShop(place.root, 'typed', archive);
    const answers = [`App ID=${ANSWERS.appid}`, `Merchant number=${ANSWERS.mchId}`, 'API of your account=v2', 'Sign type=', 'Public address=', 'Time zone=', 'told of payments=', `API key=${API_KEY}`];
    const typed = [join(ROOT, 'tests', 'support', 'kit', 'typed.py'), ...answers, '--', process.execPath, join(shop, 'node_modules', '.bin', 'wechatpay-edge'), 'init'];
    const { stdout } = await well(call(fromEnvironment('SDK_PYTHON'), typed, { cwd: shop }));
    assert.ok(stdout.includes(`${ANSWERS.appid}`) && stdout.includes('API key'), stdout);
    assert.ok(!stdout.includes(API_KEY), 'not on the screen');
    assert.equal(lines(await readFile(join(shop, '.dev.vars'), 'utf8')).WECHAT_API_KEY, API_KEY);
  });

  describe('a shop of API v3', () => {
    const V3_KEY = 'TESTONLYapiv3key0123456789abcdHK';
    const file = (name) => join(ROOT, 'tests', 'vectors', 'v3', 'keys', `test-only-${name}.pem`);
    const made = async (shop) => [await readFile(join(shop, 'wrangler.toml'), 'utf8'), await readFile(join(shop, '.dev.vars'), 'utf8')].map((each) => each.split('\n'));

    test('is made of its options and files, and `check` has nothing against them', async () => {
      const shop = await emptyShop(place.root, 'v3-global', archive);
      const options = ['--appid', ANSWERS.appid, '--mch-id', ANSWERS.mchId, '--public-url', ANSWERS.url, '--api', 'v3-global', '--category', '5499'];
      const files = ['--cert', file('merchant-certificate'), '--key', file('merchant-key')];
      await well(kit(shop, ['init', '--yes', ...options, ...files], { env: { WECHAT_API_V3_KEY: V3_KEY } }));
      const [settings, secrets] = await made(shop);
      for (const line of ['WECHAT_API = "v3-global"', 'WECHAT_CATEGORY = "5499"']) assert.ok(settings.includes(line), line);
      const [, written] = /^WECHAT_MCH_CERT_SERIAL = "([0-9A-F]+)"$/m.exec(settings.join('\n'));
      assert.equal(written, new X509Certificate(await readFile(file('merchant-certificate'))).serialNumber);
      assert.deepEqual(secrets.filter((line) => line.includes('=')).map((line) => line.split('=')[0]), ['WECHAT_API_V3_KEY', 'WECHAT_MCH_PRIVATE_KEY', 'ORDER_SECRET', 'ADMIN_KEYS']);
      const { stdout } = await kit(shop, ['check', '--offline']);
      assert.match(stdout, /✓ settings/, stdout);
      assert.ok(!stdout.includes('WECHAT_API_KEY') && !stdout.includes('not on this machine'), stdout);
    });

    test('is asked for what its edition needs, and for nothing of API v2', async () => {
      const shop = await emptyShop(place.root, 'v3-mainland', archive);
      const id = 'PUB_KEY_ID_0116980023152026030100000000000042';
      const files = ['no such file', file('merchant-key'), file('merchant-certificate'), id, file('public-key-public-key')];
      const answers = [ANSWERS.appid, ANSWERS.mchId, 'v3-mainland', ...files, ANSWERS.url, '', '', 'short', V3_KEY, file('public-key-public-key'), file('merchant-key')];
      const { stdout } = await well(kit(shop, ['init'], { input: `${answers.join('\n')}\n` }));
      for (const wrong of [/no such file cannot be read/, /merchant-key\.pem is no certificate/, /✗ WECHAT_API_V3_KEY/, /✗ WECHAT_MCH_PRIVATE_KEY/]) assert.match(stdout, wrong);
      assert.ok(!/Sign type|category|not shown; empty: later\): \n✗ WECHAT_API_KEY/.test(stdout) && !stdout.includes(V3_KEY), stdout);
      const [settings] = await made(shop);
      for (const line of ['WECHAT_API = "v3-mainland"', 'WECHAT_GATEWAY = "https://api.mch.weixin.qq.com, https://api2.mch.weixin.qq.com"', `WECHAT_PUBLIC_KEY_ID = "${id}"`, '# WECHAT_CATEGORY = "…"']) assert.ok(settings.includes(line), line);
      assert.match((await kit(shop, ['check', '--offline'])).stdout, /✓ settings/);
    });

    test('is told of an option that its API has not', async () => {
      const shop = await emptyShop(place.root, 'v3-wrong', archive);
      for (const args of [['--category', '5499'], ['--key', file('merchant-key')], ['--api', 'v3-mainland', '--category', '5499'], ['--api', 'v3-global', '--sign-type', 'MD5']]) {
        const { code, stderr } = await kit(shop, ['init', '--yes', ...args]);
        assert.deepEqual([code, / is not for v/.test(stderr)], [2, true], `${args}: ${stderr}`);
      }
      assert.deepEqual((await readdir(shop)).filter((name) => !/^node_modules$|^package/.test(name)), []);
    });
  });

  test('ends with words when the answers end', async () => {
    const { code, stderr } = await kit(await emptyShop(place.root, 'silent', archive), ['init'], { input: '' });
    assert.deepEqual([code, /no more answers/.test(stderr)], [2, true]);
  });

  test('makes a shop whose site is elsewhere: no pages, and only that site may order', async () => {
    const { folder: shop } = await madeShop(place.root, 'elsewhere', archive, ['--elsewhere', 'https://www.teahouse.hk']);
    assert.match(await readFile(join(shop, 'wrangler.toml'), 'utf8'), /^ALLOWED_ORIGINS = "https:\/\/www\.teahouse\.hk"$/m);
    assert.match(await readFile(join(shop, 'page', 'index.html'), 'utf8'), /src="https:\/\/pay\.teahouse\.hk\/widget\/wechat-pay\.js"/);
    const { stdout } = await well(wrangler(shop, ['deploy', '--dry-run']));
    assert.match(stdout, /0 of them yours/);
    assert.match(stdout, /ALLOWED_ORIGINS \("https:\/\/www\.teahouse\.hk"\)/);
  });

  test('names the shop’s Worker and its database when it is told to', async () => {
    const { folder: shop } = await madeShop(place.root, 'named', archive, ['--name', 'tea-2']);
    assert.match(await readFile(join(shop, 'wrangler.toml'), 'utf8'), /^name = "tea-2"$[^]*^database_name = "tea-2-index"$/m);
  });

  test('tells it when git would take the secrets', async () => {
    const shop = await emptyShop(place.root, 'with-git', archive);
    await writeFile(join(shop, '.gitignore'), 'node_modules\n');
    assert.match((await well(kit(shop, ['init', '--yes']))).stdout, /✗ \.gitignore does not name \.dev\.vars\.\n {2}→ Add a line/);
  });

  test('has wrangler store the secrets when it is asked to', async () => {
    const shop = await emptyShop(place.root, 'stored', archive);
    // A wrangler that only says what it was told to do; it reads configurations as the real one.
    const fake = join(shop, 'node_modules', 'wrangler');
    const real = await realpath(fake);
    await rm(fake);
    await mkdir(join(fake, 'bin'), { recursive: true });
    await mkdir(join(fake, 'node_modules'));
    await writeFile(join(fake, 'package.json'), JSON.stringify({ name: 'wrangler', version: '4.164.0', exports: { '.': './index.mjs', './package.json': './package.json' } }));
    await writeFile(join(fake, 'index.mjs'), `export * from ${JSON.stringify(join(real, 'wrangler-dist', 'cli.js'))};`);
    await writeFile(join(fake, 'bin', 'wrangler.js'), "const { argv, cwd, exit } = require('node:process'); console.log('told', argv.slice(2).join(' '), cwd()); exit(argv.length === 5 ? 0 : 1);");
    await symlink(dirname(createRequire(join(real, 'package.json')).resolve('miniflare/package.json')), join(fake, 'node_modules', 'miniflare'));
    assert.match((await well(kit(shop, ['init', '--yes', '--store']))).stdout, new RegExp(`^told secret bulk \\.dev\\.vars ${shop}$`, 'm'));
  });

  test('says what to install where there is no wrangler', async () => {
    const shop = await emptyShop(place.root, 'without-wrangler', archive);
    await rm(join(shop, 'node_modules', 'wrangler'));
    const { code, stderr } = await kit(shop, ['init', '--yes']);
    assert.deepEqual([code, stderr], [2, '✗ wrangler is not installed in this folder.\n  → npm install --save-exact wrangler\n']);
  });
});

describe('the command', () => {
  test('each has its help, an unknown one and an unknown option are told, and no secret is an option', async () => {
    const { stdout } = await well(kit(folder, ['--help']));
    const names = [...stdout.matchAll(/^ {2}(\w+) +\S/gm)].map(([, name]) => name);
    assert.deepEqual(names, ['init', 'check', 'build', 'doctor', 'key', 'offer']);
    for (const name of names) assert.match((await well(kit(folder, [name, '--help']))).stdout, new RegExp(`npx wechatpay-edge ${name}`));
    for (const args of [[], ['chekc'], ['check', '--offlin'], ['init', 'a', 'b'], ['init', '--api-key', 'x'], ['offer', '--key', 'x']]) {
      assert.equal((await kit(folder, args)).code, 2, args.join(' '));
    }
  });

  test('says which Node it needs when Node is too old', async () => {
    const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.0' } });";
    const hook = join(place.root, 'old.cjs');
    await writeFile(hook, old);
    const { code, stderr } = await call(process.execPath, ['--require', hook, join(folder, 'node_modules', '.bin', 'wechatpay-edge'), 'check'], { cwd: folder });
    assert.equal(code, 2);
    assert.match(stderr, /^wechatpay-edge needs Node\.js 22\.12 or newer, as wrangler does\. This is Node\.js 20\.18\.0\.\n→ /);
    const { engines } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));
    assert.deepEqual(engines, { node: '>=22.12' });
  });
});

test('the shops made for copying are whole, and of the versions of this project', async () => {
  const project = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).devDependencies.wrangler;
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));
  for (const name of ['shop', 'shop-elsewhere']) {
    const { dependencies } = JSON.parse(await readFile(join(ROOT, 'examples', name, 'package.json'), 'utf8'));
    assert.deepEqual(dependencies, { 'wechatpay-edge': version, wrangler: project }, name);
    const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '.'], { cwd: join(ROOT, 'examples', name) }).toString().split('\0').filter(Boolean);
    const packed = await filesBelow(join(PACKAGE, 'examples', name));
    assert.deepEqual(packed.map((file) => (file === 'gitignore' ? '.gitignore' : file)).toSorted(), tracked.toSorted(), name);
  }
});
