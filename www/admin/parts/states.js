// What a page shows while it has nothing to show: it is coming, there is nothing, it went wrong.

import { html, useEffect, useState } from '../vendor.js';
import { useWords } from '../words.js';

/** Grey lines in the place of what is coming, so that nothing jumps. */
export function Skeleton({ lines = 5 }) {
  const { t } = useWords();
  return html`<div class="skeleton" role="status">
    <span class="unseen">${t('state.loading')}</span>
    ${Array.from({ length: lines }, (_, at) => html`<span key=${at} class="bar" aria-hidden="true"></span>`)}
  </div>`;
}

/** There is nothing, and that is well. */
export const Empty = ({ title, children }) => html`<div class="empty"><p class="empty-title">${title}</p>${children && html`<p>${children}</p>`}</div>`;

/** Why something failed, in words. The API's own words are English. */
export function explain(trouble, { t, has, language }) {
  if (!trouble) return {};
  if (trouble.kind === 'problem') {
    const known = `problem.${trouble.code}`;
    return { title: has(known) ? t(known) : t('problem.other', { status: trouble.status }), detail: trouble.detail, isEnglish: language !== 'en' };
  }
  if (trouble.kind === 'odd') return { title: t('trouble.odd', { status: trouble.status ?? '' }) };
  if (trouble.kind === 'unanswered') return { title: navigator.onLine === false ? t('trouble.offline') : t('trouble.unanswered') };
  return { title: t('trouble.page'), detail: trouble.message, isEnglish: true };
}

/** A failure with what to do. `again` asks once more; `againAtMs` is when it is asked by itself. */
export function Trouble({ trouble, again, againAtMs }) {
  const words = useWords();
  const { title, detail, isEnglish } = explain(trouble, words);
  const inSeconds = useCountdown(againAtMs);
  return html`<div class="note bad" role="alert">
    <p class="note-title">${title}</p>
    ${detail && html`<p lang=${isEnglish ? 'en' : undefined}>${detail}</p>`}
    ${inSeconds !== undefined && html`<p aria-hidden="true">${words.t('trouble.again_in', { seconds: inSeconds })}</p>`}
    ${again && html`<button type="button" class="button" onClick=${again}>${words.t('action.again')}</button>`}
  </div>`;
}

function useCountdown(atMs) {
  const left = () => (atMs === undefined ? undefined : Math.max(0, Math.ceil((atMs - Date.now()) / 1000)));
  const [seconds, set] = useState(left);
  useEffect(() => {
    set(left());
    if (atMs === undefined) return undefined;
    const timer = setInterval(() => set(left()), 500);
    return () => clearInterval(timer);
  }, [atMs]);
  return seconds;
}

/** What [`useLive`] gave: a skeleton, a failure, or `children(data)`; a failure beside older data is said above it. */
export function Live({ live, lines, children }) {
  if (live.data === undefined) {
    return live.trouble ? html`<${Trouble} trouble=${live.trouble} again=${live.reload} againAtMs=${live.againAtMs} />` : html`<${Skeleton} lines=${lines} />`;
  }
  return html`${live.trouble && html`<${Trouble} trouble=${live.trouble} again=${live.reload} againAtMs=${live.againAtMs} />`}${children(live.data)}`;
}
