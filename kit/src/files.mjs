// Files of a folder, by their paths in it.

import { lstat, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Mistake } from './mistake.mjs';

/** The text of a file that somebody has named. */
export async function textOf(path) {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Mistake(`${path} cannot be read: ${error.message}`, 'Name a file that is there.');
  }
}

/** Everything below a folder but folders: a list of `{ path, isLink }`, with `/` in the paths, in order. Empty without the folder. */
export async function filesBelow(folder, below = '') {
  const found = [];
  for (const name of (await entries(join(folder, below))).toSorted()) {
    const path = below ? `${below}/${name}` : name;
    const entry = await lstat(join(folder, path));
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, path)));
    else found.push({ path, isLink: !entry.isFile() });
  }
  return found;
}

async function entries(folder) {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
