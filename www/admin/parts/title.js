// The title of a page.

import { html, useEffect, useRef } from '../vendor.js';
import { useWords } from '../words.js';

/** Whether a page was shown before. The first page leaves the focus where the browser has it. */
let hasShown = false;

/** Names the document after its page, and hands the focus to its title when one came from another page. */
export function Title({ children: text }) {
  const { t } = useWords();
  const own = useRef();
  useEffect(() => void (document.title = `${text} · ${t('title')}`), [text, t('title')]);
  useEffect(() => {
    if (hasShown) own.current?.focus({ preventScroll: true });
    hasShown = true;
    scrollTo(0, 0);
  }, []);
  return html`<h1 ref=${own} tabindex="-1">${text}</h1>`;
}
