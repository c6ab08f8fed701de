// A dialog of the browser's own: it keeps the focus inside, closes with Escape, and gives the focus back.

import { html, useEffect, useId, useRef } from '../vendor.js';
import { useWords } from '../words.js';

/** `onClose` is called when it is closed by a press or by Escape; not while it `isBusy`. */
export function Dialog({ title, onClose, isBusy = false, children }) {
  const { t } = useWords();
  const own = useRef();
  const name = useId();
  useEffect(() => {
    const dialog = own.current;
    if (!dialog.open) dialog.showModal();
    return () => dialog.close();
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    if (!isBusy) onClose();
  };
  return html`<dialog ref=${own} class="dialog" aria-labelledby=${name} onCancel=${cancel} onKeyDown=${(event) => event.key === 'Escape' && cancel(event)}>
    <header>
      <h2 id=${name}>${title}</h2>
      <button type="button" class="close" aria-label=${t('action.close')} disabled=${isBusy} onClick=${onClose}>×</button>
    </header>
    ${children}
  </dialog>`;
}
