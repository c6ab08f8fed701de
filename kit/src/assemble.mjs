// Puts together what is published: the shop's pages, its catalogue, and our files beside them, in `.wechatpay/public`.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

import { filesBelow } from './files.mjs';
import { merged } from './headers.mjs';
import { Mistake } from './mistake.mjs';
import { isOurs, whyNot } from './ours.mjs';

const CATALOG = 'catalog.json';
const HEADERS = '_headers';
/** The site's folder when none is named. It may be missing: then the site lives elsewhere. */
const SITE = 'site';

/**
 * Makes the folder `to` the shop's: what is there already and the same stays as it is, what is too much goes away. `folder` is the
 * shop's, `site` the folder of its pages if it is not `site`, `ours` the folder of our own files, `first` the paths at which the Worker
 * answers before any file. Resolves to how many files
 * are published, and how many of them are the shop's pages.
 */
export async function assemble({ folder, site, ours, to, first }) {
  const pages = siteOf(folder, site);
  const own = await filesBelow(pages);
  const wrong = own.map((file) => whyNot(file, first)).filter(Boolean);
  if (wrong.length > 0) throw new Mistake(`${relative(folder, pages)}: ${wrong.join('; ')}.`, 'Mend this in the folder of your site, and build once more.');
  const files = new Map(own.map(({ path }) => [path, join(pages, path)]));
  const catalog = join(folder, CATALOG);
  if (existsSync(catalog)) {
    if (files.has(CATALOG)) throw new Mistake(`There are two catalogues: ${CATALOG} and ${relative(folder, pages)}/${CATALOG}.`, 'Remove the one that is not right.');
    files.set(CATALOG, catalog);
  }
  for (const { path } of (await filesBelow(ours)).filter(({ path }) => isOurs(path))) files.set(path, join(ours, path));
  const theirs = files.has(HEADERS) ? await readFile(files.get(HEADERS), 'utf8') : '';
  const headers = Buffer.from(merged(theirs, await readFile(join(ours, HEADERS), 'utf8')));
  // A site may be large: one file at a time is in memory.
  await write(new Map([...files.keys(), HEADERS].map((path) => [path, async () => (path === HEADERS ? headers : readFile(files.get(path)))])), to);
  return { files: files.size + (files.has(HEADERS) ? 0 : 1), pages: own.length };
}

/** The folder of the pages. It must not hold the shop's own folder, whose secrets would be published. */
function siteOf(folder, named) {
  const site = resolve(folder, named ?? SITE);
  if (named !== undefined && !existsSync(site)) throw new Mistake(`There is no folder ${named}.`, 'Build your site first, or correct --site in the [build] command of wrangler.toml.');
  const holds = (each) => `${each}${sep}`.startsWith(`${site}${sep}`);
  if (holds(folder) || holds(join(folder, '.wechatpay', 'public'))) throw new Mistake(`${named} holds the whole shop, with its secrets.`, 'Put your pages into a folder of their own, as in site/.');
  return site;
}

/** Writes what differs and removes what is too much, so that a running `wrangler dev` sees only what has changed. */
async function write(texts, to) {
  for (const { path } of await filesBelow(to)) if (!texts.has(path)) await rm(join(to, path));
  for (const [path, textOf] of texts) {
    const file = join(to, path);
    const text = await textOf();
    if (await isSame(file, text)) continue;
    await clearTheWay(to, path);
    // Nobody reads half a file: it gets its name when it is whole.
    const unfinished = `${to}.${process.pid}.part`;
    await writeFile(unfinished, text);
    await rename(unfinished, file);
  }
}

/** Makes the folders of a file, also where a file was before, and removes a folder that was in its own place. */
async function clearTheWay(to, path) {
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const above = join(to, ...parts.slice(0, depth));
    if (existsSync(above) && !existsSync(join(above, '.'))) await rm(above);
  }
  await rm(join(to, path), { recursive: true, force: true });
  await mkdir(dirname(join(to, path)), { recursive: true });
}

async function isSame(file, text) {
  try {
    return text.equals(await readFile(file));
  } catch {
    return false;
  }
}
