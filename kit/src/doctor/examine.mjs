// What a deployed Worker shows of itself from outside, and what it says to the merchant, as a list of checks.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { failed, must, notChecked, ok } from '../check/outcome.mjs';

/** How long an answer may take. Readiness itself waits up to 15 seconds for each of those that it asks, one after the other. */
const TIME_LIMIT_MS = 60_000;
/** More than any of the files that are compared. */
const MOST_BYTES = 4 * 1024 * 1024;
const DEPLOY = 'npx wrangler deploy';
const WIDGET = ['widget/wechat-pay.js', 'widget/wechat-pay_bg.wasm'];

/**
 * All checks of the Worker at `url`. `key` opens the merchant's routes, or is nothing. `published` is the folder that `build`
 * has made. `ask` sends a request and never throws.
 */
export async function examine({ url, key, sendsEvent = false, published, ask }) {
  return (await Promise.all([healthz(url, ask), notify(url, ask), readiness(url, key, sendsEvent, ask), widget(url, published, ask), catalog(url, published, ask)])).flat();
}

async function healthz(url, ask) {
  const { status, why } = await ask(`${url}/healthz`);
  if (why) return failed('healthz', `${url} does not answer: ${why}.`, `Deploy it (${DEPLOY}), and look at the \`routes\` in wrangler.toml. A new domain takes some minutes.`);
  if (status === 200) return ok('healthz', `${url} can sell.`);
  if (status === 503) return failed('healthz', `${url} cannot sell.`, 'The checks of its readiness say why; without a key, its log does: npx wrangler tail');
  return failed('healthz', `${url}/healthz answers HTTP ${status}: another server, or something in front of the Worker.`, 'Name the address of your Worker, and let no login and no challenge stand in front of it.');
}

/** A message like WeChat's, which the Worker answers without waking an order. */
async function notify(url, ask) {
  const message = `<xml><readiness>${randomBytes(16).toString('hex')}</readiness></xml>`;
  const { status, why, text, location, isChallenge } = await ask(`${url}/notify/wechat`, { method: 'POST', headers: { 'content-type': 'text/xml; charset=utf-8' }, body: message });
  const mend = 'Let nothing answer for /notify/* but the Worker: no login, no challenge (Bot Fight Mode), no redirect, no page.';
  if (why) return failed('notify', `A message to ${url}/notify/wechat does not get through: ${why}.`, mend);
  if (isChallenge) return failed('notify', `The firewall asks for a proof of being human (HTTP ${status}), which WeChat Pay cannot give.`, mend);
  if (status >= 300 && status < 400) return failed('notify', `It is redirected to ${location}, and WeChat Pay follows no redirect.`, mend);
  return must(/^<xml>/.test(text), 'notify', 'A message like WeChat’s gets through from here.', `Something else than the Worker answers there (HTTP ${status}).`, mend);
}

/** Whether nobody on the way reads what is sent there. */
const isPrivate = (url) => url.startsWith('https://') || /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|$)/.test(url);

async function readiness(url, key, sendsEvent, ask) {
  if (!key) return notChecked('readiness', 'The Worker was not asked what it says of itself: there is no key.', 'Set WECHATPAY_ADMIN_KEY to a key with the role read.');
  if (!isPrivate(url)) return failed('readiness', `${url} is plain http, and the key was not sent: everybody on the way would read it.`, 'Name the address with https://');
  const { status, why, text } = await ask(`${url}/admin/api/readiness`, { method: sendsEvent ? 'POST' : 'GET', headers: { authorization: `Bearer ${key}` } });
  if (why) return failed('readiness', `It does not answer: ${why}.`, 'Ask again.');
  const told = status === 200 ? parsed(text) : undefined;
  if (Array.isArray(told?.checks)) return told.checks;
  if (status === 401) return failed('readiness', 'The Worker does not know this key, or has mistakes in its settings.', 'Give the key that `init` has shown, or make another: npx wechatpay-edge key owner --role read,write,refund');
  return failed('readiness', `It answers HTTP ${status}${detailOf(text)}`, 'The log says more: npx wrangler tail');
}

/** Whether it serves the element of this folder's version, and the two files are of one version. */
async function widget(url, published, ask) {
  const differ = [];
  for (const path of WIDGET) {
    const local = await readFile(join(published, path)).catch(() => undefined);
    if (!local) return notChecked('widget', 'Nothing is built in this folder to compare it with.', 'npx wechatpay-edge check');
    const { status, why, bytes } = await ask(`${url}/${path}`);
    if (why || status !== 200) return failed('widget', `/${path} cannot be loaded: ${why ?? `HTTP ${status}`}.`, `Deploy again: ${DEPLOY}`);
    if (!local.equals(bytes)) differ.push(`/${path}`);
  }
  return must(differ.length === 0, 'widget', 'The element is that of the package in this folder.', `${differ.join(' and ')} are of another version than the package in this folder.`, `Deploy this version (${DEPLOY}), or install the one that is deployed.`);
}

async function catalog(url, published, ask) {
  const local = await readFile(join(published, 'catalog.json')).catch(() => undefined);
  if (!local) return notChecked('catalog', 'There is no catalog.json in this folder.');
  const { status, why, bytes } = await ask(`${url}/catalog.json`);
  if (why || status !== 200) return failed('catalog', `/catalog.json cannot be loaded: ${why ?? `HTTP ${status}`}.`, `Deploy again: ${DEPLOY}`);
  return must(local.equals(bytes), 'catalog', 'The catalogue is the one in this folder.', 'The published catalogue is another one than that in this folder.', `Deploy again (${DEPLOY}), or take over what is published: ${url}/catalog.json`);
}

/** Asks once. `why` says that no answer came. */
export async function ask(url, { method = 'GET', headers = {}, body } = {}) {
  try {
    const answer = await fetch(url, { method, headers, body, redirect: 'manual', signal: AbortSignal.timeout(TIME_LIMIT_MS) });
    const bytes = Buffer.from(await answer.arrayBuffer()).subarray(0, MOST_BYTES);
    return { status: answer.status, text: bytes.toString(), bytes, location: answer.headers.get('location'), isChallenge: answer.headers.has('cf-mitigated') };
  } catch (error) {
    return { why: error.cause?.message ?? error.message };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function detailOf(text) {
  const detail = parsed(text)?.detail;
  return typeof detail === 'string' ? `: ${detail}` : '.';
}
