// The Worker that would be deployed, in workerd on this machine, with its variables: it says itself what it thinks of them,
// by its own readiness. So nothing is judged here by other rules than there.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { Mistake } from '../mistake.mjs';
import { failed, notChecked } from './outcome.mjs';

/**
 * The checks that the Worker in this folder makes. `miniflare` is the module. `published` is the folder of the site's files.
 * `bindings` are its variables and secrets. `certificate`: `{ cert, key }`, or nothing. `outside` answers the requests that it
 * makes (Miniflare's `outboundService`); without it they go out.
 */
export async function askLocalWorker({ miniflare: { Log, LogLevel, Miniflare, convertV4MiniflareOptions: inNewForm = (options) => options }, folder, config, published, bindings, certificate, outside, sendsEvent = false }) {
  const file = async (type, name) => ({ type, path: join(folder, name), contents: await readFile(join(folder, name)) });
  const log = [];
  // Miniflare 5 takes its options in another form, and translates those of Miniflare 4.
  const options = {
    modulesRoot: folder,
    modules: [await file('ESModule', 'index.js'), await file('CompiledWasm', 'index_bg.wasm')],
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    durableObjects: { ORDERS: { className: 'OrderObject', useSQLite: true } },
    assets: { directory: published, binding: 'ASSETS', routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true } },
    bindings,
    r2Buckets: (config.r2_buckets ?? []).map(({ binding }) => binding),
    ...(certificate && { serviceBindings: { WECHAT_CERT: (request) => withCertificate(request, certificate) } }),
    ...(outside && { outboundService: outside }),
    cf: false,
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: ({ message }) => void log.push(message),
  };
  const miniflare = new Miniflare(inNewForm(options));
  try {
    await started(miniflare);
    const origin = /^https:\/\/[^/]+$/.test(bindings.NOTIFY_BASE_URL ?? '') ? bindings.NOTIFY_BASE_URL : 'https://pay.invalid';
    const headers = { authorization: `Bearer ${bindings.ADMIN_TOKEN}` };
    const answer = await miniflare.dispatchFetch(`${origin}/admin/api/readiness`, { method: sendsEvent ? 'POST' : 'GET', headers });
    if (answer.status === 200) return (await answer.json()).checks.map(ofTheBucket(config));
    await miniflare.dispatchFetch(`${origin}/healthz`).then((each) => each.text());
    // A line of the log comes a moment after the answer.
    for (let waits = 0; waits < 40 && !mistakesIn(log); waits += 1) await setTimeout(50);
    return [failed('settings', mistakesIn(log) ?? `The Worker answers HTTP ${answer.status}.`, 'Correct it in wrangler.toml, a secret with `npx wrangler secret put`.')];
  } finally {
    await miniflare.dispose();
  }
}

async function started(miniflare) {
  try {
    await miniflare.ready;
  } catch (error) {
    throw new Mistake(`The Worker cannot be started on this machine: ${error.message}`, 'Run `npm install` again, with its optional packages: workerd is one of them.');
  }
}

/** The bucket of this machine is empty. That of the shop is at Cloudflare, where only the deployed Worker sees it. */
const ofTheBucket = ({ r2_buckets: buckets = [] }) => (check) =>
  check.name === 'files' && buckets.some(({ binding }) => binding === 'FILES')
    ? notChecked('files', 'The bucket is at Cloudflare and cannot be seen from here.', 'Ask GET /admin/api/readiness after the deployment.')
    : check;

/** What the log says of a configuration whose own token cannot be read. */
const mistakesIn = (log) => log.map((line) => /the Worker is (?:misconfigured|not ready): (.*)/.exec(line)?.[1]).find(Boolean);

let privateKey;

/** A random text that may be the secret of this name, or any other, in this run. */
export function placeholder(name) {
  if (name !== 'WECHAT_MCH_PRIVATE_KEY') return randomBytes(16).toString('hex');
  privateKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  return privateKey;
}

/** Sends a request with the client certificate, as the platform's binding does. */
async function withCertificate(request, { cert, key }) {
  const body = Buffer.from(await request.arrayBuffer());
  return new Promise((answered, broken) => {
    const headers = { 'content-type': request.headers.get('content-type') ?? 'text/xml', 'content-length': body.length };
    const sent = httpsRequest(request.url, { method: request.method, headers, cert, key, timeout: 15_000 }, async (answer) => {
      const text = Buffer.concat(await Array.fromAsync(answer));
      answered(new Response(text, { status: answer.statusCode }));
    });
    sent.once('timeout', () => sent.destroy(new Error('no answer')));
    sent.once('error', broken);
    sent.end(body);
  });
}
