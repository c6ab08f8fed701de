// Weighs files: prints a list with `[raw, gzip, brotli]` of each, in bytes. Node compresses as servers do: by
// the brotli of Google, of which other programs are copies with other results.

import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const weigh = (bytes) => [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
console.log(JSON.stringify(process.argv.slice(2).map((file) => weigh(readFileSync(file)))));
