// `npx wechatpay-edge doctor`: asks the deployed Worker, from here, as WeChat Pay and a shopper would meet it.

import { lines, wrong } from './check/in-words.mjs';
import { CODES } from './codes.mjs';
import { Mistake } from './mistake.mjs';
import { Prompt } from './prompt.mjs';
import { ask, examine } from './doctor/examine.mjs';
import { readShop } from './shop.mjs';

export const options = { config: { type: 'string' }, env: { type: 'string' }, 'send-test-event': { type: 'boolean', default: false } };
export const positionals = 1;

export const help = `Asks the deployed Worker whether it can sell, and says how to mend what is not as it must be.

npx wechatpay-edge doctor [URL] [OPTIONS]

  URL                  where the Worker is; unless set: NOTIFY_BASE_URL of wrangler.toml
  --send-test-event    have it send a signed test event to WEBHOOK_URL
  --config FILE        another configuration than wrangler.toml
  --env NAME           one of wrangler's environments

What the Worker says of itself wants a key with the role read (write for a test event): WECHATPAY_ADMIN_KEY in the environment,
or typed at the prompt.`;

export async function run({ config, env, 'send-test-event': sendsEvent }, [named]) {
  const shop = await readShop({ config, env });
  const url = origin(named ?? shop.config.vars?.NOTIFY_BASE_URL);
  const checks = await examine({ url, key: await key(), sendsEvent, published: shop.published, ask });
  const count = wrong(checks);
  const end = count ? `${count} of these must be mended.` : `${url} can sell. Now pay for something small, and refund it.`;
  console.log([...lines(checks), '', end].join('\n'));
  return count ? CODES.mend : CODES.well;
}

function origin(text) {
  const url = URL.parse(text ?? '');
  if (!['https:', 'http:'].includes(url?.protocol)) throw new Mistake(`“${text ?? ''}” is no address of a Worker.`, 'Name it: npx wechatpay-edge doctor https://pay.example.com');
  return url.origin;
}

/** The key of the environment, or one that a person types; nothing when nobody is there. */
async function key() {
  const { WECHATPAY_ADMIN_KEY: given } = process.env;
  if (given || !process.stdin.isTTY) return given;
  const prompt = new Prompt();
  try {
    return await prompt.askHidden('The key of the back office (not shown; leave it empty to go without)');
  } finally {
    prompt.close();
  }
}
