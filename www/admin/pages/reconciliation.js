// WeChat's bills beside the shop's own orders: the days, and one day with what differs.

import { html, Link, useMemo, useState } from '../vendor.js';
import { get } from '../api.js';
import { useLive } from '../live.js';
import { money } from '../money.js';
import { Action } from '../parts/action.js';
import { Badge } from '../parts/badge.js';
import { Empty, Live } from '../parts/states.js';
import { Table } from '../parts/table.js';
import { Title } from '../parts/title.js';
import { calendarDay, moment } from '../when.js';
import { useWords } from '../words.js';

/** While a day is compared. */
const EVERY_MS = 10_000;

export function Reconciliation() {
  const { t, tag, language } = useWords();
  const live = useLive((signal) => get('/reconciliation', { signal }), [], { everyMs: EVERY_MS });
  const columns = useMemo(
    () => [
      { id: 'day', header: t('bills.day'), isMain: true, value: ({ day }) => day, cell: ({ day }) => html`<${Link} href=${`/bills/${day}`} class="what">${calendarDay(day, tag)}<//>` },
      { id: 'status', header: t('bills.status'), value: ({ status }) => status, cell: ({ status }) => html`<${Badge} group="bill" name=${status} />` },
      { id: 'payments', header: t('bills.payments'), isNumber: true, value: ({ bill_payments: count }) => count ?? 0, cell: ({ bill_payments: count }) => count ?? '' },
      { id: 'theirs', header: t('bills.wechat'), isNumber: true, cell: ({ sums }) => html`<${Amounts} sums=${sums} part="wechat_paid_minor" />` },
      { id: 'ours', header: t('bills.ours'), isNumber: true, cell: ({ sums }) => html`<${Amounts} sums=${sums} part="our_paid_minor" />` },
      { id: 'found', header: t('bills.differences'), isNumber: true, value: ({ differences_found: count }) => count ?? 0, cell: ({ differences_found: count, mended }) => (count ? t(mended ? 'bills.found_mended' : 'bills.found', { count, mended }) : '') },
    ],
    [language],
  );
  return html`<div class="page">
    <${Title}>${t('bills')}<//>
    <p class="under">${t('bills.about')}</p>
    <${Live} live=${live} lines=${8}>
      ${(days) => (days.length ? html`<div class="card flush"><${Table} name=${t('bills')} columns=${columns} rows=${days} rowName=${({ day }) => day} canSort=${true} /></div>` : html`<${Empty} title=${t('bills.none')}>${t('bills.none_about')}<//>`)}
    <//>
  </div>`;
}

function Amounts({ sums = [], part }) {
  const { tag } = useWords();
  return sums.map((sum) => html`<span class="line" key=${sum.currency}>${money(sum[part] ?? 0, sum.currency, tag)}</span>`);
}

export function ReconciliationDay({ day }) {
  const { t, tag } = useWords();
  const [said, say] = useState('');
  const path = `/reconciliation/${encodeURIComponent(day)}`;
  const live = useLive((signal) => get(path, { signal }), [day], { everyMs: EVERY_MS });
  const name = /^\d{4}-\d{2}-\d{2}$/.test(day) ? calendarDay(day, tag) : day;
  return html`<div class="page">
    <p class="back"><${Link} href="/bills">‹ ${t('bills')}<//></p>
    <${Title}>${name}<//>
    <p class="under">${t('bills.utc8')}</p>
    <p role="status" class=${said ? 'note good' : 'unseen'}>${said}</p>
    <${Live} live=${live} lines=${8}>${(report) => html`<${Report} report=${report} />`}<//>
    <div class="actions"><${Action} path=${path} role="write" word="bills.again" onDone=${() => void (say(t('bills.runs')), live.reload())} /></div>
  </div>`;
}

function Report({ report }) {
  const { t, tag } = useWords();
  const { status, sums = [], differences = [] } = report;
  return html`
    <p><${Badge} group="bill" name=${status} /></p>
    ${status === 'running' && html`<p>${t('bills.next', { at: moment(report.next_step_at_ms, tag) })}</p>`}
    ${report.problem && html`<div class="note bad"><p lang="en">${report.problem}</p></div>`}
    ${sums.length > 0 && html`<section class="card" aria-labelledby="sums"><h2 id="sums">${t('bills.sums')}</h2><div class="scrolls" tabindex="0" role="region" aria-labelledby="sums"><table class="plain">
      <thead><tr><th scope="col">${t('filter.currency')}</th><th scope="col" class="number">${t('bills.wechat')}</th><th scope="col" class="number">${t('bills.ours')}</th><th scope="col" class="number">${t('bills.wechat_refunded')}</th></tr></thead>
      <tbody>${sums.map((sum) => html`<tr key=${sum.currency}><th scope="row">${sum.currency}</th>${['wechat_paid_minor', 'our_paid_minor', 'wechat_refunded_minor'].map((part) => html`<td key=${part} class="number">${money(sum[part] ?? 0, sum.currency, tag)}</td>`)}</tr>`)}</tbody>
    </table></div></section>`}
    ${status === 'agrees' && html`<${Empty} title=${t('bills.agrees')} />`}
    ${differences.map((difference, at) => html`<${Difference} key=${at} difference=${difference} />`)}
    ${report.differences_found > differences.length && html`<p>${t('bills.more', { count: report.differences_found })}</p>`}
    ${report.finished_at_ms && html`<p class="small">${t('bills.finished', { at: moment(report.finished_at_ms, tag) })}</p>`}`;
}

function Difference({ difference }) {
  const { t, tag, has, name } = useWords();
  const { kind, ours, wechat, mended } = difference;
  const amount = (of) => (of ? money(of.minor, of.currency, tag) : t('bills.nothing'));
  return html`<article class="entry" aria-label=${name('difference', kind)}>
    <h2>${name('difference', kind)} ${mended && html`<span class="badge good">${t('bills.mended')}</span>`}</h2>
    ${has(`difference.${kind}.todo`) && html`<p>${t(`difference.${kind}.todo`)}</p>`}
    <dl class="pairs">
      ${difference.out_trade_no && html`<dt>${t('order.number')}</dt><dd><${Link} href=${`/orders/${encodeURIComponent(difference.out_trade_no)}`}><code>${difference.out_trade_no}</code><//></dd>`}
      ${difference.transaction_id && html`<dt>${t('order.transaction')}</dt><dd><code>${difference.transaction_id}</code></dd>`}
      ${difference.out_refund_no && html`<dt>${t('refund.number')}</dt><dd><code>${difference.out_refund_no}</code></dd>`}
      ${(ours || wechat) && html`<dt>${t('bills.wechat')}</dt><dd>${amount(wechat)}</dd><dt>${t('bills.ours')}</dt><dd>${amount(ours)}</dd>`}
      ${difference.line && html`<dt>${t('bills.line')}</dt><dd>${difference.line}</dd>`}
      ${difference.detail && html`<dt>${t('attention.detail')}</dt><dd class="words">${difference.detail}</dd>`}
    </dl>
  </article>`;
}
