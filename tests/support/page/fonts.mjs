// The fonts of the tests come with the npm tools, so that measurements and pictures are the same on every machine.
//
// The browsers of the tests see no font of the machine. They have DejaVu instead (fonts.conf), which has no Chinese, Korean
// or Thai letters. A page that is pictured, or measured in every language, uses web fonts that have these letters
// (`wearFonts`). macOS ignores fonts.conf, but such a page looks the same there, too.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../project.mjs';
import { LANGUAGES, wordsIn } from './words.mjs';

/** The folder that fonts.conf names. */
export const FONTS = join(ROOT, 'node_modules', 'dejavu-fonts-ttf', 'ttf');

/** The environment of a browser: the tests' environment, without the machine's fonts. */
export const WITHOUT_FONTS_OF_THE_MACHINE = { ...process.env, FONTCONFIG_FILE: join(ROOT, 'tests', 'support', 'page', 'fonts.conf') };

/** A letter is looked up in this sequence. */
const PACKAGES = ['noto-sans', 'noto-sans-arabic', 'noto-sans-thai', 'noto-sans-sc', 'noto-sans-kr'];
const GALLERY = join(ROOT, 'www', 'widget');

/** The fonts are the same for every page, so they are read once. */
let faces;

/**
 * Gives the fonts to every document that this page opens from now on: to <wechat-pay> by its custom property, to the rest by
 * the body's style. The fonts are bytes in a script, so the page's Content-Security-Policy does not have to allow them.
 */
export async function wearFonts(page) {
  await page.addInitScript(wear, (faces ??= facesFor(everyText())));
}

/** The same for a page with a style of its own: the letters of `text`, and nothing else of the looks changes. */
export async function wearLetters(page, text) {
  await page.addInitScript((faces) => {
    const families = [];
    for (const { family, range, base64 } of faces) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      document.fonts.add(new FontFace(family, bytes, { weight: '100 900', unicodeRange: range }));
      if (!families.includes(`"${family}"`)) families.push(`"${family}"`);
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`body { font-family: ${families.join()}, sans-serif !important }`);
    document.adoptedStyleSheets.push(sheet);
  }, facesFor(text));
}

/** Runs in the page. */
function wear(faces) {
  const families = new Set();
  for (const { family, range, base64 } of faces) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    document.fonts.add(new FontFace(family, bytes, { weight: '100 900', unicodeRange: range }));
    families.add(`"${family}"`);
  }
  const font = `1rem/1.5 ${[...families].join()}, sans-serif`;
  // Chromium and its shell place letters differently unless a style demands exact widths. A button does not inherit it.
  const exact = 'text-rendering: geometricPrecision';
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    `:root { --wechat-pay-font: ${font}; ${exact} } body { font: ${font} !important } wechat-pay::part(box), wechat-pay::part(button) { ${exact} }`,
  );
  document.adoptedStyleSheets.push(sheet);
}

/** The letters of the element in all its languages, those of the gallery around it, and ASCII. */
function everyText() {
  const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, at) => 32 + at));
  const words = LANGUAGES.map((tag) => Object.values(wordsIn(tag).element));
  const gallery = ['index.html', 'gallery.js'].map((file) => readFileSync(join(GALLERY, file), 'utf8'));
  return [ascii, ...words.flat(), ...gallery].join('');
}

/** The font files that have these letters. An unknown letter is an error: a browser would draw an empty box. */
function facesFor(text) {
  const all = PACKAGES.flatMap(facesOf);
  const used = new Set();
  for (const letter of new Set(text.replace(/\s/g, ''))) {
    const code = letter.codePointAt();
    const face = all.find(({ ranges }) => ranges.some(([first, last]) => first <= code && code <= last));
    if (!face) throw new Error(`no font of the tests has ${letter} (U+${code.toString(16)}): add one to PACKAGES in ${import.meta.url}`);
    used.add(face);
  }
  return all
    .filter((face) => used.has(face))
    .map(({ family, range, path }) => ({ family, range, base64: readFileSync(path, 'base64') }));
}

const RULE = /font-family: '([^']+)'.*?url\((\.\/files\/[^)]+)\).*?unicode-range: ([^;]+);/gs;

/** The font files that a package's style sheet names, with the letters of each. */
function facesOf(name) {
  const folder = join(ROOT, 'node_modules', '@fontsource-variable', name);
  const rules = readFileSync(join(folder, 'index.css'), 'utf8').matchAll(RULE);
  return [...rules].map(([, family, file, range]) => ({ family, range, ranges: numbers(range), path: join(folder, file) }));
}

/** `U+20-7E,U+A0` as pairs of the first and the last letter. */
function numbers(range) {
  return range.split(',').map((part) => {
    const [first, last = first] = part.trim().slice(2).split('-').map((code) => Number.parseInt(code, 16));
    return [first, last];
  });
}
