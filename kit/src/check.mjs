// `npx wechatpay-edge check`, and `cargo xtask check`: everything that can be found out before a deployment.

import { check } from './check/checks.mjs';
import { inWords } from './check/in-words.mjs';
import { CODES } from './codes.mjs';
import { textOf } from './files.mjs';
import { Mistake } from './mistake.mjs';
import { PARTS } from './parts.mjs';
import { publish } from './publish.mjs';
import { readShop } from './shop.mjs';

export const options = {
  config: { type: 'string' },
  env: { type: 'string' },
  secrets: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  offline: { type: 'boolean', default: false },
  'send-test-event': { type: 'boolean', default: false },
};

export const help = `Looks before a deployment whether everything is as it must be, and says how to mend what is not.

npx wechatpay-edge check [OPTIONS]

  --config FILE        another configuration than wrangler.toml
  --env NAME           one of wrangler's environments
  --secrets FILE       lines NAME=VALUE; unless set: .dev.vars. The environment has the last word
  --cert FILE          apiclient_cert.pem, to look whether WeChat Pay takes it
  --key FILE           apiclient_key.pem, which belongs to it
  --offline            ask nobody outside: neither WeChat Pay nor the address of the Worker
  --send-test-event    send a signed test event to WEBHOOK_URL

Secrets that are not on this machine are not looked at. The code is 1 when something must be mended.`;

export async function run({ config, env, secrets, cert, key, offline, 'send-test-event': sendsEvent }) {
  if (Boolean(cert) !== Boolean(key)) throw new Mistake('--cert and --key belong together.', 'Name both: --cert apiclient_cert.pem --key apiclient_key.pem');
  if (offline && sendsEvent) throw new Mistake('--send-test-event asks somebody outside, and --offline nobody.', 'Leave one of them out.');
  const shop = await readShop({ config, env, secrets });
  if (shop.isAssembled) await publish(shop);
  const checks = await check({
    parts: PARTS,
    miniflare: await shop.tools.miniflare(),
    config: shop.config,
    published: shop.published,
    secrets: shop.secrets,
    certificate: cert && { cert: await textOf(cert), key: await textOf(key) },
    offline,
    sendsEvent,
  });
  const { lines, isWell } = inWords(checks);
  console.log(lines.join('\n'));
  return isWell ? CODES.well : CODES.mend;
}
