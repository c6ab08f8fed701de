// The names of the functions of a wasm module, which are not deployed with it: it would be larger by a sixth.
//
//   node function-names.mjs of <module>        prints a line for each function: its number and its name
//   node function-names.mjs into <that list>   copies a log from stdin, with names in the place of numbers

import { readFileSync } from 'node:fs';
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A call in a stack as V8 writes it: `wasm://wasm/0a1b2c3d:wasm-function[123]:0x4567`. */
const CALL = /wasm-function\[(\d+)\]/g;
/** Of the name section: the part with the names of functions. */
const FUNCTION_NAMES = 1;

/** `[[number, name]]` of a module that still has its names. */
export function namesOf(module) {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(module), 'name');
  if (!section) throw new Error('this module has no names');
  const bytes = new Uint8Array(section);
  let at = 0;
  /** An unsigned number as wasm writes it (LEB128). */
  const number = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const part = bytes[at++];
    const end = number() + at;
    if (part === FUNCTION_NAMES) {
      return Array.from({ length: number() }, () => {
        const which = number();
        const length = number();
        at += length;
        return [which, new TextDecoder().decode(bytes.subarray(at - length, at))];
      });
    }
    at = end;
  }
  return [];
}

/** A list as this program prints it, as a map of numbers to names. */
export function read(list) {
  return new Map(list.split('\n').filter(Boolean).map((line) => {
    const [, number, name] = /^(\d+) (.*)$/.exec(line);
    return [number, name];
  }));
}

/** A text of a log with the names of its functions. A number without a name stays. */
export function withNames(text, names) {
  return text.replace(CALL, (call, number) => names.get(number) ?? call);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what, file] = process.argv.slice(2);
  if (what === 'of') {
    stdout.write(namesOf(readFileSync(file)).map(([number, name]) => `${number} ${name}\n`).join(''));
  } else {
    const names = read(readFileSync(file, 'utf8'));
    for await (const line of createInterface({ input: stdin })) stdout.write(`${withNames(line, names)}\n`);
  }
}
