// Everything that can be found out before a deployment: what wrangler.toml says, and what the Worker itself says of its
// variables, its secrets, its catalogue and WeChat Pay.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { certificateFileChecks } from './certificate.mjs';
import { askLocalWorker, placeholder } from './local-worker.mjs';
import { SECRETS_OF, namesOf, neededSecrets } from './names.mjs';
import { notChecked } from './outcome.mjs';
import { certificateCheck, wranglerChecks } from './wrangler.mjs';

/** What the Worker on this machine cannot know of the one that is deployed. */
const OF_THE_DEPLOYED = ['index', 'migrations', 'sweep', 'rate_limits', 'workers_dev'];
/** What is asked of WeChat Pay or of others outside. */
const OUTSIDE = ['gateway_host', 'account', 'account_v3', 'clock', 'certificate', 'notify_address', 'refund_notify_address', 'notify_address_v3', 'receiver'];
const LATER = 'Ask the Worker once it is deployed: npx wechatpay-edge doctor.';
const ADDRESSES = ['notify_address', 'refund_notify_address', 'notify_address_v3'];

/**
 * All checks. `parts` are those of the package, `published` is the folder of the site's files, `secrets` are those that this
 * machine has. `certificate`: the two files' texts, or nothing. With `offline` nobody outside is asked. `outside` is for tests.
 */
export async function check({ parts, miniflare, config, published, secrets = {}, certificate, offline = false, sendsEvent = false, outside }) {
  const names = namesOf(parts.names);
  const vars = config.vars ?? {};
  const missing = neededSecrets(names, vars).filter((name) => !secrets[name]);
  // A Worker needs its secrets to start. Those that are not here are made up, and nothing is concluded from them.
  const madeUp = Object.fromEntries([...missing, 'ADMIN_TOKEN'].map((name) => [name, placeholder(name)]));
  if (vars.WEBHOOK_URL && !secrets.WEBHOOK_SECRET) madeUp.WEBHOOK_SECRET = `whsec_${Buffer.from(placeholder()).toString('base64')}`;
  const bindings = { ...withoutDemo(vars), ...madeUp, ...pick(secrets, names.secrets) };
  const report = await askLocalWorker({
    miniflare,
    folder: parts.worker,
    config,
    published,
    bindings,
    certificate,
    sendsEvent: sendsEvent && !madeUp.WEBHOOK_SECRET,
    outside: offline ? async () => new Response('offline', { status: 599 }) : outside,
  });
  const seen = report.flatMap((each) => told(each, { offline, missing, madeUp, hasCertificate: Boolean(certificate) }));
  return [
    ...wranglerChecks(config, names, triedWith(parts)),
    ...(certificate ? [] : [certificateCheck(config)]),
    ...(certificate ? certificateFileChecks(certificate.cert, certificate.key, vars) : []),
    ...seen,
    ...missing.map((name) => notChecked('secrets', `${name} is not on this machine, so it was not looked at.`, `Put it into .dev.vars, or into the environment for this command. ${LATER}`)),
  ];
}

/** What a check of the local Worker means for the one that will be deployed. */
function told(each, { offline, missing, madeUp, hasCertificate }) {
  const { name, outcome, seen } = each;
  if (OF_THE_DEPLOYED.includes(name) || (name === 'certificate' && !hasCertificate)) return [];
  if (name === 'receiver' && madeUp.WEBHOOK_SECRET) return [notChecked(name, 'WEBHOOK_SECRET is not on this machine, so no test event was sent.')];
  if (offline && OUTSIDE.includes(name)) return name === 'receiver' ? [] : [notChecked(name, 'Nobody outside was asked (--offline).')];
  const lacking = (SECRETS_OF[name] ?? []).filter((each) => missing.includes(each));
  if (lacking.length > 0) return [notChecked(name, `It cannot be tried without ${lacking.join(' and ')}.`)];
  if (ADDRESSES.includes(name) && outcome === 'failed') {
    const why = missing.includes('ORDER_SECRET') && seen.includes('another Worker') ? 'A Worker of this kind answers there; whether it is yours, it says itself.' : seen;
    return [notChecked(name, `${why} Before the first deployment this cannot be otherwise.`, LATER)];
  }
  return [each];
}

/** What the example of this version asks of the platform. */
function triedWith({ examples }) {
  const text = readFileSync(join(examples, 'shop', 'wrangler.toml'), 'utf8');
  const [, date] = /^compatibility_date = "(.+)"$/m.exec(text);
  return { date, tags: [...text.matchAll(/^tag = "(.+)"$/gm)].map(([, tag]) => tag) };
}

/** A demo's rules are not those of a shop. */
function withoutDemo({ DEMO_PHONE_URL: _demo, ...vars }) {
  return vars;
}

const pick = (from, names) => Object.fromEntries(names.filter((name) => from[name]).map((name) => [name, from[name]]));
