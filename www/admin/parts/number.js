// A number that is copied by a press: order numbers, WeChat's numbers.

import { html, useEffect, useState } from '../vendor.js';
import { useWords } from '../words.js';

export function Numbered({ children: text }) {
  const { t } = useWords();
  const [copied, set] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => set(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => navigator.clipboard?.writeText(text).then(() => set(true), () => {});
  return html`<span class="numbered"><code>${text}</code><button type="button" class="copy" onClick=${copy} aria-label=${t('action.copy_of', { text })} title=${t('action.copy')}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z" /></svg></button
    ><span role="status" class="copied">${copied ? t('action.copied') : ''}</span></span>`;
}
