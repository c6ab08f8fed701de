// Reads the lists of sabotages and says what is wrong with them.

import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import { parse } from 'smol-toml';

import { reference } from '../../support/project/test-reference.mjs';

/** The folder of the lists, from the project's root. */
export const FOLDER = 'tests/sabotage';

/**
 * All lists: `{ sabotages, uncatchable }`. A sabotage is `{ list, name, edits: [{ file, find, replace }], caughtBy }`.
 * Throws when a list cannot be understood.
 */
export function readLists(root) {
  const files = readdirSync(join(root, FOLDER)).filter((file) => file.endsWith('.toml')).sort();
  const lists = files.map((file) => oneList(root, file));
  return { sabotages: lists.flatMap((list) => list.sabotages), uncatchable: lists.flatMap((list) => list.uncatchable) };
}

function oneList(root, file) {
  const list = basename(file, '.toml');
  const where = `${FOLDER}/${file}`;
  const { sabotage = [], uncatchable = [], ...others } = parse(readFileSync(join(root, FOLDER, file), 'utf8'));
  if (Object.keys(others).length > 0) throw new Error(`${where}: unknown: ${Object.keys(others).join(', ')}`);
  return {
    sabotages: sabotage.map((entry) => oneSabotage(entry, list, where)),
    uncatchable: uncatchable.map((entry) => {
      for (const key of ['name', 'file', 'reason']) need(entry, key, where);
      return { list, ...entry };
    }),
  };
}

function oneSabotage({ name, caught_by: caughtBy, edits, file, find, replace, ...others }, list, where) {
  need({ name }, 'name', where);
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new Error(`${where}: “${name}”: unknown: ${unknown.join(', ')}`);
  const all = edits ?? [{ file, find, replace }];
  for (const edit of all) {
    for (const key of ['file', 'find']) need(edit, key, `${where}: “${name}”`);
    if (typeof edit.replace !== 'string') throw new Error(`${where}: “${name}”: it has no replace`);
  }
  need({ caught_by: caughtBy }, 'caught_by', `${where}: “${name}”`);
  return { list, name, edits: all, caughtBy: reference(caughtBy) };
}

function need(entry, key, where) {
  if (typeof entry[key] !== 'string' || entry[key] === '') throw new Error(`${where}: an entry has no ${key}`);
}

/** One sentence for each reason why a sabotage cannot be put in. */
export function mistakes({ sabotages, uncatchable }, read) {
  const found = [];
  const names = new Set();
  for (const { list, name } of [...sabotages, ...uncatchable]) {
    if (names.has(name)) found.push(`${list}: there are two of the name “${name}”`);
    names.add(name);
  }
  for (const sabotage of sabotages) {
    try {
      changed(sabotage, read);
    } catch (error) {
      found.push(`${sabotage.list}: “${sabotage.name}”: ${error.message}`);
    }
  }
  return found;
}

/** The files with the defect in them: path → text. Throws when an edit does not fit its file. */
export function changed({ edits }, read) {
  const texts = new Map();
  for (const { file, find, replace } of edits) {
    const text = texts.get(file) ?? read(file);
    const pieces = text.split(find);
    if (pieces.length !== 2) throw new Error(`${file} has this ${pieces.length - 1} times, not once: ${find}`);
    if (find === replace) throw new Error(`it changes nothing in ${file}`);
    texts.set(file, pieces.join(replace));
  }
  return texts;
}
