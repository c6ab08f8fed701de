// wrangler and its Miniflare, as they are installed in the shop's folder. The package brings neither: who takes only the
// element from it needs no 200 MB of tools, and a shop chooses its wrangler itself.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Mistake } from './mistake.mjs';

/**
 * `{ program, version, readConfig, miniflare }`: the script that is `wrangler`, its version, its own reading of a
 * configuration, and the module Miniflare that it runs.
 */
export function toolsOf(folder) {
  const manifest = found(createRequire(join(folder, 'package.json')), 'wrangler/package.json') ?? found(createRequire(import.meta.url), 'wrangler/package.json');
  if (!manifest) throw new Mistake('wrangler is not installed in this folder.', 'npm install --save-exact wrangler');
  const require = createRequire(manifest);
  const { version } = require(manifest);
  return {
    program: join(dirname(manifest), 'bin', 'wrangler.js'),
    version,
    readConfig: async (args) => (await from(require, 'wrangler')).unstable_readConfig(args, { hideWarnings: true }),
    miniflare: () => from(require, 'miniflare'),
  };
}

const from = (require, name) => import(pathToFileURL(require.resolve(name)).href);

function found(require, name) {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
