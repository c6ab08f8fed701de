// One sabotage: puts the defect in, runs the test and says whether the test noticed.

import { changed } from './list.mjs';
import { FAILED, MISSING, builtFor, tested } from './tested.mjs';

/**
 * Tries sabotages that are put in together. Each changes other files, and all need the same part of the project built. The
 * result for each is `{ word: 'caught' | 'LIVES' | 'broken', told }`. A sabotage is broken if it cannot be put in, does not
 * compile, or names a test that does not exist. Afterwards the copy is always as it was before.
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
