// Which files and paths of a published folder are ours, and which never reach a shopper. Pure.

/** What a version brings along. Nothing else of the project is published with a shop: no demo shop, no gallery. */
const FILES = [/^widget\/wechat-pay[^/]*$/, /^admin\//, /^checkout\.css$/, /^openapi\.json$/, /^catalog\.schema\.json$/];
/** What must never be published, wherever it lies. */
const SECRET = /(^|\/)(\.env|\.dev\.vars|\.git\/|\.npmrc|wrangler\.(toml|jsonc?)$|node_modules\/)|\.(pem|p12|pfx|key)$/i;

/** Whether a file of the project is published with a shop. */
export const isOurs = (path) => FILES.some((each) => each.test(path)) && !path.endsWith('.map');

/**
 * What is wrong with a file of the shop's own site, in a sentence; nothing when it may be published. `first` are the paths that the
 * Worker answers before any file (`run_worker_first` of wrangler.toml).
 */
export function whyNot({ path, isLink }, first) {
  if (SECRET.test(path)) return `${path} must not be published: it may hold a secret, or is no page`;
  if (isLink) return `${path} is a link: put the file itself there`;
  if (FILES.some((each) => each.test(path))) return `${path} would take the place of a file of wechatpay-edge: give it another name`;
  if (isAnswered(path, first)) return `${path} would never be seen, because the Worker answers at that path: give it another name`;
  return undefined;
}

/** Whether the Worker answers at the address of this file, so that the file is never seen. A page is at its address without `.html`, too. */
function isAnswered(path, first) {
  const rules = Array.isArray(first) ? first.filter((rule) => rule.startsWith('/')) : [];
  const addresses = [`/${path}`, `/${path.replace(/\.html$/, '')}`, `/${path.replace(/index\.html$/, '')}`];
  return rules.map((rule) => new RegExp(`^${rule.split('*').map(literal).join('.*')}$`)).some((rule) => addresses.some((each) => rule.test(each)));
}

const literal = (text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
