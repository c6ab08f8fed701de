// A shop that sells files: its catalogue, its bucket, and links as only the Worker can make them.

import { createHmac, randomBytes } from 'node:crypto';

import { CATALOG } from './catalog.mjs';

/** The files of the bucket, by name. The second is long enough to come in many pieces. */
export const FILES = {
  'tea-book.pdf': Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(10_000)]),
  'albums/茶 music.zip': randomBytes(3_000_000),
  'empty.txt': Buffer.alloc(0),
};
const TYPES = { 'tea-book.pdf': 'application/pdf', 'empty.txt': 'text/plain' };

const item = (sku, file, more) => ({ sku, name: { en: `The ${sku}`, 'zh-HK': `一本 ${sku}` }, amount_minor: 4500, max_quantity: 3, file, ...more });
export const BOOK = item('book', 'tea-book.pdf');
export const ALBUM = item('album', 'albums/茶 music.zip');
export const EMPTY = item('empty', 'empty.txt');
export const LOST = item('lost', 'not-there.pdf');
export const TEA = CATALOG.items[0];

/** Goods that are shipped, and files. */
export const FILE_CATALOG = { ...CATALOG, items: [TEA, BOOK, ALBUM, EMPTY, LOST] };

/** What the platform gives a Worker that sells them. */
export const filePlatform = ({ platform } = {}, catalog = FILE_CATALOG) => ({
  ...platform,
  assets: undefined,
  r2Buckets: ['FILES'],
  serviceBindings: { ...platform?.serviceBindings, ASSETS: async () => Response.json(catalog) },
});

/** Puts the files into the bucket. */
export async function fill({ miniflare }) {
  const bucket = await miniflare.getR2Bucket('FILES');
  for (const [name, bytes] of Object.entries(FILES)) {
    await bucket.put(name, bytes, { httpMetadata: TYPES[name] && { contentType: TYPES[name] } });
  }
  return bucket;
}

/** A link as the Worker makes it, by its secret. */
export function link(secret, id, line, expiresAt) {
  const expires = Math.floor(expiresAt / 1000);
  const hash = createHmac('sha256', secret).update(`download\0${id}/${line}/${expires}`).digest();
  return `/download/${id}/${line}?expires=${expires}&sig=${hash.subarray(0, 24).toString('base64url')}`;
}
