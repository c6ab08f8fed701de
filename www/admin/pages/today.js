// Today at a glance: what came in, what went back, what waits for a person, and how the month goes.

import { html, Link, useEffect, useRef, useState } from '../vendor.js';
import { get } from '../api.js';
import { useLive } from '../live.js';
import { money, plus } from '../money.js';
import { Bars } from '../parts/chart.js';
import { Live } from '../parts/states.js';
import { Title } from '../parts/title.js';
import { dayAndMonth, dayOf, hour, monthAndYear, wholeDay, zoneName } from '../when.js';
import { useWords } from '../words.js';
import { OrderRows } from './order-rows.js';

const ORDERS_EVERY_MS = 5_000;
const ATTENTION_EVERY_MS = 30_000;
/** Sums read every order of their time. They are asked for when an order has changed, and now and then. */
const SUMS_EVERY_MS = 300_000;
/** And never more often than this. */
const SUMS_PAUSE_MS = 10_000;
/** So many orders are watched for changes, and so many are shown. */
const WATCHED_ORDERS = 50;
const SHOWN_ORDERS = 8;

export function Today() {
  const { t, tag } = useWords();
  const day = useToday();
  const orders = useLive((signal) => get(`/orders?limit=${WATCHED_ORDERS}`, { signal }), [], { everyMs: ORDERS_EVERY_MS });
  const sums = useLive((signal) => get(`/sums?day=${day}&by=hour`, { signal }), [day], { everyMs: SUMS_EVERY_MS });
  const waiting = useLive((signal) => get('/attention', { signal }), [], { everyMs: ATTENTION_EVERY_MS });
  useReloadWhen(sums, orders.data?.map(({ out_trade_no: id, version }) => `${id} ${version}`).join());
  return html`<div class="page">
    <${Title}>${t('today')}<//>
    <p class="under">${wholeDay(Date.now(), tag)} · ${t('today.zone', { zone: zoneName() })}</p>
    <${Live} live=${sums} lines=${3}>${(data) => html`<${Glance} sums=${data.sums} waiting=${waiting.data} />`}<//>
    <div class="two">
      <${DayCard} live=${sums} />
      <${MonthCard} today=${day} />
    </div>
    <section class="card" aria-labelledby="latest">
      <header class="card-head"><h2 id="latest">${t('today.latest')}</h2><${Link} href="/orders">${t('today.all_orders')}<//></header>
      <${Live} live=${orders} lines=${5}>${(rows) => html`<${OrderRows} name=${t('today.latest')} orders=${rows.slice(0, SHOWN_ORDERS)} empty=${t('orders.none_yet')} />`}<//>
    </section>
  </div>`;
}

/** The shop's day; changes at the shop's midnight. */
function useToday() {
  const [day, set] = useState(() => dayOf(Date.now()));
  useEffect(() => {
    const timer = setInterval(() => set(dayOf(Date.now())), 10_000);
    return () => clearInterval(timer);
  }, []);
  return day;
}

/** Asks again soon after something else has changed. */
function useReloadWhen(live, changed) {
  const before = useRef({ at: 0 });
  useEffect(() => {
    if (changed === undefined) return undefined;
    const { what, at } = before.current;
    before.current = { what: changed, at };
    if (what === undefined || what === changed) return undefined;
    const timer = setTimeout(() => {
      before.current.at = Date.now();
      live.reload();
    }, Math.max(0, at + SUMS_PAUSE_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [changed]);
}

function Glance({ sums, waiting }) {
  const { t, tag } = useWords();
  const shown = sums.length ? sums : [undefined];
  const count = waiting && `${waiting.attention.length}${waiting.next ? '+' : ''}`;
  return html`<dl class="glance">
    ${shown.map((sum) => html`<div class="figure" key=${sum?.currency}>
      <dt>${t('today.taken')}</dt>
      <dd class="big">${sum ? money(sum.paid_minor, sum.currency, tag) : t('today.nothing')}</dd>
    </div>`)}
    <div class="figure"><dt>${t('today.orders')}</dt><dd class="big">${plus(...sums.map(({ orders }) => orders))}</dd></div>
    ${shown.filter(Boolean).map((sum) => html`<div class="figure" key=${sum.currency}>
      <dt>${t('today.refunded')}</dt>
      <dd class="big">${money(sum.refunded_minor, sum.currency, tag)}</dd>
      ${sum.refunding_minor > 0 && html`<dd class="small">${t('today.refunding', { amount: money(sum.refunding_minor, sum.currency, tag) })}</dd>`}
    </div>`)}
    <div class=${`figure ${waiting?.attention.length ? 'urgent' : ''}`}>
      <dt>${t('today.attention')}</dt>
      <dd class="big">${count ?? '…'}</dd>
      <dd class="small">${waiting?.attention.length ? html`<${Link} href="/attention">${t('today.look')}<//>` : waiting && t('today.all_well')}</dd>
    </div>
  </dl>`;
}

function DayCard({ live }) {
  const { t, tag } = useWords();
  return html`<section class="card" aria-labelledby="day">
    <header class="card-head"><h2 id="day">${t('today.by_hour')}</h2></header>
    <${Live} live=${live} lines=${6}>${({ parts }) => html`<${Sums} parts=${parts} name=${(ms) => hour(ms, tag)} first=${t('today.hour')} label=${t('today.by_hour')} />`}<//>
  </section>`;
}

function MonthCard({ today }) {
  const { t, tag } = useWords();
  const [month, setMonth] = useState(today.slice(0, 7));
  const live = useLive((signal) => get(`/sums?month=${month}&by=day`, { signal }), [month], { everyMs: SUMS_EVERY_MS });
  const title = live.data ? monthAndYear(live.data.from_at_ms, tag) : month;
  const move = (by) => {
    const [year, number] = month.split('-').map(Number);
    setMonth(new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7));
  };
  return html`<section class="card" aria-labelledby="month">
    <header class="card-head">
      <h2 id="month">${title}</h2>
      <span class="steps">
        <button type="button" class="button quiet" aria-label=${t('today.month_before')} onClick=${() => move(-1)}>‹</button>
        <button type="button" class="button quiet" aria-label=${t('today.month_after')} disabled=${month >= today.slice(0, 7)} onClick=${() => move(1)}>›</button>
      </span>
    </header>
    <${Live} live=${live} lines=${6}>${({ parts }) => html`<${Sums} parts=${parts} name=${(ms) => dayAndMonth(ms, tag)} first=${t('today.day')} label=${title} />`}<//>
  </section>`;
}

/** The sums of parts as bars, and the same as a table. */
function Sums({ parts, name, first, label }) {
  const { t, tag } = useWords();
  const currencies = [...new Set(parts.flatMap(({ sums }) => sums.map(({ currency }) => currency)))];
  const [chosen, choose] = useState();
  const currency = currencies.includes(chosen) ? chosen : currencies[0];
  if (!currency) return html`<div class="empty chart-empty"><p>${t('today.no_payment')}</p></div>`;
  const of = ({ sums }) => sums.find((sum) => sum.currency === currency);
  const points = parts.map((part) => ({ label: name(part.from_at_ms), name: name(part.from_at_ms), minor: of(part)?.paid_minor ?? 0 }));
  const total = money(plus(...points.map(({ minor }) => minor)), currency, tag);
  return html`
    ${currencies.length > 1 && html`<label class="inline">${t('filter.currency')} <select value=${currency} onChange=${({ target }) => choose(target.value)}>${currencies.map((each) => html`<option key=${each}>${each}</option>`)}</select></label>`}
    <${Bars} points=${points} currency=${currency} tag=${tag} label=${t('today.chart', { what: label, total })} />
    <details class="as-table">
      <summary>${t('today.as_table')}</summary>
      <div class="scrolls" tabindex="0" role="region" aria-label=${t('today.table_of', { what: label })}>
        <table class="plain">
          <thead><tr><th scope="col">${first}</th><th scope="col" class="number">${t('today.orders')}</th><th scope="col" class="number">${t('today.paid')}</th><th scope="col" class="number">${t('today.refunded')}</th></tr></thead>
          <tbody>${parts.filter(of).map((part) => html`<tr key=${part.from_at_ms}><th scope="row">${name(part.from_at_ms)}</th><td class="number">${of(part).orders}</td><td class="number">${money(of(part).paid_minor, currency, tag)}</td><td class="number">${money(of(part).refunded_minor, currency, tag)}</td></tr>`)}</tbody>
        </table>
      </div>
    </details>`;
}
