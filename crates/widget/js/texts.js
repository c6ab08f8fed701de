// Which language, its words, and how it writes amounts and times. One file a language, and only the
// one in use is fetched.

import { LANGUAGES, wordsOf } from 'widget-files';

import { optional, within } from './safe.js';

/** Tags whose words are those of another: script and region decide how Chinese is written. */
const NEAREST = { zh: 'zh-CN', 'zh-sg': 'zh-CN', 'zh-hant': 'zh-TW', 'zh-hant-hk': 'zh-HK', 'zh-hant-mo': 'zh-HK', 'zh-mo': 'zh-HK', in: 'id' };

/** What is spoken when nothing that was asked for is there. */
export const ENGLISH = { words: 'en', tag: 'en' };

/** Words that have not come by then are asked for again. */
export const AGAIN_MS = 4000;

const loads = new Map();

/** By attribute, page or browser, the first that is there. */
export function languageOf(element) {
  const asked = [declared(element), ...(navigator.languages ?? [])];
  for (const tag of asked) {
    const words = tag && nearest(tag);
    if (!words) continue;
    try {
      return { words, tag: Intl.getCanonicalLocales(tag)[0] };
    } catch {
      return { words, tag: words }; // `zh-CN.UTF-8` is enough to find words, and more than Intl takes
    }
  }
  return { ...ENGLISH };
}

/** The language of the page around the element, through the shadow roots that it is in. */
const declared = (element) => element && (element.closest('[lang]')?.lang ?? declared(element.getRootNode().host));

/** `zh-Hant-TW` → `zh-hant-tw`, `zh-hant`, `zh`: the first that is known. */
function nearest(tag) {
  for (let name = tag.toLowerCase().replace(/[_.]/g, '-'); name; name = name.replace(/(^|-)[^-]*$/, '')) {
    const found = NEAREST[name] ?? LANGUAGES.find((language) => language.toLowerCase() === name);
    if (found) return found;
  }
}

/** The words of a language, and the tag that `Intl` shall use with them. */
export async function loadTexts({ words, tag }) {
  if (!loads.has(words)) {
    const asked = fetch(wordsOf(words).href).then((response) => {
      if (!response.ok) throw new Error(`The texts of ${words} could not be loaded: ${response.status}.`);
      return response.json();
    });
    const load = within(AGAIN_MS, asked);
    load.catch(() => loads.delete(words)); // the next one tries again
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

/** Puts values in the places of a text: `{amount}`. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
