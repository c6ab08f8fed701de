// Where the parts are that a shop needs: in the npm package, or in the project that the package is made from.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const BASE = join(import.meta.dirname, '..', '..');
const isPackage = existsSync(join(BASE, 'worker', 'index_bg.wasm'));

/** Folders and files of this version. */
export const PARTS = isPackage
  ? {
      /** index.js and index_bg.wasm, as wrangler takes them. */
      worker: join(BASE, 'worker'),
      /** The README of the Worker, whose table names every variable and secret. */
      names: join(BASE, 'worker', 'README.md'),
      /** What is published beside the pages of a shop. */
      published: join(BASE, 'public'),
      /** The folders that `init` copies. */
      examples: join(BASE, 'examples'),
    }
  : {
      worker: join(BASE, 'crates', 'edge', 'build'),
      names: join(BASE, 'crates', 'edge', 'README.md'),
      published: join(BASE, 'www'),
      examples: join(BASE, 'examples'),
    };

/** The version of the package. */
export function version() {
  if (isPackage) return JSON.parse(readFileSync(join(BASE, 'package.json'), 'utf8')).version;
  return /^version = "(.*)"$/m.exec(readFileSync(join(BASE, 'Cargo.toml'), 'utf8'))[1];
}
