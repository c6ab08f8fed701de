// The demo shop's pages with prices in another currency.

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { WWW } from '../project.mjs';
import { CATALOG } from './catalog.mjs';

/** Makes a folder with them: `{ folder, remove }`. */
export async function siteIn(currency) {
  const folder = await mkdtemp(join(tmpdir(), 'wechatpay-site-'));
  await cp(WWW, folder, { recursive: true });
  await writeFile(join(folder, 'catalog.json'), JSON.stringify({ ...CATALOG, currency }));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
