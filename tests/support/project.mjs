// Where things are in this repository. The only place that knows paths.

import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the Worker serves as static assets. */
export const WWW = join(ROOT, 'www');

/** What `cargo xtask build` made of `crates/edge`. */
export const WORKER_BUILD = join(ROOT, 'crates', 'edge', 'build');

/** The Worker's configuration: the tests run it with the same routes and bindings. */
export const WRANGLER_TOML = join(ROOT, 'wrangler.toml');

/** The value of an environment variable that `cargo xtask test` sets, or an error that says so. */
export function fromEnvironment(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; \`cargo xtask test\` sets it`);
  return value;
}
