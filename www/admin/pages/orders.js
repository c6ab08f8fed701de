// All orders: as they come, with filters and search, and as a file.

import { html, useEffect, useId, useLocation, useRef, useSearch, useState } from '../vendor.js';
import { getWithHeaders, ownPath } from '../api.js';
import { STATES, addressOf, filterOf, queryOf } from '../filter.js';
import { useLive } from '../live.js';
import { Live, Trouble } from '../parts/states.js';
import { Title } from '../parts/title.js';
import { zoneName } from '../when.js';
import { useWords } from '../words.js';
import { Export } from './export.js';
import { OrderRows } from './order-rows.js';

const EVERY_MS = 5_000;
const PAGE = 50;

export function Orders() {
  const { t } = useWords();
  const search = useSearch();
  const [, go] = useLocation();
  const filter = filterOf(search);
  const { query, wrong } = queryOf(filter);
  const [isExporting, setExporting] = useState(false);
  return html`<div class="page">
    <header class="page-head">
      <${Title}>${t('orders')}<//>
      <button type="button" class="button" disabled=${wrong !== undefined} onClick=${() => setExporting(true)}>${t('export')}</button>
    </header>
    <${Filters} key=${search} filter=${filter} wrong=${wrong} choose=${(chosen) => go(addressOf(chosen))} />
    ${wrong === undefined && html`<${List} key=${query} query=${query} isFiltered=${query !== ''} />`}
    ${isExporting && html`<${Export} query=${query} onClose=${() => setExporting(false)} />`}
  </div>`;
}

function Filters({ filter, wrong, choose }) {
  const { t } = useWords();
  const [draft, setDraft] = useState(filter);
  const change = (name) => ({ target }) => setDraft({ ...draft, [name]: target.value });
  const changeNow = (name) => ({ target }) => choose({ ...draft, [name]: target.type === 'checkbox' ? (target.checked ? 'open' : '') : target.value });
  const more = ['from', 'to', 'currency', 'least', 'most', 'reference'];
  const isOpen = more.some((name) => filter[name]);
  const field = (name, attributes = {}) => html`<${Field} name=${name} label=${t(`filter.${name}`)} wrong=${wrong === name && t(`filter.wrong.${name === 'to' ? 'from' : name === 'most' ? 'least' : name}`)}>
    ${(id) => html`<input id=${id} value=${draft[name] ?? ''} onInput=${change(name)} aria-invalid=${wrong === name ? 'true' : undefined} aria-describedby=${wrong === name ? `${id}-wrong` : undefined} ...${attributes} />`}
  <//>`;
  return html`<form class="filters" role="search" aria-label=${t('filter')} onSubmit=${(event) => void (event.preventDefault(), choose(draft))}>
    <div class="row">
      <label class="search"><span class="unseen">${t('filter.text')}</span>
        <input type="search" value=${draft.text ?? ''} onInput=${change('text')} placeholder=${t('filter.text_hint')} maxlength="128" />
      </label>
      <button class="button main-action">${t('filter.find')}</button>
      <label class="inline">${t('filter.state')}
        <select value=${draft.state ?? ''} onChange=${changeNow('state')}>
          <option value="">${t('filter.all_states')}</option>
          ${Object.keys(STATES).map((name) => html`<option key=${name} value=${name}>${t(`filter.state.${name}`)}</option>`)}
        </select>
      </label>
      <label class="inline check"><input type="checkbox" checked=${draft.attention === 'open'} onChange=${changeNow('attention')} /> ${t('filter.attention')}</label>
    </div>
    <details open=${isOpen}>
      <summary>${t('filter.more')}</summary>
      <div class="fields">
        ${field('from', { type: 'date' })} ${field('to', { type: 'date' })} ${field('currency', { maxlength: 3, size: 4, autocapitalize: 'characters' })}
        ${field('least', { inputmode: 'decimal', size: 10 })} ${field('most', { inputmode: 'decimal', size: 10 })} ${field('reference', { maxlength: 64 })}
      </div>
      <p class="small">${t('filter.zone', { zone: zoneName() })}</p>
      <div class="row"><button class="button">${t('filter.apply')}</button></div>
    </details>
    ${Object.keys(filter).length > 0 && html`<button type="button" class="button quiet" onClick=${() => choose({})}>${t('filter.none')}</button>`}
  </form>`;
}

function Field({ label, wrong, children }) {
  const id = useId();
  return html`<div class="field"><label for=${id}>${label}</label>${children(id)}${wrong && html`<p class="wrong" id=${`${id}-wrong`} role="alert">${wrong}</p>`}</div>`;
}

/** A page of the API: `{ rows, next, missing }`. */
async function page(path, signal) {
  const { json: rows, headers } = await getWithHeaders(path, { signal });
  const [, next] = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '') ?? [];
  return { rows, next: next && ownPath(next), missing: headers.get('index-missing') };
}

/** The newest page stays fresh; older pages are added when they are asked for. */
function List({ query, isFiltered }) {
  const { t } = useWords();
  const first = useLive((signal) => page(`/orders?limit=${PAGE}${query && `&${query}`}`, signal), [query], { everyMs: EVERY_MS });
  const [older, setOlder] = useState({ rows: [] });
  const [more, setMore] = useState({});
  const asked = useRef();
  useEffect(() => () => asked.current?.abort(), []);
  const { rows, next } = joined(first.data, older);
  const came = useArrivals(first.data?.rows);

  async function show() {
    asked.current = new AbortController();
    const { signal } = asked.current;
    setMore({ isBusy: true });
    try {
      const { rows: added, next: after } = await page(next, signal);
      setOlder({ rows: [...rows, ...added], next: after });
      setMore({});
    } catch (trouble) {
      if (!signal.aborted) setMore({ trouble });
    }
  }

  return html`
    <p class="unseen" role="status">${came ? t('orders.came', { count: came }) : ''}</p>
    <${Live} live=${first} lines=${8}>
      ${({ missing }) => html`
        ${missing && html`<div class="note bad" role="alert"><p>${t('orders.missing', { name: missing })}</p></div>`}
        <div class="card flush"><${OrderRows} name=${t('orders')} orders=${rows} empty=${t(isFiltered ? 'orders.none_found' : 'orders.none_yet')} /></div>
        ${more.trouble && html`<${Trouble} trouble=${more.trouble} />`}
        <p class="after">
          <span>${t('orders.shown', { count: rows.length })}</span>
          ${next && html`<button type="button" class="button" disabled=${more.isBusy} onClick=${show}>${t('orders.older')}</button>`}
        </p>`}
    <//>`;
}

/** The newest page and the older ones as one list: each order once, the newest version of it. */
function joined(newest, older) {
  const rows = new Map(older.rows.map((row) => [row.out_trade_no, row]));
  for (const row of newest?.rows ?? []) rows.set(row.out_trade_no, row);
  const sorted = [...rows.values()].sort((one, other) => other.placed_at_ms - one.placed_at_ms || (other.out_trade_no > one.out_trade_no ? 1 : -1));
  return { rows: sorted, next: older.rows.length ? older.next : newest?.next };
}

/** How many orders came since this is shown. */
function useArrivals(rows) {
  const known = useRef();
  const [count, set] = useState(0);
  useEffect(() => {
    if (!rows) return;
    const added = known.current ? rows.filter(({ out_trade_no: id }) => !known.current.has(id)).length : 0;
    known.current = new Set([...(known.current ?? []), ...rows.map(({ out_trade_no: id }) => id)]);
    if (added) set(added);
  }, [rows]);
  return count;
}
