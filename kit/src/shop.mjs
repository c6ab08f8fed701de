// A shop's folder: its configuration as wrangler reads it, and the secrets that this machine has of it.

import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

import { textOf } from './files.mjs';
import { Mistake } from './mistake.mjs';
import { toolsOf } from './tools.mjs';

/** The names under which wrangler looks for its configuration. */
const CONFIGURATIONS = ['wrangler.toml', 'wrangler.json', 'wrangler.jsonc'];
/** What `build` puts together, seen from the shop's folder. */
const PUBLISHED = join('.wechatpay', 'public');

/**
 * The shop of this folder, or of the configuration `config`. `env` is one of wrangler's environments. `secrets` is a file with
 * lines NAME=VALUE; without it `.dev.vars` is read. The environment has the last word.
 */
export async function readShop({ config: named, env, secrets: file } = {}) {
  const path = configuration(named);
  const folder = dirname(path);
  const tools = toolsOf(folder);
  const config = await read(tools, path, env);
  const published = resolve(folder, config.assets?.directory ?? PUBLISHED);
  // A folder whose files are not put together by `build` is no shop's, and its .dev.vars may be of a demo.
  const isAssembled = published === join(folder, PUBLISHED);
  const ofMachine = file ?? (isAssembled ? localSecrets(folder, env) : undefined);
  const secrets = { ...(ofMachine && parseEnv(await textOf(ofMachine))), ...process.env };
  return { folder, path, env, config, secrets, published, isAssembled, tools };
}

function configuration(named) {
  if (named) {
    if (!existsSync(named)) throw new Mistake(`There is no file ${named}.`, 'Name the configuration of your shop: --config wrangler.toml');
    return resolve(named);
  }
  const name = CONFIGURATIONS.find((each) => existsSync(each));
  if (!name) throw new Mistake(`${process.cwd()} is no shop: it has no wrangler.toml.`, 'Go to the folder of your shop, or make one here: npx wechatpay-edge init');
  return resolve(name);
}

async function read(tools, path, env) {
  try {
    return await tools.readConfig({ config: path, env });
  } catch (error) {
    throw new Mistake(`${basename(path)} cannot be read: ${error.message}`, 'Correct it there.');
  }
}

/** The file of secrets that `wrangler dev` would read. */
function localSecrets(folder, env) {
  const names = [...(env ? [`.dev.vars.${env}`] : []), '.dev.vars'];
  return names.map((name) => join(folder, name)).find((path) => existsSync(path));
}
