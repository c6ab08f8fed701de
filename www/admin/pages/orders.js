// All orders: as they come, with filters and search, and as a file.

import { html, useEffect, useId, useLocation, useRef, useSearch, useState } from '../vendor.js';
import { getWithHeaders, ownPath } from '../api.js';
import { STATES, addressOf, filterOf, queryOf, recentQuery } from '../filter.js';
import { joined } from '../joined.js';
import { useLive } from '../live.js';
import { Live, Trouble } from '../parts/states.js';
import { Title } from '../parts/title.js';
import { zoneName } from '../when.js';
import { useWords } from '../words.js';
import { Export } from './export.js';
import { OrderRows } from './order-rows.js';

const EVERY_MS = 5_000;
const PAGE = 50;
/** The most that the API gives at once. */
const MOST = 200;

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

/** The orders of the last hours that the filter lets through: `{ rows, from, isWhole }`. */
async function recentPage(query, signal) {
  const { query: asked, from } = recentQuery(query, Date.now());
  const { rows } = await page(`/orders?limit=${MOST}&${asked}`, signal);
  return { rows, from, isWhole: rows.length < MOST };
}

/**
 * The newest page stays fresh; older pages are added when they are asked for. A filter can make the database read every order that
 * there is, so it is asked once, and after that only about the orders of the last hours, which are those that change.
 */
function List({ query, isFiltered }) {
  const { t } = useWords();
  const first = useLive((signal) => page(`/orders?limit=${PAGE}${query && `&${query}`}`, signal), [query], { everyMs: isFiltered ? undefined : EVERY_MS });
  const hasFirst = isFiltered && first.data !== undefined;
  const recent = useLive((signal) => (hasFirst ? recentPage(query, signal) : undefined), [query, hasFirst], { everyMs: hasFirst ? EVERY_MS : undefined });
  const [older, setOlder] = useState({ rows: [] });
  const [more, setMore] = useState({});
  const asked = useRef();
  useEffect(() => () => asked.current?.abort(), []);
  const { rows, next } = joined(first.data, older, recent.data);
  const came = useArrivals(first.data && rows);

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

  const live = first.trouble || !recent.trouble ? first : { ...recent, data: first.data };
  return html`
    <p class="unseen" role="status">${came ? t('orders.came', { count: came }) : ''}</p>
    <${Live} live=${live} lines=${8}>
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

/** How many orders came since this is shown; older ones that were asked for are none. */
function useArrivals(rows) {
  const known = useRef();
  const [count, set] = useState(0);
  useEffect(() => {
    if (!rows) return;
    const before = known.current;
    const added = before ? rows.filter(({ out_trade_no: id, placed_at_ms: at }) => !before.ids.has(id) && at >= before.newest).length : 0;
    const newest = Math.max(before?.newest ?? 0, ...rows.map(({ placed_at_ms: at }) => at));
    known.current = { ids: new Set([...(before?.ids ?? []), ...rows.map(({ out_trade_no: id }) => id)]), newest };
    if (added) set(added);
  }, [rows?.map(({ out_trade_no: id }) => id).join()]);
  return count;
}
