// `npx wechatpay-edge init`: makes a shop's folder. It asks for what no option says, has each value judged by the Worker
// itself, writes the files that are missing, and changes nothing of what is there.

import { spawn } from 'node:child_process';
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
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
  api: { type: 'string' },
  category: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'public-key-id': { type: 'string' },
  'public-key': { type: 'string' },
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
  --api API             v3-global, v3-mainland or v2: which API of WeChat Pay your account has (docs/guide/en/api.md). With
                        --yes it stays v2 unless you say otherwise
  --category MCC        v3-global: your merchant category code, four digits
  --cert FILE           API v3: apiclient_cert.pem, whose serial number is written down
  --key FILE            API v3: apiclient_key.pem, which becomes a secret
  --public-key-id ID    API v3: PUB_KEY_ID_…, if your account has WeChat Pay's public key
  --public-key FILE     API v3: pub_key.pem, which belongs to it
  --sign-type TYPE      API v2: HMAC-SHA256, or MD5 for a merchant account that still demands it
  --public-url URL      where the Worker will be, as in https://pay.example.com
  --time-zone ZONE      where your days begin, as in Asia/Hong_Kong
  --webhook-url URL     the address of a system of yours that is told of payments
  --elsewhere ORIGIN    the site is on another host, as in https://shop.example.com: no pages are made here
  --name NAME           the name of the Worker and of its database; unless set: wechatpay-edge
  --yes                 ask nothing; what no option says stays as in the example, and \`check\` names it
  --store               afterwards store the secrets at Cloudflare: npx wrangler secret bulk .dev.vars

The key of the API is asked for and not shown. A script sets it in the environment: WECHAT_API_V3_KEY, or WECHAT_API_KEY for v2.`;

/** The APIs of the third generation. */
const V3 = /^v3-/;

/**
 * What is asked: the option, the variable, the words, and the example in brackets if an empty answer means it. `of`: by which
 * APIs. `read`: the answer names a file, and this makes the value of its text.
 */
const QUESTIONS = [
  { option: 'appid', variable: 'WECHAT_APPID', words: 'App ID', later: true },
  { option: 'mch-id', variable: 'WECHAT_MCH_ID', words: 'Merchant number', later: true },
  { option: 'api', variable: 'WECHAT_API', words: 'API of your account: v3-global, v3-mainland or v2', unless: 'v3-global' },
  { option: 'category', variable: 'WECHAT_CATEGORY', words: 'Merchant category code (MCC), as in 5499', later: true, of: /^v3-global$/ },
  { option: 'cert', variable: 'WECHAT_MCH_CERT_SERIAL', words: 'File of your API certificate, as in apiclient_cert.pem', later: true, of: V3, read: serialOf },
  { option: 'public-key-id', variable: 'WECHAT_PUBLIC_KEY_ID', words: 'PUB_KEY_ID_… of WeChat Pay’s public key (empty: none, certificates are downloaded)', of: V3 },
  { option: 'public-key', variable: 'WECHAT_PUBLIC_KEY', words: 'File of that key, as in pub_key.pem', of: V3, with: 'WECHAT_PUBLIC_KEY_ID', read: inOneLine },
  { option: 'sign-type', variable: 'WECHAT_SIGN_TYPE', words: 'Sign type', unless: 'HMAC-SHA256', of: /^v2$/ },
  { option: 'public-url', variable: 'NOTIFY_BASE_URL', words: 'Public address of the Worker, as in https://pay.example.com', later: true },
  { option: 'time-zone', variable: 'SHOP_TIME_ZONE', words: 'Time zone', unless: 'Asia/Hong_Kong' },
  { option: 'webhook-url', variable: 'WEBHOOK_URL', words: 'Address of your system that is told of payments (empty: none)' },
];
/** The secrets of an account: what is typed, and what is in a file. */
const OF_V2 = [{ name: 'WECHAT_API_KEY', words: 'API key of the merchant platform (not shown; empty: later)' }];
const OF_V3 = [
  { name: 'WECHAT_API_V3_KEY', words: 'API v3 key of the merchant platform (not shown; empty: later)' },
  { name: 'WECHAT_MCH_PRIVATE_KEY', words: 'File of its private key, as in apiclient_key.pem (empty: later)', option: 'key' },
];
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
    const there = settings ?? (await tools.readConfig({ config: join(folder, 'wrangler.toml') })).vars ?? {};
    const secrets = await secretsOf(folder, prompt, judged, { ...there, WEBHOOK_URL: settings?.WEBHOOK_URL }, values);
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
  for (const { option, variable, words, unless, later, of = /^/, with: other, read = same } of QUESTIONS) {
    if (!of.test(settings.WECHAT_API ?? 'v2')) {
      if (values[option] !== undefined) throw new Mistake(`--${option} is not for ${settings.WECHAT_API ?? 'v2'}.`, 'Leave it out, or name another --api. Nothing was written.');
    } else if (values[option] !== undefined) {
      await given(settings, variable, `--${option}`, await read(values[option]), judged);
    } else if (prompt && (!other || settings[other])) {
      settings[variable] = await answered(prompt, `${words}${hint(unless, later)}`, unless, (value) => judged({ ...settings, ...madeUp(variable, settings), [variable]: value }, variable), read);
    }
  }
  // The example names a host of the global edition.
  if (settings.WECHAT_API === 'v3-mainland') settings.WECHAT_GATEWAY = 'https://api.mch.weixin.qq.com, https://api2.mch.weixin.qq.com';
  // An address is put together with paths.
  settings.NOTIFY_BASE_URL = settings.NOTIFY_BASE_URL?.replace(/\/$/, '');
  return settings;
}

const hint = (unless, later) => (unless ? ` [${unless}]` : later ? ' (empty: later)' : '');

/** A webhook's address and its secret are judged together; the secret is made later. So are the two of WeChat Pay's public key. */
function madeUp(variable, { WECHAT_PUBLIC_KEY: key } = {}) {
  if (variable === 'WEBHOOK_URL') return { WEBHOOK_SECRET: newWebhookSecret() };
  return variable === 'WECHAT_PUBLIC_KEY_ID' && !key ? { WECHAT_PUBLIC_KEY: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }) } : {};
}

const same = (value) => value;

async function fileAt(path) {
  try {
    return await readFile(resolve(path), 'utf8');
  } catch (error) {
    throw new Mistake(`${path} cannot be read: ${error.code ?? error.message}.`, 'Name the file that WeChat Pay gave you.');
  }
}

/** The serial number of the certificate in this file. */
async function serialOf(path) {
  const text = await fileAt(path);
  try {
    return new X509Certificate(text).serialNumber;
  } catch {
    throw new Mistake(`${path} is no certificate.`, 'Name apiclient_cert.pem, as WeChat Pay’s tool has made it.');
  }
}

/** The text of a PEM file in one line, with `\\n` for each line end: `.dev.vars` holds no others, and the Worker reads both. */
async function inOneLine(path) {
  return `${(await fileAt(path)).trim()}\n`.replaceAll('\r', '').replaceAll('\n', '\\n');
}

async function given(settings, variable, option, value, judged) {
  const [wrong] = value === '' ? [] : await judged({ ...settings, ...madeUp(variable, settings), [variable]: value }, variable);
  if (wrong) throw new Mistake(`${option}: ${wrong}`, 'Correct it. Nothing was written.');
  settings[variable] = value;
  return value;
}

/** Asks until the Worker has nothing against the answer, or against what is in the file that it names. */
async function answered(prompt, words, unless, wrongWith, read, isHidden = false) {
  for (;;) {
    const said = (isHidden ? await prompt.askHidden(words) : await prompt.ask(words)) || unless || '';
    if (said === '' || said === unless) return said;
    let [value, wrong] = ['', ''];
    try {
      value = await read(said);
      [wrong] = await wrongWith(value);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      wrong = error.message;
    }
    if (!wrong) return value;
    console.log(`✗ ${wrong}`);
  }
}

/** The lines that `.dev.vars` lacks, and the key of the back office if one was made. */
async function secretsOf(folder, prompt, judged, settings, values) {
  const there = parseEnv(await readFile(join(folder, SECRETS), 'utf8').catch(() => ''));
  const lines = {};
  const isV3 = V3.test(settings.WECHAT_API ?? '');
  if (!isV3 && values.key !== undefined) throw new Mistake('--key is not for v2.', 'Leave it out, or name another --api. Nothing was written.');
  // The settings are judged already; here only the secret is.
  const api = isV3 ? { WECHAT_API: settings.WECHAT_API } : {};
  for (const { name, words, option } of isV3 ? OF_V3 : OF_V2) {
    if (there[name]) continue;
    const read = option ? inOneLine : same;
    if (option && values[option] !== undefined) lines[name] = await given({ ...api }, name, `--${option}`, await read(values[option]), judged);
    else if (process.env[name]) lines[name] = await given({ ...api }, name, `The environment variable ${name}`, process.env[name], judged);
    else if (prompt) lines[name] = await answered(prompt, words, undefined, (value) => judged({ ...api, [name]: value }, name), read, !option);
    if (!lines[name]) delete lines[name];
  }
  if (!there.ORDER_SECRET) lines.ORDER_SECRET = newOrderSecret();
  if (settings.WEBHOOK_URL && !there.WEBHOOK_SECRET) lines.WEBHOOK_SECRET = newWebhookSecret();
  if (there.ADMIN_KEYS || there.ADMIN_TOKEN) return { lines };
  const key = newKey();
  lines.ADMIN_KEYS = lineOf('owner', ROLES, hashOf(key));
  return { lines, key };
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
