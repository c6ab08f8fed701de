// One sabotage, from the defect put in to the word about its test.

import { changed } from './list.mjs';
import { FAILED, MISSING, builtFor, tested } from './tested.mjs';

/**
 * Tries sabotages that are put in together, each in files of its own, and of which the same part of the project is built.
 * For each `{ word: 'caught' | 'LIVES' | 'broken', told }`: broken is one that cannot be put in, does not compile, or names
 * a test that is not there. Whatever happens, the copy is afterwards what it was.
 */
export async function attempt(copy, sabotages) {
  let texts;
  try {
    texts = new Map(sabotages.flatMap((sabotage) => [...changed(sabotage, (file) => copy.read(file))]));
  } catch (error) {
    return sabotages.length > 1 ? eachAlone(copy, sabotages) : [{ word: 'broken', told: error.message }];
  }
  const before = [...texts.keys()].map((file) => [file, copy.read(file)]);
  try {
    for (const [file, text] of texts) copy.write(file, text);
    const built = await builtFor(copy, sabotages[0].caughtBy);
    if (built.ended === 0) return await inTurn(sabotages, ({ caughtBy }) => judged(copy, caughtBy));
    if (sabotages.length === 1) return [{ word: 'broken', told: `it does not compile:\n${built.text}` }];
  } finally {
    for (const [file, text] of before) copy.write(file, text);
  }
  return eachAlone(copy, sabotages);
}

async function eachAlone(copy, sabotages) {
  return (await inTurn(sabotages, (sabotage) => attempt(copy, [sabotage]))).flat();
}

async function inTurn(all, one) {
  const results = [];
  for (const each of all) results.push(await one(each));
  return results;
}

async function judged(copy, test) {
  const [{ said, text }] = await tested(copy, [test]);
  if (said === MISSING) return { word: 'broken', told: `there is no test “${test.name}” in ${test.where}:\n${text}` };
  return said === FAILED ? { word: 'caught', told: text } : { word: 'LIVES', told: text };
}
