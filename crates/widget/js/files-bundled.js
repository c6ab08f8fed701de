// Where the element's files are when a merchant's own tool bundles the npm package. The tool finds each address that
// is written out (`widget-words`, which the build makes of the files in `lang/`), copies the file and writes its new
// address. `?no-inline` there stops Vite from turning such small files into `data:` addresses: the page's policy would
// have to allow those, and every shopper would download every language.

import { WORDS } from 'widget-words';

/** The languages that have words. A BCP 47 tag finds the nearest of them. */
export const LANGUAGES = Object.keys(WORDS);

/** The address of a language's words. */
export const wordsOf = (language) => WORDS[language]();

/** The Worker's address is relative to this: the page, since a bundle may be anywhere. */
export const HERE = globalThis.document?.baseURI;
