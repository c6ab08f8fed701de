// wrangler.toml as wrangler itself reads it: what Cloudflare learns about this Worker.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'smol-toml';

import { ROOT, WORKER_BUILD, WRANGLER_TOML, WWW } from '../support/project.mjs';

const text = (path) => readFileSync(join(ROOT, path), 'utf8');
const warnings = [];
const config = await asWranglerReadsIt();

/** Reads the file by wrangler, which warns about each line that it does not know. */
async function asWranglerReadsIt() {
  const { warn } = console;
  console.warn = (...words) => warnings.push(words.join(' '));
  try {
    const { unstable_readConfig: read } = await import('wrangler');
    return JSON.parse(JSON.stringify(read({ config: WRANGLER_TOML })));
  } finally {
    console.warn = warn;
  }
}

test('wrangler understands every line', () => assert.deepEqual(warnings, []));

test('nothing is in it that the Worker of the tests does without', () => {
  // The sections that worker.mjs gives to Miniflare, and those that the tests here check.
  const handed = ['assets', 'compatibility_date', 'compatibility_flags', 'd1_databases', 'durable_objects', 'migrations'];
  const looked = ['build', 'main', 'name', 'observability', 'ratelimits', 'triggers', 'vars', 'workers_dev'];
  const sections = Object.keys(parse(readFileSync(WRANGLER_TOML, 'utf8')));
  assert.deepEqual(sections.filter((name) => ![...handed, ...looked].includes(name)), []);
});

test('what is deployed is what is built, with the site of the demo', () => {
  assert.equal(config.main, join(WORKER_BUILD, 'index.js'));
  assert.equal(join(ROOT, config.assets.directory), WWW);
  assert.equal(config.build.command, 'cargo xtask build worker widget office --quick');
});

test('lost alarms are looked for every ten minutes', () => assert.deepEqual(config.triggers.crons, ['*/10 * * * *']));

test('an order keeps its rows in SQLite from the first deployment on, and a migration that was made stays', () => {
  assert.deepEqual(config.durable_objects.bindings, [{ name: 'ORDERS', class_name: 'OrderObject' }]);
  assert.deepEqual(config.migrations, [{ tag: 'v1', new_sqlite_classes: ['OrderObject'] }]);
});

test('the index is made by the first deployment, without a number that somebody must look up', () => {
  assert.deepEqual(config.d1_databases, [{ binding: 'INDEX', database_name: 'wechatpay-edge-index' }]);
});

test('it runs on the platform of the day it was written for, and webhooks go in by the front door', () => {
  assert.ok(config.compatibility_date >= '2026-07-01', config.compatibility_date);
  assert.deepEqual(config.compatibility_flags, ['global_fetch_strictly_public']);
});

test('a shop is not served on workers.dev, where the firewall of its zone does not hold', () => assert.equal(config.workers_dev, false));

test('orders, looks and forgeries are limited from the first deployment on, each by a counter of its own', () => {
  const names = ['LIMIT_ORDERS_PER_ADDRESS', 'LIMIT_ORDERS', 'LIMIT_READS_PER_ADDRESS', 'LIMIT_FORGERIES', 'LIMIT_FAILED_KEYS'];
  assert.deepEqual(config.ratelimits.map(({ name }) => name), names);
  assert.equal(new Set(config.ratelimits.map(({ namespace_id: id }) => id)).size, names.length);
  for (const { name, simple } of config.ratelimits) assert.ok(simple.period === 60 && simple.limit >= 30, name);
});

test('what went wrong can be read afterwards', () => assert.equal(config.observability.enabled, true));

test('the Worker is asked first for each of its routes, for what the element fetches, and for no other file of the site', () => {
  const isOf = (rule) => new RegExp(`^${rule.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  const first = (path) => config.assets.run_worker_first.some((rule) => isOf(rule).test(path));
  const rows = text('crates/edge/README.md').matchAll(/\| `(?:GET|POST) (\/[^`?]*)` \|/g);
  const routes = [...rows].map(([, path]) => path.replaceAll(/\{.*?\}/g, 'any'));
  assert.ok(routes.length > 15, routes.join(' '));
  for (const route of [...routes, '/healthz', '/notify/wechat', '/notify/wechat/refund']) assert.ok(first(route), route);
  const files = readdirSync(WWW, { recursive: true }).map((file) => `/${file}`);
  const fetched = files.filter((file) => /^\/widget\/.*\.(wasm|json)$/.test(file));
  assert.ok(fetched.length > 16, fetched.join(' '));
  assert.deepEqual(['/', ...files].filter(first).toSorted(), fetched.toSorted());
});

test('a page that is added while the demo runs is served', () => assert.ok(config.build.watch_dir.includes(config.assets.directory)));

test('`wrangler dev` builds again when a source of the Worker or of the element changes', () => {
  const watched = config.build.watch_dir;
  const isWatched = (folder) => watched.some((each) => folder === each || folder.startsWith(`${each}/`));
  const parts = ['edge', 'widget'].flatMap((name) => {
    const dependencies = text(`crates/${name}/Cargo.toml`).split('[dependencies]')[1].split('\n[')[0];
    return [...dependencies.matchAll(/^(\w+) = \{ workspace = true/gm)].map(([, crate]) => crate);
  });
  const crates = new Set(parts.filter((name) => readdirSync(join(ROOT, 'crates')).includes(name)));
  assert.ok(crates.has('wire') && crates.has('qr'));
  const edge = readdirSync(join(ROOT, 'crates/edge'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'build');
  const folders = [...edge.map(({ name }) => `crates/edge/${name}`), ...[...crates, 'widget'].map((name) => `crates/${name}`)];
  assert.deepEqual(folders.filter((folder) => !isWatched(folder)), []);
  assert.ok(!isWatched('crates/edge/build'), 'what is built builds nothing');
});
