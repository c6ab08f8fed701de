// Everything that waits for a person, the oldest first.

import { html, useState } from '../vendor.js';
import { get, ownPath } from '../api.js';
import { useLive } from '../live.js';
import { Empty, Live, Trouble } from '../parts/states.js';
import { Title } from '../parts/title.js';
import { may } from '../session.js';
import { useWords } from '../words.js';
import { Entry } from './entry.js';

const EVERY_MS = 15_000;

export function Attention({ onChange }) {
  const { t } = useWords();
  const live = useLive((signal) => get('/attention', { signal }), [], { everyMs: EVERY_MS });
  const [said, say] = useState('');
  const changed = () => {
    say(t('attention.changed'));
    // The index may be a moment behind the order.
    live.reload();
    setTimeout(live.reload, 1_500);
    onChange?.();
  };
  return html`<div class="page">
    <${Title}>${t('attention')}<//>
    <p class="under">${t('attention.about')}</p>
    <p role="status" class=${said ? 'note good' : 'unseen'}>${said}</p>
    ${!may('write') && html`<p class="small">${t('role.write')}</p>`}
    <${Live} live=${live} lines=${8}>${(page) => html`<${Entries} page=${page} onChange=${changed} />`}<//>
  </div>`;
}

function Entries({ page, onChange }) {
  const { t } = useWords();
  const [more, setMore] = useState({ entries: [] });
  const known = new Set(page.attention.map(nameOf));
  const all = [...page.attention, ...more.entries.filter((entry) => !known.has(nameOf(entry)))];
  const next = more.entries.length ? more.next : page.next;
  const show = () =>
    get(ownPath(next)).then(
      ({ attention, next: after }) => setMore({ entries: [...more.entries, ...attention], next: after }),
      (trouble) => setMore({ ...more, next, trouble }),
    );
  if (!all.length) return html`<${Empty} title=${t('attention.none')}>${t('attention.none_about')}<//>`;
  const gone = (entry) => () => {
    setMore({ ...more, entries: more.entries.filter((other) => nameOf(other) !== nameOf(entry)) });
    onChange();
  };
  return html`${all.map((entry) => html`<${Entry} key=${nameOf(entry)} entry=${entry} onChange=${gone(entry)} />`)}
    ${more.trouble && html`<${Trouble} trouble=${more.trouble} />`}
    ${next && html`<p class="after"><button type="button" class="button" onClick=${show}>${t('attention.more')}</button></p>`}`;
}

const nameOf = ({ out_trade_no: order, id }) => `${order} ${id}`;
