// Whether all is as it must be: each check, what was seen, and how to mend it.

import { html, useState } from '../vendor.js';
import { LONG_TIME_LIMIT_MS, get, post } from '../api.js';
import { useLive } from '../live.js';
import { Badge } from '../parts/badge.js';
import { Skeleton, Trouble } from '../parts/states.js';
import { Title } from '../parts/title.js';
import { may } from '../session.js';
import { moment } from '../when.js';
import { useWords } from '../words.js';

const WORST_FIRST = ['failed', 'not_checked', 'ok'];

export function Readiness() {
  const { t, tag } = useWords();
  const live = useLive((signal) => get('/readiness', { signal, timeLimitMs: LONG_TIME_LIMIT_MS }), []);
  const [test, setTest] = useState({});
  const send = () => {
    if (test.isBusy) return;
    setTest({ isBusy: true });
    post('/readiness', undefined, { timeLimitMs: LONG_TIME_LIMIT_MS }).then(
      (report) => void (live.set(report), setTest({ isDone: true })),
      (trouble) => setTest({ trouble }),
    );
  };
  const isBusy = live.isLoading || test.isBusy;
  const report = live.data;
  return html`<div class="page">
    <${Title}>${t('readiness')}<//>
    <p class="under">${t('readiness.about')}</p>
    <div class="actions">
      <button type="button" class="button main-action" aria-disabled=${isBusy ? 'true' : undefined} onClick=${() => isBusy || (setTest({}), live.reload())}>${t(live.isLoading ? 'readiness.busy' : 'readiness.check')}</button>
      <button type="button" class="button" disabled=${!may('write')} title=${may('write') ? undefined : t('role.write')} aria-disabled=${isBusy ? 'true' : undefined} onClick=${() => isBusy || send()}>${t(test.isBusy ? 'readiness.busy' : 'readiness.event')}</button>
    </div>
    ${(live.trouble || test.trouble) && html`<${Trouble} trouble=${test.trouble ?? live.trouble} again=${test.trouble ? undefined : live.reload} />`}
    <p role="status" class=${report && !isBusy ? `verdict note ${report.ready ? 'good' : 'bad'}` : 'unseen'}>${report && !isBusy ? t(report.ready ? 'readiness.ready' : 'readiness.not_ready') : ''}</p>
    ${!report && live.isLoading && html`<${Skeleton} lines=${10} />`}
    ${report &&
    html`<ul class="checks">${report.checks
        .toSorted((one, other) => WORST_FIRST.indexOf(one.outcome) - WORST_FIRST.indexOf(other.outcome))
        .map((check, at) => html`<${Check} key=${at} check=${check} />`)}</ul>
      <p class="small">${t('readiness.at', { at: moment(report.checked_at_ms, tag) })}</p>`}
  </div>`;
}

function Check({ check: { name: of, outcome, seen, mend } }) {
  const { name, language } = useWords();
  const lang = language === 'en' ? undefined : 'en';
  return html`<li class=${`check-row ${outcome}`}>
    <p><${Badge} group="outcome" name=${outcome} /> <strong>${name('check', of)}</strong></p>
    <p lang=${lang} class="words">${seen}</p>
    ${mend && html`<p lang=${lang} class="words mend">${mend}</p>`}
  </li>`;
}
