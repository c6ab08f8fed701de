// Where the element's files are when a page loads the built script itself: beside it.
// `files-bundled.js` takes the place of this file in the npm package.

/** The languages there are; a tag of BCP 47 finds the nearest of them. */
export const LANGUAGES = 'ar de en es fr id ja ko ms pt ru th vi zh-CN zh-HK zh-TW'.split(' ');

/** Where the words of a language are. */
export const wordsOf = (language) => new URL(`wechat-pay.${language}.json`, import.meta.url);

/** What the Worker's address is relative to. */
export const HERE = import.meta.url;
