// What wrangler.toml must say, and the Worker cannot see: where it is served, its triggers, its bindings. Pure.

import { failed, must, notChecked, ok } from './outcome.mjs';
import { nearest } from './names.mjs';

const LIMITS = ['LIMIT_ORDERS_PER_ADDRESS', 'LIMIT_ORDERS', 'LIMIT_READS_PER_ADDRESS', 'LIMIT_FORGERIES', 'LIMIT_FAILED_KEYS'];
const ROUTES = ['/api/*', '/notify/*', '/admin/api/*', '/checkout', '/checkout/*', '/download/*', '/healthz', '/widget/*.wasm', '/widget/*.json'];
/** How often the sweep must come at least, in minutes. */
const SWEEP_MINUTES = 10;

/**
 * The checks of this configuration. `names` are the Worker's variables and secrets. `tried` is what this version was tried with:
 * the compatibility `date`, and the `tags` of the migrations.
 */
export function wranglerChecks(config, names, tried) {
  const vars = config.vars ?? {};
  return [
    ...served(config, vars),
    cron(config.triggers?.crons ?? []),
    index(config.d1_databases ?? []),
    objects(config),
    assets(config.assets ?? {}),
    flags(config.compatibility_flags ?? []),
    platform(config, tried),
    rateLimits(config.ratelimits ?? []),
    ...variables(vars, names),
  ];
}

/** Whether the certificate is bound. Whether it is the right one, only the deployed Worker can say. */
export function certificateCheck(config) {
  const bound = (config.mtls_certificates ?? []).find(({ binding }) => binding === 'WECHAT_CERT');
  if (!bound && /^v3-/.test(config.vars?.WECHAT_API ?? '')) return notChecked('certificate', 'WECHAT_CERT is not bound. Orders of API v3 are refunded without it.');
  const isId = /^[0-9a-f-]{32,36}$/i.test(bound?.certificate_id ?? '');
  const wrong = bound ? `certificate_id of WECHAT_CERT is “${bound.certificate_id}”, which is no id.` : 'WECHAT_CERT is not bound, so nothing can be refunded.';
  const mend = 'npx wrangler mtls-certificate upload --cert apiclient_cert.pem --key apiclient_key.pem --name wechatpay, and put the id that it prints into [[mtls_certificates]].';
  return must(isId, 'certificate', 'WECHAT_CERT is bound.', wrong, mend);
}

function served({ workers_dev: atWorkersDev = true, routes = [], route }, vars) {
  const patterns = [...routes, ...(route ? [route] : [])].map((each) => (typeof each === 'string' ? each : each.pattern));
  const hosts = patterns.map((pattern) => pattern.replace(/^https?:\/\//, '').split('/')[0]);
  const notified = hostOf(vars.NOTIFY_BASE_URL);
  const isServed = hosts.some((host) => host === notified || (host.startsWith('*') && notified?.endsWith(host.slice(1))));
  const name = 'NOTIFY_BASE_URL';
  return [
    must(!atWorkersDev, 'workers_dev', 'The Worker is not served on workers.dev.', 'The Worker is served on workers.dev, where the firewall of your zone does not hold.', 'Set workers_dev = false and name your domain in `routes`.'),
    must(hosts.length > 0, 'routes', `The Worker is served at ${hosts.join(', ')}.`, 'There is no `routes`, so nobody reaches the Worker.', 'Add routes = [{ pattern = "pay.example.com", custom_domain = true }] with your own domain.'),
    ...(hosts.length > 0 ? [must(isServed, 'notify_host', `${name} is at one of the \`routes\`.`, `${name} is at ${notified ?? 'no host'}, and the \`routes\` are ${hosts.join(', ')}.`, `Set ${name} to the https origin at which this Worker is served.`)] : []),
  ];
}

function cron(crons) {
  const isOften = (text) => {
    const [minutes, ...rest] = text.split(' ');
    const every = minutes === '*' ? 1 : Number(/^\*\/(\d+)$/.exec(minutes)?.[1]);
    return every <= SWEEP_MINUTES && rest.length === 4 && rest.every((part) => part === '*');
  };
  const wrong = crons.length ? `The sweep comes at ${crons.join(', ')}, which is less often than every ten minutes.` : 'No cron is bound, so lost alarms are not found.';
  return must(crons.some(isOften), 'cron', 'The sweep comes at least every ten minutes.', wrong, 'Put crons = ["*/10 * * * *"] into [triggers].');
}

function index(databases) {
  const isBound = databases.some(({ binding }) => binding === 'INDEX');
  return must(isBound, 'index', 'The database of the index is bound.', 'INDEX is not bound: there is no list, no inbox and no sweep.', 'Put the section [[d1_databases]] with binding = "INDEX" back.');
}

function objects({ durable_objects: { bindings = [] } = {}, migrations = [] }) {
  const bound = bindings.find(({ name }) => name === 'ORDERS');
  const isMade = migrations.some(({ new_sqlite_classes: made = [] }) => made.includes(bound?.class_name));
  const mend = 'Put the section [[durable_objects.bindings]] of ORDERS and [[migrations]] back as they came.';
  return must(bound?.class_name === 'OrderObject' && isMade, 'orders', 'The orders’ objects are bound.', 'ORDERS is not bound to OrderObject with SQLite.', mend);
}

function assets({ binding, directory, run_worker_first: first = [] }) {
  const missing = first === true ? [] : ROUTES.filter((route) => !(first || []).includes(route));
  const wrong = binding !== 'ASSETS' || !directory ? 'ASSETS is not bound to a folder.' : `A file of the site could take the place of ${missing.join(', ')}.`;
  return must(binding === 'ASSETS' && directory && missing.length === 0, 'assets', 'The site’s files are bound, and the Worker’s routes come first.', wrong, 'Put [assets] back as it came; only `directory` is yours.');
}

function flags(list) {
  const flag = 'global_fetch_strictly_public';
  return must(list.includes(flag), 'flags', `The flag ${flag} is set.`, `The flag ${flag} is not set: webhooks to Workers of your own account fail.`, `Put compatibility_flags = ["${flag}"] back.`);
}

/** A shop keeps its wrangler.toml over an upgrade, and a new version may want more of the platform. */
function platform({ compatibility_date: date = '', migrations = [] }, tried) {
  const missing = tried.tags.filter((tag) => !migrations.some((each) => each.tag === tag));
  const isOld = date < tried.date;
  const wrong = isOld ? `The Worker would run as on ${date || 'no day'}, and this version was tried with ${tried.date}.` : `The migration ${missing.join(', ')} is missing.`;
  const mend = isOld ? `Set compatibility_date = "${tried.date}".` : 'Copy its section [[migrations]] from node_modules/wechatpay-edge/examples/shop/wrangler.toml.';
  return must(!isOld && missing.length === 0, 'platform', 'The platform is the one that this version was tried with, or newer.', wrong, mend);
}

function rateLimits(bound) {
  const missing = LIMITS.filter((name) => !bound.some((each) => each.name === name));
  return must(missing.length === 0, 'rate_limits', 'All rate limits are bound.', `Nothing is limited by ${missing.join(', ')}.`, 'Put their sections [[ratelimits]] back.');
}

/** Secrets in the file, names that nobody reads, a demo's settings. */
function variables(vars, { variables: known, secrets }) {
  const checks = [];
  for (const name of Object.keys(vars)) {
    if (secrets.includes(name)) {
      checks.push(failed('vars', `The secret ${name} is in [vars], where everybody who sees the file or the dashboard reads it.`, `Remove it there, make a new one, and store it: npx wrangler secret put ${name}`));
    } else if (!known.includes(name)) {
      const meant = nearest(name, [...known, ...secrets]);
      checks.push(failed('vars', `Nothing reads the variable ${name}.`, meant ? `Did you mean ${meant}?` : 'Remove it; crates/edge/README.md lists the variables.'));
    }
  }
  if (vars.DEMO_PHONE_URL) {
    checks.push(failed('vars', 'DEMO_PHONE_URL is set: this Worker would be a demo, which takes a simulator for WeChat Pay.', 'Remove it.'));
  }
  if (!vars.WEBHOOK_URL) checks.push(notChecked('webhooks', 'There is no WEBHOOK_URL, so no system of yours is told of payments.'));
  return checks.some(({ name, outcome }) => name === 'vars' && outcome === 'failed') ? checks : [ok('vars', 'Each variable is one that the Worker reads, and none is a secret.'), ...checks];
}

function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return undefined;
  }
}
