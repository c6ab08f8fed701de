// Bodies of JSON: those of the interface with odd values, and JSON of any shape.

import { aNumber, anOddText, mangled } from './mangle.mjs';

/** The bytes of a body that was once like `likely`. */
export function aBody(random, likely) {
  const text = JSON.stringify(likely);
  return random.weighted([
    [6, () => Buffer.from(text)],
    [5, () => Buffer.from(JSON.stringify(changed(random, likely)))],
    [5, () => mangled(random, Buffer.from(text))],
    [2, () => Buffer.from(anyJson(random, 4))],
    [1, () => Buffer.from(random.pick(['[', '{"a":', '[{"lines":'.repeat(1)]).repeat(1 + random.below(2_000)))],
    [1, () => Buffer.from(`\ufeff${text}`)],
    [1, () => Buffer.from(text, 'utf16le')],
    [1, () => Buffer.from(text.replace('{', () => `{"${anOddText(random)}":1,`))],
    [1, () => Buffer.from(text.replace(/:(\d+|"[^"]*")/, () => `:${aNumber(random) || 'null'}`))],
    [1, () => Buffer.from(text + text)],
    [1, () => Buffer.alloc(0)],
    [1, () => Buffer.concat([Buffer.from(text), Buffer.alloc(random.pick([100, 4_096, 8_192, 70_000]), ' ')])],
    [1, () => random.bytes(random.below(200))],
  ])();
}

/** One value somewhere in it is replaced, left out, or of another kind. */
function changed(random, value) {
  if (value === null || typeof value !== 'object' || random.percent(15)) return anyValue(random, 2);
  const copy = structuredClone(value);
  const names = Object.keys(copy);
  if (names.length === 0 || random.percent(10)) return Array.isArray(copy) ? [...copy, ...copy] : { ...copy, [anOddText(random)]: anyValue(random, 1) };
  const name = random.pick(names);
  if (random.percent(10)) delete copy[name];
  else copy[name] = changed(random, copy[name]);
  return copy;
}

function anyValue(random, depth) {
  return random.weighted([
    [3, () => anOddText(random)],
    [3, () => Number(aNumber(random)) || 0],
    [2, () => random.pick([null, true, false, 0, -1, 1.5, 2 ** 53])],
    [depth, () => Array.from({ length: random.below(5) }, () => anyValue(random, depth - 1))],
    [depth, () => Object.fromEntries(Array.from({ length: random.below(5) }, () => [anOddText(random), anyValue(random, depth - 1)]))],
  ])();
}

/** Text that is JSON, or nearly. */
function anyJson(random, depth) {
  return random.weighted([
    [2, () => aNumber(random)],
    [2, () => `"${random.pick(['\\ud800', '\\u0000', '\\x', '\t', anOddText(random)])}"`],
    [1, () => random.pick(['nul', 'True', 'NaN', '-', '+1', '.5', '01', "'a'", '/* */ 1'])],
    [depth, () => `[${anyJson(random, depth - 1)},${anyJson(random, depth - 1)}${random.pick(['', '', ','])}]`],
    [depth, () => `{"a":${anyJson(random, depth - 1)},"a":${anyJson(random, depth - 1)}}`],
  ])();
}
