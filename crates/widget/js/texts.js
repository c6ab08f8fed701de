// Which language the element uses, its words, and how it writes amounts and times. Each language is one file. Only the
// file in use is fetched.

import { LANGUAGES, wordsOf } from 'widget-files';

import { optional, within } from './safe.js';

/** Tags that use the words of another tag. For Chinese, script and region decide. The Worker's page has the same table. */
const NEAREST = { zh: 'zh-CN', 'zh-sg': 'zh-CN', 'zh-hant': 'zh-TW', 'zh-hant-hk': 'zh-HK', 'zh-hant-mo': 'zh-HK', 'zh-mo': 'zh-HK', in: 'id' };

/** The language if no wanted language has words. */
export const ENGLISH = { words: 'en', tag: 'en' };

/** How long to wait for words, and how long before the element asks for them again. */
export const AGAIN_MS = 4000;

const loads = new Map();

/** The first language that has words: by attribute, page, then browser. */
export function languageOf(element) {
  const asked = [declared(element), ...(navigator.languages ?? [])];
  for (const tag of asked) {
    const words = tag && nearest(tag);
    if (!words) continue;
    try {
      return { words, tag: Intl.getCanonicalLocales(tag)[0] };
    } catch {
      return { words, tag: words }; // `zh-CN.UTF-8` finds words, but Intl refuses it
    }
  }
  return { ...ENGLISH };
}

/** The language that the page declares around the element, also outside its shadow roots. */
const declared = (element) => element && (element.closest('[lang]')?.lang ?? declared(element.getRootNode().host));

/** `zh-Hant-TW` → `zh-hant-tw`, `zh-hant`, `zh`: the first that has words. */
function nearest(tag) {
  for (let name = tag.toLowerCase().replace(/[_.]/g, '-'); name; name = name.replace(/(^|-)[^-]*$/, '')) {
    const found = NEAREST[name] ?? LANGUAGES.find((language) => language.toLowerCase() === name);
    if (found) return found;
  }
}

/** The words of a language, or English words if those do not come. The tag is for `Intl`. One time limit covers both. */
export const textsOf = (language) => within(AGAIN_MS, loadTexts(language).catch(() => loadTexts(ENGLISH)));

/**
 * The words of this language, fetched once for all elements. Each file has a time limit of its own, so that after a file
 * that hangs the next element asks again.
 */
export async function loadTexts({ words, tag }) {
  if (!loads.has(words)) {
    const asked = fetch(wordsOf(words).href).then((response) => {
      if (!response.ok) throw new Error(`The texts of ${words} could not be loaded: ${response.status}.`);
      return response.json();
    });
    const load = within(AGAIN_MS, asked);
    load.catch(() => loads.delete(words)); // the next element tries again
    loads.set(words, load);
  }
  return { words: await loads.get(words), language: tag };
}

/** HK$88.00 */
export function money({ minor, currency, decimals }, language) {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const format = (tag) => new Intl.NumberFormat(tag, { style: 'currency', currency, ...digits }).format(minor / 10 ** decimals);
  return optional(() => format(language)) ?? optional(format) ?? `${currency} ${(minor / 10 ** decimals).toFixed(decimals)}`;
}

/** 29:41 */
export function minutes(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Fills the places of a text: `{amount}`. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
