// A shop's own folder before a deployment: what `build` publishes and refuses, what `check` finds, and that a deployment
// goes through when all is well and stops when it is not.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { parse } from 'smol-toml';

import { assemble } from '../../kit/src/assemble.mjs';
import { WRANGLER_TOML } from '../support/project.mjs';
import { API_KEY, PACKAGE, filesBelow, kit, madeShop, pack, well, workshop, wrangler } from '../support/kit/shop-folder.mjs';

let place, folder;
before(async () => {
  place = await workshop();
  ({ folder } = await madeShop(place.root, 'made', await pack(place.root)));
});
after(() => place?.end());

const text = (path) => readFile(join(folder, path), 'utf8');
const published = () => filesBelow(join(folder, '.wechatpay', 'public'));

/** What `build` does with the folder of the pages, in this process. */
const assembled = (site) => assemble({ folder, site: typeof site === 'string' ? site : undefined, ours: join(PACKAGE, 'public'), to: join(folder, '.wechatpay', 'public'), first: parse(readFileSync(WRANGLER_TOML, 'utf8')).assets.run_worker_first });

/** Does something to the shop's folder, and undoes it. */
async function withFile(path, contents, play) {
  const file = join(folder, path);
  const before = await readFile(file).catch(() => undefined);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, contents);
  try {
    return await play();
  } finally {
    await (before ? writeFile(file, before) : rm(file));
  }
}

describe('a deployment', () => {
  test('goes through, with the bindings of the project, after the folder was checked', async () => {
    const { stdout } = await well(wrangler(folder, ['deploy', '--dry-run']));
    for (const binding of ['ORDERS', 'INDEX', 'ASSETS', 'LIMIT_ORDERS', 'LIMIT_FORGERIES', 'LIMIT_FAILED_KEYS']) assert.match(stdout, new RegExp(`env\\.${binding} \\(`.replace('ASSETS \\(', 'ASSETS')), binding);
    assert.match(stdout, /\d+ files to publish, 1 of them yours/);
  });

  test('publishes the shop’s pages, the element and our own pages, and nothing of the demo shop, the gallery, or the shop’s secrets', async () => {
    await well(kit(folder, ['build']));
    const files = await published();
    for (const name of ['index.html', 'catalog.json', 'widget/wechat-pay.js', 'widget/wechat-pay_bg.wasm', 'widget/wechat-pay.zh-HK.json', 'checkout.css', 'openapi.json', 'catalog.schema.json', '_headers']) assert.ok(files.includes(name), name);
    assert.deepEqual(files.filter((name) => !/^(widget\/wechat-pay[^/]*|admin\/.*|checkout\.css|openapi\.json|catalog\.schema\.json|_headers|index\.html|catalog\.json)$/.test(name)), []);
    assert.equal(await readFile(join(folder, '.wechatpay/public/index.html'), 'utf8'), await text('site/index.html'));
    for (const name of files) assert.ok(!(await readFile(join(folder, '.wechatpay/public', name), 'latin1')).includes(API_KEY), name);
  });

  test('stops at a mistake in the catalogue or the settings, and names it', async () => {
    const catalog = JSON.parse(await text('catalog.json'));
    const wrong = {
      'a price of 99.5': ['catalog.json', JSON.stringify({ ...catalog, items: [{ ...catalog.items[0], amount_minor: 99.5 }] }), /✗ catalogue/],
      'a catalogue that is no JSON': ['catalog.json', '{', /✗ catalogue/],
      'the example': ['catalog.json', JSON.stringify({ ...catalog, shop: 'Example Tea House' }), /✗ catalogue/],
      'a setting': ['wrangler.toml', (await text('wrangler.toml')).replace('ORDER_EXPIRES_MINUTES = "30"', 'ORDER_EXPIRES_MINUTES = "3"'), /✗ settings .*ORDER_EXPIRES_MINUTES/],
      'a secret in the file': ['wrangler.toml', (await text('wrangler.toml')).replace('[vars]', '[vars]\nADMIN_TOKEN = "f2b1c9d07a8e4f35b6c7d8e9f0a1b2c3"'), /✗ vars .*ADMIN_TOKEN/],
    };
    for (const [what, [path, contents, told]] of Object.entries(wrong)) {
      const { code, stderr } = await withFile(path, contents, () => kit(folder, ['build']));
      assert.equal(code, 1, what);
      assert.match(stderr, told, what);
    }
    const { code, stdout } = await withFile('catalog.json', '{', () => wrangler(folder, ['deploy', '--dry-run']));
    assert.notEqual(code, 0);
    assert.doesNotMatch(stdout, /Total Upload/);
  });

  test('`wrangler dev` names the mistake and goes on, and does not say it again for each page', async () => {
    const asDev = () => kit(folder, ['build'], { env: { WRANGLER_COMMAND: 'dev' } });
    await withFile('catalog.json', '{', async () => {
      const first = await well(asDev());
      assert.match(first.stderr, /✗ catalogue[^]*A deployment would stop here/);
      assert.equal((await well(asDev())).stderr, '');
    });
  });

  test('takes what is no page out of the site, or says why it must not be published', async () => {
    const wrong = {
      'site/.env': /may hold a secret/,
      'site/keys/apiclient_key.pem': /may hold a secret/,
      'site/node_modules/a/index.js': /may hold a secret/,
      'site/widget/wechat-pay.js': /take the place/,
      'site/admin/index.html': /take the place/,
      'site/api/prices.json': /never be seen/,
      'site/checkout/index.html': /never be seen/,
      'site/catalog.json': /two catalogues/,
    };
    for (const [path, told] of Object.entries(wrong)) {
      await assert.rejects(withFile(path, 'x', () => assembled()), ({ message, mend }) => told.test(message) && mend !== undefined, path);
    }
    await symlink(join(folder, '.dev.vars'), join(folder, 'site', 'linked.html'));
    await assert.rejects(assembled(), /linked\.html is a link/);
    await rm(join(folder, 'site', 'linked.html'));
    for (const site of ['.', '..', folder]) await assert.rejects(assembled(site), /holds the whole shop, with its secrets/);
    const { code, stderr } = await kit(folder, ['build', '--site', '_site']);
    assert.deepEqual([code, stderr.startsWith('✗ There is no folder _site.\n  → ')], [2, true]);
  });

  test('a page that is gone is gone, and one that is a folder now is served as one', async () => {
    const of = (path) => readFile(join(folder, '.wechatpay/public', path), 'utf8');
    await withFile('site/a/b.html', 'b', assembled);
    await rm(join(folder, 'site', 'a'), { recursive: true });
    await withFile('site/a', 'a', assembled);
    assert.equal(await of('a'), 'a');
    await withFile('site/a/b.html', 'b', assembled);
    assert.equal(await of('a/b.html'), 'b');
    await rm(join(folder, 'site', 'a'), { recursive: true });
    await assembled();
    assert.ok(!(await published()).some((name) => name.startsWith('a/')));
  });

  test('a site generator’s folder is published in place of site/', async () => {
    await withFile('_site/hello/index.html', 'hello', async () => {
      await well(kit(folder, ['build', '--site', '_site']));
      const files = await published();
      assert.ok(files.includes('hello/index.html') && !files.includes('index.html'), files.join());
      const config = (await text('wrangler.toml')).replace('build"\nwatch', 'build --site _site"\nwatch');
      await withFile('wrangler.toml', config, async () => {
        await kit(folder, ['check', '--offline']);
        assert.ok((await published()).includes('hello/index.html'), '`check` publishes as the deployment would');
      });
    });
    await well(kit(folder, ['build']));
  });

  test('only `.wechatpay/public` is ever made or cleared', async () => {
    const config = (await text('wrangler.toml')).replace('directory = ".wechatpay/public"', 'directory = "site"');
    await withFile('wrangler.toml', config, async () => {
      const { code, stderr } = await kit(folder, ['build']);
      assert.deepEqual([code, /Set directory = "\.wechatpay\/public"/.test(stderr)], [2, true]);
    });
    assert.ok((await text('site/index.html')).length > 0);
  });
});

describe('check', () => {
  test('finds nothing wrong but the certificate, which nobody has uploaded', async () => {
    const { code, stdout } = await kit(folder, ['check', '--offline']);
    assert.deepEqual([...stdout.matchAll(/^✗ (\w+)/gm)].map(([, name]) => name), ['certificate']);
    assert.equal(code, 1);
    await appendFile(join(folder, 'wrangler.toml'), '\n[[mtls_certificates]]\nbinding = "WECHAT_CERT"\ncertificate_id = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"\n');
    assert.match((await well(kit(folder, ['check', '--offline']))).stdout, /Nothing stands against deploying/);
  });

  test('reads .dev.vars, and the environment before it', async () => {
    await withFile('.dev.vars', (await text('.dev.vars')).replace(/ORDER_SECRET=.*/, 'ORDER_SECRET=short'), async () => {
      assert.match((await kit(folder, ['check', '--offline'])).stdout, /✗ settings .*ORDER_SECRET/);
      const env = { ORDER_SECRET: '56e81bdd3b4fa134eaa1275dc49e443b84525d4e4673128dfac5c22f7c09ebcb' };
      assert.doesNotMatch((await kit(folder, ['check', '--offline'], { env })).stdout, /✗ settings/);
    });
  });

  test('is the way to read one of wrangler’s environments', async () => {
    await appendFile(join(folder, 'wrangler.toml'), '\n[env.staging.vars]\nORDER_EXPIRES_MINUTES = "3"\n');
    assert.match((await kit(folder, ['check', '--offline', '--env', 'staging'])).stdout, /✗ settings .*ORDER_EXPIRES_MINUTES/);
    assert.doesNotMatch((await kit(folder, ['check', '--offline'])).stdout, /✗ settings/);
  });

  test('outside a shop’s folder it says where to go', async () => {
    const { code, stderr } = await kit(folder, ['check'], { cwd: place.root });
    assert.deepEqual([code, /is no shop: it has no wrangler\.toml\.\n  → /.test(stderr)], [2, true]);
  });
});
