// Where the element's files are when a merchant's own tool bundles the npm package: the tool finds each address
// written out as below, copies the file and puts its new address in. `no-inline` keeps Vite from making `data:`
// addresses of files as small as these, which the page's policy would have to allow and every shopper to download.

const WORDS = {
  ar: () => new URL('./wechat-pay.ar.json?no-inline', import.meta.url),
  de: () => new URL('./wechat-pay.de.json?no-inline', import.meta.url),
  en: () => new URL('./wechat-pay.en.json?no-inline', import.meta.url),
  es: () => new URL('./wechat-pay.es.json?no-inline', import.meta.url),
  fr: () => new URL('./wechat-pay.fr.json?no-inline', import.meta.url),
  id: () => new URL('./wechat-pay.id.json?no-inline', import.meta.url),
  ja: () => new URL('./wechat-pay.ja.json?no-inline', import.meta.url),
  ko: () => new URL('./wechat-pay.ko.json?no-inline', import.meta.url),
  ms: () => new URL('./wechat-pay.ms.json?no-inline', import.meta.url),
  pt: () => new URL('./wechat-pay.pt.json?no-inline', import.meta.url),
  ru: () => new URL('./wechat-pay.ru.json?no-inline', import.meta.url),
  th: () => new URL('./wechat-pay.th.json?no-inline', import.meta.url),
  vi: () => new URL('./wechat-pay.vi.json?no-inline', import.meta.url),
  'zh-CN': () => new URL('./wechat-pay.zh-CN.json?no-inline', import.meta.url),
  'zh-HK': () => new URL('./wechat-pay.zh-HK.json?no-inline', import.meta.url),
  'zh-TW': () => new URL('./wechat-pay.zh-TW.json?no-inline', import.meta.url),
};

/** The languages there are; a tag of BCP 47 finds the nearest of them. */
export const LANGUAGES = Object.keys(WORDS);

/** Where the words of a language are. */
export const wordsOf = (language) => WORDS[language]();

/** What the Worker's address is relative to. A bundle may be anywhere: the page. */
export const HERE = globalThis.document?.baseURI;
