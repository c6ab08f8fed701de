// A shop's own folder, as a merchant makes it: from the packed npm package, in an empty folder, with nothing of this project
// but wrangler, which a merchant would have from npm.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../project.mjs';

/** The package, as `cargo xtask test` has put it among the npm tools. */
export const PACKAGE = join(ROOT, 'node_modules', 'wechatpay-edge');
const WRANGLER = join(ROOT, 'node_modules', 'wrangler');
/** What a merchant answers. */
export const ANSWERS = { appid: 'wxd678efh567hg6787', mchId: '1230000109', url: 'https://pay.teahouse.hk' };
export const API_KEY = 'f00df00d0badc0de9823456a9bcdef17';

/** Where each test has its folders. `end` removes them. */
export async function workshop() {
  const root = await mkdtemp(join(tmpdir(), 'wechatpay-kit-'));
  return { root, end: () => rm(root, { recursive: true, force: true }) };
}

/**
 * Packs the package by npm, and resolves to the path of the archive. With `version` it has another one, and with `worker` the
 * files of this folder for its bundle.
 */
export async function pack(root, { version, worker } = {}) {
  const made = join(root, `package-${version ?? 'as-it-is'}`);
  await cp(PACKAGE, made, { recursive: true });
  if (version) {
    const manifest = JSON.parse(await readFile(join(made, 'package.json'), 'utf8'));
    await writeFile(join(made, 'package.json'), JSON.stringify({ ...manifest, version }));
  }
  if (worker) await cp(worker, join(made, 'worker'), { recursive: true });
  const { stdout } = await well(call('npm', ['pack', made, '--pack-destination', root, '--json'], { cwd: root }));
  return join(root, JSON.parse(stdout)[0].filename);
}

/** An empty folder in which npm has installed this archive, without the net. */
export async function emptyShop(root, name, archive) {
  const folder = join(root, name);
  await mkdir(folder);
  await install(folder, archive);
  return folder;
}

export async function install(folder, archive) {
  await well(call('npm', ['install', '--offline', '--no-audit', '--no-fund', '--legacy-peer-deps', '--no-save', archive], { cwd: folder }));
  await link(join(folder, 'node_modules', 'wrangler'), WRANGLER);
  await link(join(folder, 'node_modules', '.bin', 'wrangler'), join('..', 'wrangler', 'bin', 'wrangler.js'));
}

/** npm removes what it has not installed. */
async function link(path, to) {
  await rm(path, { force: true });
  await symlink(to, path);
}

/** `npx wechatpay-edge …` in this folder. */
export const kit = (folder, args, options) => call(join(folder, 'node_modules', '.bin', 'wechatpay-edge'), args, { cwd: folder, ...options });

/** `npx wrangler …` in this folder. */
export const wrangler = (folder, args, options) => call(join(folder, 'node_modules', '.bin', 'wrangler'), args, { cwd: folder, ...options });

/** A shop in which `init` was told everything, with a catalogue of its own. */
export async function madeShop(root, name, archive, more = []) {
  const folder = await emptyShop(root, name, archive);
  const options = ['--yes', '--appid', ANSWERS.appid, '--mch-id', ANSWERS.mchId, '--public-url', ANSWERS.url, ...more];
  const init = await well(kit(folder, ['init', ...options], { env: { WECHAT_API_KEY: API_KEY } }));
  const catalog = join(folder, 'catalog.json');
  await writeFile(catalog, (await readFile(catalog, 'utf8')).replace('Example Tea House', 'Teahouse of the tests'));
  return { folder, init };
}

/** The paths of all files in a folder. */
export async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}

/** The environment of a machine on which this project is not. */
export function surroundings(more = {}) {
  const { WECHAT_API_KEY: _key, WECHAT_API_V3_KEY: _v3, WECHAT_MCH_PRIVATE_KEY: _private, OFFER_KEY: _offers, WECHATPAY_ADMIN_KEY: _admin, ...env } = process.env;
  return { ...env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', WRANGLER_LOG_PATH: join(tmpdir(), 'wechatpay-kit-logs'), ...more };
}

/** Runs a program to its end: `{ code, stdout, stderr }`. `input` is typed. */
export async function call(program, args, { cwd, env, input } = {}) {
  const running = spawn(program, args, { cwd, env: surroundings(env), stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) running[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
  if (input !== undefined) running.stdin.end(input);
  const [code] = await once(running, 'close');
  return { code, ...said };
}

/** The result of a call that must go well. */
export async function well(called) {
  const result = await called;
  if (result.code !== 0) throw new Error(`code ${result.code}\n${result.stdout}\n${result.stderr}`);
  return result;
}
