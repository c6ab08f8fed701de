// Stores the built Worker and the element's files in this folder, as a release: `node tests/releases/take.mjs 0.2.0`.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

import { ROOT, WORKER_BUILD, WWW } from '../support/project.mjs';

/** Files larger than this in total do not belong in a repository. */
const MOST_BYTES = 500_000;

/** The features that the Worker's wasm uses. With more of them wasm-opt would write a module that workerd cannot read. */
const FEATURES = ['mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'multivalue', 'reference-types', 'exception-handling'].map(
  (name) => `--enable-${name}`,
);

/** The element's files that a page loads, with the words of one language. */
const WIDGET = ['wechat-pay.js', 'wechat-pay_bg.wasm', 'wechat-pay-fallback.js', 'wechat-pay.en.json'];

const [version, from = WORKER_BUILD] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) throw new Error('which release? node tests/releases/take.mjs 0.2.0');

const folder = join(ROOT, 'tests', 'releases', version);
mkdirSync(join(folder, 'widget'), { recursive: true });
// The names of the functions are only for stack traces. Without them the module is a tenth smaller and does the same.
const stripped = join(folder, 'stripped.wasm');
const wasmOpt = join(ROOT, 'node_modules', 'binaryen', 'bin', 'wasm-opt');
execFileSync(process.execPath, [wasmOpt, ...FEATURES, '--strip-debug', '--strip-producers', join(from, 'index_bg.wasm'), '-o', stripped]);
let bytes = 0;
const files = [['index.js', join(from, 'index.js')], ['index_bg.wasm', stripped], ...WIDGET.map((name) => [`widget/${name}`, join(WWW, 'widget', name)])];
for (const [name, file] of files) {
  const packed = brotliCompressSync(readFileSync(file), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(join(folder, `${name}.br`), packed);
  bytes += packed.length;
}
rmSync(stripped);
if (bytes > MOST_BYTES) throw new Error(`${bytes} bytes are more than ${MOST_BYTES}`);
console.log(`tests/releases/${version}: ${bytes} bytes`);
