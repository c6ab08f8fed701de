// `npx wechatpay-edge build`, the [build] command of a shop's wrangler.toml: puts together what is published, and looks whether
// the Worker can sell with it. So nothing is deployed that was not looked at.

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { assemble } from './assemble.mjs';
import { check } from './check/checks.mjs';
import { lines, wrong } from './check/in-words.mjs';
import { CODES } from './codes.mjs';
import { Mistake } from './mistake.mjs';
import { PARTS, version } from './parts.mjs';
import { CALLER } from './publish.mjs';
import { readShop } from './shop.mjs';

export const options = { site: { type: 'string' }, config: { type: 'string' }, env: { type: 'string' } };

export const help = `Puts together what is published, in .wechatpay/public: your pages, your catalogue, the element and the back office.
wrangler calls it by itself, as the [build] command of wrangler.toml.

npx wechatpay-edge build [OPTIONS]

  --site FOLDER    where your pages are, if not in site/: what your site generator writes
  --config FILE    another configuration than wrangler.toml
  --env NAME       one of wrangler's environments

It also checks settings and catalogue, as \`check --offline\` does. A deployment stops at a mistake.`;

/** With one of these wrong, nobody can buy, or money goes astray. The others are told, and do not stop a deployment. */
const STOPS = ['settings', 'examples', 'catalogue', 'vars', 'orders', 'assets', 'flags', 'platform'];

export async function run({ site, config, env }) {
  const shop = await readShop({ config, env });
  if (!shop.isAssembled) throw new Mistake('The files of this Worker are not put together by `build`.', 'Set directory = ".wechatpay/public" in the section [assets] of wrangler.toml.');
  const { files, pages } = await assemble({ folder: shop.folder, site, ours: PARTS.published, to: shop.published, first: shop.config.assets?.run_worker_first });
  console.log(`${files} files to publish, ${pages} of them yours.`);
  const caller = process.env.WRANGLER_COMMAND;
  if (caller === CALLER) return CODES.well;
  const isDev = caller === 'dev';
  const stamp = join(dirname(shop.published), 'checked');
  const looked = await fingerprint(shop);
  if (isDev && (await read(stamp)) === looked) return CODES.well;
  const checks = await check({ parts: PARTS, miniflare: await shop.tools.miniflare(), config: shop.config, published: shop.published, secrets: shop.secrets, offline: true });
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  const [stopping, others] = [failed.filter(({ name }) => STOPS.includes(name)), failed.filter(({ name }) => !STOPS.includes(name))];
  if (failed.length > 0) console.error(lines([...stopping, ...others]).join('\n'));
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, looked);
  if (wrong(stopping) === 0) return CODES.well;
  if (isDev) {
    console.error('`wrangler dev` goes on. A deployment would stop here.');
    return CODES.well;
  }
  console.error('Nothing is deployed until these are mended: npx wechatpay-edge check');
  return CODES.mend;
}

/** Tells apart what the checks look at, so that `wrangler dev` does not repeat them for each page that is saved. */
async function fingerprint({ path, published, secrets, config }) {
  const hash = createHash('sha256');
  for (const part of [version(), await read(path), await read(join(published, 'catalog.json')), JSON.stringify(config.vars ?? {}), JSON.stringify(secrets)]) {
    hash.update(`${part.length}:${part}`);
  }
  return hash.digest('hex');
}

const read = async (path) => readFile(path, 'utf8').catch(() => '');
