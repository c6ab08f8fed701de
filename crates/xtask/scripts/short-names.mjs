// The names by which the widget's wasm and its glue call each other. wasm-bindgen's are long and hold hashes, which no
// compression shortens: twice 600 bytes of what a shopper downloads. wasm-opt gives the wasm short ones and prints which; here
// the glue gets the same:
//
//     node short-names.mjs wechat-pay.js "$(wasm-opt --minify-imports-and-exports-and-modules …)"

import { readFileSync, writeFileSync } from 'node:fs';

/** What wasm-opt calls the only module that the wasm imports from. */
const MODULE = 'a';

/** What the glue keeps to itself, and the element starts the wasm by. */
const START = 'export { __wbg_get_imports as imports, __wbg_finalize_init as started };\n';

const [script, renamed] = process.argv.slice(2);
const { imports, exports } = JSON.parse(renamed);
let glue = readFileSync(script, 'utf8');

for (const [module, name, short] of imports) {
  glue = glue.replaceAll(`"${module}":`, `"${MODULE}":`);
  if (!whole(` ${name}`).test(glue)) throw new Error(`the widget's glue has no ${name}, which its wasm imports`);
  glue = glue.replaceAll(whole(` ${name}`), () => ` ${short}`);
}
for (const [name, short] of exports) glue = glue.replaceAll(whole(`wasm.${name}`), () => `wasm.${short}`);
writeFileSync(script, glue + START);

/** Finds a text wherever it is not the beginning of a longer name. */
function whole(text) {
  return new RegExp(`${text.replace(/[.$]/g, '\\$&')}(?![\\w$])`, 'g');
}
