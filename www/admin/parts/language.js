// The choice of the language.

import { html } from '../vendor.js';
import { LANGUAGES, useWords } from '../words.js';

export function Language({ choose }) {
  const { t, language } = useWords();
  return html`<label class="language"><span class="unseen">${t('language')}</span>
    <select value=${language} onChange=${({ target }) => choose(target.value)}>
      ${Object.entries(LANGUAGES).map(([each, name]) => html`<option key=${each} value=${each} lang=${each}>${name}</option>`)}
    </select>
  </label>`;
}
