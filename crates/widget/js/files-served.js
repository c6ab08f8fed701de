// Where the element's files are when a page loads the built script itself: beside the script.
// In the npm package `files-bundled.js` replaces this file.

/** The languages that have words. The build lists the files of `lang/`. A BCP 47 tag finds the nearest of them. */
export const LANGUAGES = LANGUAGE_TAGS.split(' ');

/** The address of a language's words. */
export const wordsOf = (language) => new URL(`wechat-pay.${language}.json`, import.meta.url);

/** The Worker's address is relative to this. */
export const HERE = import.meta.url;
