// Where the element's files are when a merchant's own tool bundles the npm package. The build makes `widget-words` from
// the files in `lang/`; it writes each address out. The merchant's tool finds these addresses, copies the files and
// puts in the new addresses. `?no-inline` in them stops Vite from turning such small files into `data:` addresses: the
// page's policy would have to allow those, and every shopper would download every language.

import { WORDS } from 'widget-words';

/** The languages that have words. A BCP 47 tag finds the nearest of them. */
export const LANGUAGES = Object.keys(WORDS);

/** The address of a language's words. */
export const wordsOf = (language) => WORDS[language]();

/** The Worker's address is relative to this: the page's address, because a bundle may be anywhere. */
export const HERE = globalThis.document?.baseURI;
