// The built Worker in workerd, by Miniflare. Routes, bindings and compatibility come from
// wrangler.toml, the secrets and the gateway from the test.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

import { Log, LogLevel, Miniflare } from 'miniflare';
import { parse } from 'smol-toml';

import { freePort } from '../free-port.mjs';
import { ROOT, WORKER_BUILD, WRANGLER_TOML } from '../project.mjs';
import { withCertificate } from '../shop/back-office.mjs';
import { assertNoLeak, watched, watchLog } from './leaks.mjs';

/** Of a Worker whose log nobody reads, the last so many errors. */
const ERRORS_KEPT = 50;

/**
 * Starts the Worker in front of `gateway` (see gateway.mjs, simulator.mjs). `vars` overrides its configuration. `storage` is
 * a folder that outlives it. `port` is a fixed port. `site` is the folder of the static files. `platform` overrides what the
 * platform gives it (Miniflare's options). With `split` the routes and the orders' objects run as two Workers, each from its
 * own bundle: `{ edge, objects }` (see two-versions.mjs). `bare`: nobody reads its log or watches for secrets, which would take
 * longer than the Worker itself; then `events` and `uses` are empty, and `log` has the last errors. `echoes`: the test puts secrets into everything itself, so that they
 * come back; nothing watches for them. The result has the lines of the `log`, the `events` of orders in
 * it and the `uses` of the merchant's routes; only those that are warnings are in the log, too. `stop` fails if something secret came out (see leaks.mjs).
 */
export async function startWorker(options) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(options);
    } catch (error) {
      // Another program took the port that was free a moment ago.
      if (options.port !== undefined || tries === 3) throw error;
    }
  }
}

async function start({ gateway, vars = {}, storage, port, site, platform = {}, split, echoes = false, bare = false }) {
  const own = port ?? (await freePort());
  const url = `http://127.0.0.1:${own}`;
  const bindings = { ...configuration(gateway, url), ...vars };
  const log = [];
  const events = [];
  const uses = [];
  const leaks = watchLog(bindings);
  const isWatched = !echoes && !bare;
  const seen = isWatched ? watch : (each) => each;
  const given = withTls(platform, gateway);
  const one = seen({ ...(await fromWrangler(site)), ...(split ?? { edge: await built() }).edge, bindings, ...given });
  const miniflare = new Miniflare({
    ...(split ? { workers: inTwo(one, seen(split.objects)) } : one),
    host: '127.0.0.1',
    port: own,
    cf: false,
    defaultPersistRoot: storage,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ level, message }) => {
      if (bare) {
        // What nobody expects is told all the same.
        if (level === 'error' && log.push(`${level} ${message}`) > ERRORS_KEPT) log.shift();
        return;
      }
      const event = eventIn(message);
      const use = event ? undefined : useIn(message);
      if (event) events.push({ level, ...event });
      if (use) uses.push(use);
      // What a person must look at is a warning, like other lines. The rest of the events are many.
      if ((!event && !use) || level === 'warn') log.push(`${level} ${message}`);
      if (isWatched) leaks.look(message);
    },
  });
  try {
    await miniflare.ready;
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
  const end = async () => {
    try {
      if (isWatched) await assertNoLeak(miniflare, leaks);
    } finally {
      await miniflare.dispose();
    }
  };
  let ended;
  const stop = () => (ended ??= end());
  return { url, port: own, bindings, log, events, uses, miniflare, stop };
}

/** The use of the merchant's routes that this line of the log tells, if it tells one. */
function useIn(message) {
  return message.startsWith('{"audit":') ? JSON.parse(message) : undefined;
}

/** A gateway with TLS gets the merchant's certificate by TLS, as Cloudflare's mTLS binding shows it to WeChat Pay. */
function withTls(platform, { tls }) {
  const { serviceBindings } = platform;
  if (!tls || serviceBindings?.WECHAT_CERT !== withCertificate) return platform;
  const tlsOptions = {
    keypair: { privateKey: tls.key, certificateChain: tls.certificate },
    trustedCertificates: [tls.authority],
    trustBrowserCas: false,
  };
  // Miniflare takes the first form that fits and forgets the rest: without a wrong `http` it would forget `https`.
  const external = { address: tls.address, http: null, https: { options: {}, tlsOptions, certificateHost: 'localhost' } };
  return { ...platform, serviceBindings: { ...serviceBindings, WECHAT_CERT: { external } } };
}

/** The event of an order that this line of the log tells, if it tells one. */
function eventIn(message) {
  if (!message.startsWith('{"order":')) return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

/** The same Worker, watched: what must stay secret and comes out fails the test. */
function watch(one) {
  return { ...one, modules: watched(one.modules) };
}

/** Two Workers: the first has the routes and calls the orders' objects in the second. */
function inTwo(one, objects) {
  const { assets: _assets, ...other } = one;
  const elsewhere = Object.entries(one.durableObjects).map(([name, object]) => [name, { ...object, scriptName: 'objects' }]);
  return [
    { ...one, name: 'edge', durableObjects: Object.fromEntries(elsewhere) },
    { ...other, ...objects, name: 'objects' },
  ];
}

function configuration(gateway, url) {
  const { merchant } = gateway;
  return {
    WECHAT_API_KEY: merchant.key,
    WECHAT_APPID: merchant.appid,
    WECHAT_MCH_ID: merchant.mchId,
    WECHAT_SIGN_TYPE: merchant.signType,
    WECHAT_GATEWAY: gateway.url,
    DEMO_PHONE_URL: gateway.phoneUrl,
    NOTIFY_BASE_URL: url,
    ORDER_SECRET: randomBytes(32).toString('base64url'),
  };
}

async function fromWrangler(site) {
  const config = parse(await readFile(WRANGLER_TOML, 'utf8'));
  const runWorkerFirst = config.assets.run_worker_first;
  const sqlite = new Set(config.migrations.flatMap((migration) => migration.new_sqlite_classes ?? []));
  return {
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    durableObjects: Object.fromEntries(
      config.durable_objects.bindings.map(({ name, class_name: className }) => [
        name,
        { className, useSQLite: sqlite.has(className) },
      ]),
    ),
    d1Databases: Object.fromEntries(
      (config.d1_databases ?? []).map(({ binding, database_name: name }) => [binding, name]),
    ),
    assets: {
      directory: site ?? join(ROOT, config.assets.directory),
      binding: config.assets.binding,
      routerConfig: {
        has_user_worker: true,
        ...(Array.isArray(runWorkerFirst)
          ? { static_routing: { user_worker: runWorkerFirst } }
          : { invoke_user_worker_ahead_of_assets: runWorkerFirst === true }),
      },
      assetConfig: {
        ...(config.assets.html_handling && { html_handling: config.assets.html_handling }),
        ...(config.assets.not_found_handling && { not_found_handling: config.assets.not_found_handling }),
      },
    },
  };
}

/** The bundle that `cargo xtask build` made. */
async function built() {
  return {
    modulesRoot: WORKER_BUILD,
    modules: [await module('ESModule', 'index.js'), await module('CompiledWasm', 'index_bg.wasm')],
  };
}

async function module(type, name) {
  const path = join(WORKER_BUILD, name);
  try {
    return { type, path, contents: await readFile(path) };
  } catch (error) {
    throw new Error(`${path} is missing: build it with \`cargo xtask build\``, { cause: error });
  }
}
