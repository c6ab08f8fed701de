// A button that changes something at the Worker: once for each press, with a question first where it cannot be undone.

import { html, useEffect, useRef, useState } from '../vendor.js';
import { post } from '../api.js';
import { may } from '../session.js';
import { useWords } from '../words.js';
import { Dialog } from './dialog.js';
import { Trouble } from './states.js';

/** `path` is POSTed with `body`. `word` names the button; `confirm` is the question. Without the role it cannot be pressed. */
export function Action({ path, body, role, word, confirm, onDone, looks = '' }) {
  const { t } = useWords();
  const [state, set] = useState({});
  const isHere = useRef(true);
  // A second press comes before the first has changed what is shown.
  const isSending = useRef(false);
  useEffect(() => () => void (isHere.current = false), []);

  async function act() {
    if (isSending.current) return;
    isSending.current = true;
    set({ isBusy: true, isAsking: state.isAsking });
    try {
      const changed = await post(path, body);
      if (isHere.current) set({});
      onDone?.(changed);
    } catch (trouble) {
      if (isHere.current) set({ trouble, isAsking: state.isAsking });
    } finally {
      isSending.current = false;
    }
  }

  const press = () => (confirm ? set({ isAsking: true }) : act());
  const isBusyHere = state.isBusy && !confirm;
  return html`<span class="action">
    <button type="button" class=${`button ${looks}`} disabled=${!may(role)} title=${may(role) ? undefined : t(`role.${role}`)} aria-disabled=${isBusyHere ? 'true' : undefined} onClick=${press}>${t(isBusyHere ? 'action.busy' : word)}</button>
    ${state.trouble && !state.isAsking && html`<${Trouble} trouble=${state.trouble} />`}
    ${state.isAsking &&
    html`<${Dialog} title=${t(word)} isBusy=${state.isBusy} onClose=${() => set({})}>
      <p>${t(confirm)}</p>
      ${state.trouble && html`<${Trouble} trouble=${state.trouble} />`}
      <footer><button type="button" class="button quiet" disabled=${state.isBusy} onClick=${() => set({})}>${t('action.cancel')}</button><button type="button" class="button danger" aria-disabled=${state.isBusy ? 'true' : undefined} onClick=${act}>${t(state.isBusy ? 'action.busy' : word)}</button></footer>
    <//>`}
  </span>`;
}
