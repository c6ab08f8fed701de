// `npx wechatpay-edge init`: makes a shop's folder. It asks for what no option says, has each value judged by the Worker
// itself, writes the files that are missing, and changes nothing of what is there.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { isDeepStrictEqual, parseEnv } from 'node:util';

import { CODES } from './codes.mjs';
import { filesBelow } from './files.mjs';
import { judge } from './init/judge.mjs';
import { withScripts } from './init/package.mjs';
import { newOrderSecret, newWebhookSecret, withSecrets } from './init/secrets.mjs';
import { withSettings } from './init/settings.mjs';
import { hashOf, lineOf, newKey, ROLES } from './key.mjs';
import { Mistake } from './mistake.mjs';
import { PARTS, version } from './parts.mjs';
import { Prompt } from './prompt.mjs';
import { toolsOf } from './tools.mjs';

export const options = {
  appid: { type: 'string' },
  'mch-id': { type: 'string' },
  'sign-type': { type: 'string' },
  'public-url': { type: 'string' },
  'time-zone': { type: 'string' },
  'webhook-url': { type: 'string' },
  elsewhere: { type: 'string' },
  name: { type: 'string' },
  yes: { type: 'boolean', default: false },
  store: { type: 'boolean', default: false },
};
export const positionals = 1;

export const help = `Makes a shop's folder: settings, catalogue, pages and secrets. It changes no file that is there; package.json gets the
scripts that it lacks, and .dev.vars the secrets that it lacks.

npx wechatpay-edge init [FOLDER] [OPTIONS]

  --appid ID            the app ID that WeChat Pay gave you
  --mch-id NUMBER       your merchant number
  --sign-type TYPE      HMAC-SHA256, or MD5 for a merchant account that still demands it
  --public-url URL      where the Worker will be, as in https://pay.example.com
  --time-zone ZONE      where your days begin, as in Asia/Hong_Kong
  --webhook-url URL     the address of a system of yours that is told of payments
  --elsewhere ORIGIN    the site is on another host, as in https://shop.example.com: no pages are made here
  --name NAME           the name of the Worker and of its database; unless set: wechatpay-edge
  --yes                 ask nothing; what no option says stays as in the example, and \`check\` names it
  --store               afterwards store the secrets at Cloudflare: npx wrangler secret bulk .dev.vars

The API key is asked for and not shown. A script sets it in the environment: WECHAT_API_KEY.`;

/** What is asked: the option, the variable, the words, and the example in brackets if an empty answer means it. */
const QUESTIONS = [
  { option: 'appid', variable: 'WECHAT_APPID', words: 'App ID', later: true },
  { option: 'mch-id', variable: 'WECHAT_MCH_ID', words: 'Merchant number', later: true },
  { option: 'sign-type', variable: 'WECHAT_SIGN_TYPE', words: 'Sign type', unless: 'HMAC-SHA256' },
  { option: 'public-url', variable: 'NOTIFY_BASE_URL', words: 'Public address of the Worker, as in https://pay.example.com', later: true },
  { option: 'time-zone', variable: 'SHOP_TIME_ZONE', words: 'Time zone', unless: 'Asia/Hong_Kong' },
  { option: 'webhook-url', variable: 'WEBHOOK_URL', words: 'Address of your system that is told of payments (empty: none)' },
];
const API_KEY = 'WECHAT_API_KEY';
const SECRETS = '.dev.vars';
/** npm puts no file of this name into a package. */
const IGNORE = { packed: 'gitignore', name: '.gitignore' };
const OWNER_ALONE = 0o600;
/** The address of the example pages, which becomes the Worker's own. */
const EXAMPLE_URL = 'https://pay.example.com';

export async function run(values, [named = '.']) {
  const folder = resolve(named);
  if (values.name !== undefined && !/^[a-z0-9][a-z0-9-]{0,50}$/.test(values.name)) throw new Mistake(`“${values.name}” cannot be the name of a Worker.`, 'Use small letters, digits and -, 51 at most.');
  await mkdir(folder, { recursive: true });
  const tools = toolsOf(folder);
  const example = join(PARTS.examples, values.elsewhere === undefined ? 'shop' : 'shop-elsewhere');
  const config = await tools.readConfig({ config: join(example, 'wrangler.toml') });
  const judged = judge({ parts: PARTS, miniflare: await tools.miniflare(), config, site: example });
  const prompt = values.yes ? undefined : new Prompt();
  try {
    const settings = existsSync(join(folder, 'wrangler.toml')) ? undefined : await settingsOf(values, prompt, judged);
    const secrets = await secretsOf(folder, prompt, judged, settings);
    await makeFiles(folder, example, settings, values.name);
    await makePackage(folder, tools.version);
    await makeSecrets(folder, secrets.lines);
    if (secrets.key) showKey(secrets.key, settings?.NOTIFY_BASE_URL);
  } finally {
    prompt?.close();
  }
  if (values.store) return await store(folder, tools.program);
  console.log(next(relative(process.cwd(), folder)));
  return CODES.well;
}

/** The variables, by their names. */
async function settingsOf(values, prompt, judged) {
  const settings = {};
  if (values.elsewhere !== undefined) await given(settings, 'ALLOWED_ORIGINS', '--elsewhere', values.elsewhere, judged);
  for (const { option, variable, words, unless, later } of QUESTIONS) {
    if (values[option] !== undefined) await given(settings, variable, `--${option}`, values[option], judged);
    else if (prompt) settings[variable] = await answered(prompt, `${words}${hint(unless, later)}`, unless, (value) => judged({ ...settings, ...madeUp(variable), [variable]: value }, variable));
  }
  // An address is put together with paths.
  settings.NOTIFY_BASE_URL = settings.NOTIFY_BASE_URL?.replace(/\/$/, '');
  return settings;
}

const hint = (unless, later) => (unless ? ` [${unless}]` : later ? ' (empty: later)' : '');

/** A webhook's address and its secret are judged together; the secret is made later. */
const madeUp = (variable) => (variable === 'WEBHOOK_URL' ? { WEBHOOK_SECRET: newWebhookSecret() } : {});

async function given(settings, variable, option, value, judged) {
  const [wrong] = value === '' ? [] : await judged({ ...settings, ...madeUp(variable), [variable]: value }, variable);
  if (wrong) throw new Mistake(`${option}: ${wrong}`, 'Correct it. Nothing was written.');
  settings[variable] = value;
}

/** Asks until the Worker has nothing against the answer. */
async function answered(prompt, words, unless, wrongWith) {
  for (;;) {
    const value = (await prompt.ask(words)) || unless || '';
    const [wrong] = value === '' || value === unless ? [] : await wrongWith(value);
    if (!wrong) return value;
    console.log(`✗ ${wrong}`);
  }
}

/** The lines that `.dev.vars` lacks, and the key of the back office if one was made. */
async function secretsOf(folder, prompt, judged, settings) {
  const there = parseEnv(await readFile(join(folder, SECRETS), 'utf8').catch(() => ''));
  const lines = {};
  if (!there[API_KEY]) {
    const value = process.env[API_KEY] || (await apiKey(prompt, judged));
    if (process.env[API_KEY]) await given({}, API_KEY, `The environment variable ${API_KEY}`, value, judged);
    if (value) lines[API_KEY] = value;
  }
  if (!there.ORDER_SECRET) lines.ORDER_SECRET = newOrderSecret();
  if (settings?.WEBHOOK_URL && !there.WEBHOOK_SECRET) lines.WEBHOOK_SECRET = newWebhookSecret();
  if (there.ADMIN_KEYS || there.ADMIN_TOKEN) return { lines };
  const key = newKey();
  lines.ADMIN_KEYS = lineOf('owner', ROLES, hashOf(key));
  return { lines, key };
}

async function apiKey(prompt, judged) {
  for (;;) {
    const value = prompt ? await prompt.askHidden('API key of the merchant platform (not shown; empty: later)') : '';
    const [wrong] = value === '' ? [] : await judged({ [API_KEY]: value }, API_KEY);
    if (!wrong) return value;
    console.log(`✗ ${wrong}`);
  }
}

/** The files of the example, with the settings in them. Says of each whether it was written or was there. */
async function makeFiles(folder, example, settings, name) {
  for (const { path } of await filesBelow(example)) {
    if (path === 'package.json' || path === SECRETS || /^(node_modules|\.wechatpay|\.wrangler)\//.test(path)) continue;
    const to = path === IGNORE.packed ? IGNORE.name : path;
    const file = join(folder, to);
    if (existsSync(file)) {
      console.log(`  kept     ${to}`);
      continue;
    }
    const text = await readFile(join(example, path), 'utf8');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, made(path, text, settings, name), { flag: 'wx' });
    console.log(`  written  ${to}`);
  }
  const ignored = await readFile(join(folder, IGNORE.name), 'utf8');
  if (!/^\.dev\.vars(\*|$)/m.test(ignored)) console.log(`✗ ${IGNORE.name} does not name ${SECRETS}.\n  → Add a line ${SECRETS}* to it: the file has your secrets.`);
}

function made(path, text, settings, name) {
  if (path === 'wrangler.toml') return withSettings(text, settings, name);
  if (path.endsWith('.html') && settings?.NOTIFY_BASE_URL) return text.replaceAll(EXAMPLE_URL, settings.NOTIFY_BASE_URL);
  return text;
}

async function makePackage(folder, wrangler) {
  const file = join(folder, 'package.json');
  const before = await readFile(file, 'utf8').catch(() => '{}');
  let there;
  try {
    there = JSON.parse(before);
  } catch (error) {
    throw new Mistake(`package.json cannot be read: ${error.message}`, 'Correct it, and run this command again.');
  }
  const now = withScripts(there, { name: basename(folder), versions: { 'wechatpay-edge': version(), wrangler }, engines: { node: '>=22.12' } });
  const isSame = isDeepStrictEqual(now, there);
  if (!isSame) await writeFile(file, `${JSON.stringify(now, undefined, 2)}\n`);
  console.log(`  ${isSame ? 'kept   ' : 'written'}  package.json`);
}

async function makeSecrets(folder, lines) {
  const file = join(folder, SECRETS);
  const names = Object.keys(lines);
  const before = await readFile(file, 'utf8').catch(() => '');
  // One that is there may be open to others: it is closed before a secret goes into it.
  if (existsSync(file)) await chmod(file, OWNER_ALONE);
  if (names.length > 0) await writeFile(file, withSecrets(before, lines), { mode: OWNER_ALONE });
  console.log(names.length > 0 ? `  written  ${SECRETS}: ${names.join(', ')}` : `  kept     ${SECRETS}`);
}

function showKey(key, url) {
  console.log(`\nThe key of your back office, which is shown once. Keep it in your password manager, and sign in with it at ${url || EXAMPLE_URL}/admin/:\n\n    ${key}\n`);
}

/** Has wrangler store all secrets; it asks for a login if it must. */
async function store(folder, program) {
  const running = spawn(process.execPath, [program, 'secret', 'bulk', SECRETS], { cwd: folder, stdio: 'inherit' });
  const [code] = await once(running, 'close');
  return code === 0 ? CODES.well : CODES.mend;
}

function next(folder) {
  const first = folder ? [`cd ${folder}`] : [];
  const steps = [...first, 'npm install', 'npx wechatpay-edge check', 'npx wrangler login', `npx wrangler secret bulk ${SECRETS}`, 'npx wrangler deploy', 'npx wechatpay-edge doctor'];
  return `Next, after your goods are in catalog.json:\n${steps.map((step) => `  ${step}`).join('\n')}`;
}
