// Weighs files: prints a list with `[raw, gzip, brotli]`, in bytes, of each argument, which is one file or several with `+`
// between them. Node compresses as servers do: by the brotli of Google, of which other programs are copies with other results.

import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const weigh = (bytes) => [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
const sum = (weights) => weights.reduce((one, other) => one.map((weight, at) => weight + other[at]));
const together = (files) => sum(files.split('+').map((file) => weigh(readFileSync(file))));
console.log(JSON.stringify(process.argv.slice(2).map(together)));
