// What the page says, in two languages. Each language is one table with the same keys.

import { createContext, useContext } from './vendor.js';
import en from './lang/en.js';
import zh from './lang/zh.js';

const TABLES = { en, zh };
const TAGS = { en: 'en-HK', zh: 'zh-CN' };
const CHOSEN = 'wechatpay-edge.language';

/** The languages, by their own names. */
export const LANGUAGES = { en: 'English', zh: '中文' };

/** The language that was chosen in this browser, or the browser's own. */
export function firstLanguage() {
  const chosen = localStorage.getItem(CHOSEN);
  if (Object.hasOwn(TABLES, chosen ?? '')) return chosen;
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => Object.hasOwn(TABLES, tag)) ?? 'en';
}

export const keepLanguage = (language) => localStorage.setItem(CHOSEN, language);

/** What a component needs to speak: `t(key, values)`, `has(key)`, and the `tag` for `Intl`. */
export function speaker(language) {
  const table = TABLES[language];
  const has = (key) => Object.hasOwn(table, key);
  return {
    language,
    tag: TAGS[language],
    lang: language === 'zh' ? 'zh-CN' : 'en',
    has,
    t: (key, values = {}) => (has(key) ? table[key] : key).replace(/\{(\w+)\}/g, (all, name) => (Object.hasOwn(values, name) ? String(values[name]) : all)),
    /** The words for a name of the API; a name that this page does not know is shown as it is. */
    name: (group, name) => (has(`${group}.${name}`) ? table[`${group}.${name}`] : String(name).replaceAll('_', ' ')),
  };
}

export const Words = createContext(speaker('en'));
export const useWords = () => useContext(Words);
