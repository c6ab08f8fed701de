// The file `_headers` of a shop: its own rules as they are, and ours for our own paths alone, which its own cannot spoil.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'smol-toml';

import { merged, rules } from '../../kit/src/headers.mjs';
import { isOurs, whyNot } from '../../kit/src/ours.mjs';
import { WRANGLER_TOML, WWW } from '../support/project.mjs';

const FIRST = parse(readFileSync(WRANGLER_TOML, 'utf8')).assets.run_worker_first;
const OURS = readFileSync(join(WWW, '_headers'), 'utf8');

test('without a file of the shop’s own only our paths have a rule', () => {
  const paths = rules(merged('', OURS)).map(({ path }) => path);
  assert.ok(paths.includes('/widget/wechat-pay*'), paths.join());
  assert.deepEqual(paths.filter((path) => !/^\/(widget\/wechat-pay|admin)/.test(path)), []);
});

test('the shop’s own file comes first, word for word', () => {
  const theirs = '# ours\n/*\n  X-Frame-Options: DENY\n';
  assert.ok(merged(theirs, OURS).startsWith(theirs));
});

test('what a rule of the shop has set for all pages is taken away from our files before ours is set', () => {
  const [rule] = rules(merged('/*\n  Access-Control-Allow-Origin: https://www.teahouse.hk\n', OURS)).filter(({ path }) => path === '/widget/wechat-pay*');
  const [away, set] = ['! Access-Control-Allow-Origin', 'Access-Control-Allow-Origin: *'].map((line) => rule.lines.indexOf(line));
  assert.ok(away >= 0 && set === away + 1, rule.lines.join('\n'));
});

test('a rule that Cloudflare would not read any more is told, and so is a header without a path', () => {
  const many = (count) => Array.from({ length: count }, (_, at) => `/${at}\n  X-A: b\n`).join('');
  const own = rules(merged('', OURS)).length;
  merged(many(100 - own), OURS);
  assert.throws(() => merged(many(101 - own), OURS), /too many rules: with ours there are 101/);
  assert.throws(() => merged('  X-A: b\n', OURS), /belongs to no path/);
});

test('of the project’s own files only the element, the back office and three more are published', () => {
  const ours = ['widget/wechat-pay.js', 'widget/wechat-pay_bg.wasm', 'widget/wechat-pay.en.json', 'admin/index.html', 'admin/a/b.js', 'checkout.css', 'openapi.json', 'catalog.schema.json'];
  const others = ['index.html', 'shop.js', 'shop/cart.js', 'catalog.json', 'img/favicon.svg', 'widget/index.html', 'widget/gallery.js', 'widget/wechat-pay.js.map', '_headers'];
  assert.deepEqual([...ours, ...others].filter(isOurs), ours);
});

test('secrets, links, our names and the Worker’s paths are refused in a site, and pages are not', () => {
  const refused = ['.env', '.env.local', 'a/.dev.vars', '.git/config', 'wrangler.toml', 'apiclient_cert.p12', 'a/apiclient_key.PEM', '.npmrc', 'admin/x', 'api/x', 'notify/x', 'checkout.html', 'healthz', 'widget/prices.json'];
  for (const path of refused) assert.equal(typeof whyNot({ path, isLink: false }, FIRST), 'string', path);
  for (const path of ['index.html', 'news/api/index.html', 'checkout-help.html', 'administration.html', '.well-known/security.txt', 'keys.html', 'widget/index.html', '_redirects']) {
    assert.equal(whyNot({ path, isLink: false }, FIRST), undefined, path);
  }
  for (const rule of FIRST) assert.equal(typeof whyNot({ path: rule.slice(1).replace('*', 'x'), isLink: false }, FIRST), 'string', rule);
  assert.equal(whyNot({ path: 'api/x', isLink: false }, true), undefined, 'with every request at the Worker first it is the Worker who serves the files');
  assert.match(whyNot({ path: 'index.html', isLink: true }, FIRST), /is a link/);
});
