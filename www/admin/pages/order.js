// One order: what was bought and paid, what went back, what waits for a person, and its history in words.

import { html, Link, useEffect, useMemo, useState } from '../vendor.js';
import { get } from '../api.js';
import { useLive } from '../live.js';
import { money } from '../money.js';
import { Action } from '../parts/action.js';
import { Badge } from '../parts/badge.js';
import { Numbered } from '../parts/number.js';
import { Live } from '../parts/states.js';
import { Title } from '../parts/title.js';
import { leftOf, pendingOf, settle } from '../refund-intent.js';
import { may } from '../session.js';
import { lineOf } from '../timeline.js';
import { clock, moment, wholeDay, dayOf } from '../when.js';
import { useWords } from '../words.js';
import { Entry } from './entry.js';
import { Refund } from './refund.js';

/** An order under way changes by itself; one at rest only when somebody does something. */
const EVERY_MS = 5_000;

export function Order({ id, onChange }) {
  const { t } = useWords();
  const path = `/orders/${encodeURIComponent(id)}`;
  const live = useLive((signal) => get(path, { signal }), [id], { everyMs: EVERY_MS });
  const changed = (history) => {
    if (history) live.set(history);
    live.reload();
    onChange?.();
  };
  return html`<div class="page">
    <p class="back"><${Link} href="/orders">‹ ${t('orders')}<//></p>
    <header class="order-head">
      <div>
        <${Title}>${live.data?.order.description || id}<//>
        <p class="under"><${Numbered}>${id}<//></p>
      </div>
      ${live.data && html`<${Sum} history=${live.data} />`}
    </header>
    <${Live} live=${live} lines=${10}>${(history) => html`<${Shown} id=${id} path=${path} history=${history} changed=${changed} />`}<//>
  </div>`;
}

/** What it costs, and how it is. */
function Sum({ history: { order, state, events } }) {
  const { tag } = useWords();
  const reason = events.findLast(({ what }) => what.name === 'state_changed')?.what.to.match(/\((\w+)\)/)?.[1];
  return html`<div class="order-sum">
    <p class="big">${money(order.amount.minor, order.amount.currency, tag)}</p>
    <${Badge} group="state" name=${state} reason=${state === 'paid' ? undefined : reason} />
  </div>`;
}

function Shown({ id, path, history, changed }) {
  const { t, tag, name } = useWords();
  const { order, state } = history;
  const amount = (minor, currency = order.amount.currency) => money(minor, currency, tag);
  const [isRefunding, setRefunding] = useState(false);
  const [said, say] = useState('');
  const open = history.exceptions.filter(({ done_at_ms: done }) => !done);
  const left = history.payments.reduce((sum, payment) => sum + leftOf(payment, history.refunds), 0);
  const isOpen = ['placing', 'awaiting_payment', 'closing'].includes(state);
  // The refund that was sent without an answer has arrived.
  const pending = pendingOf(id);
  const hasArrived = pending && history.refunds.some(({ out_refund_no: number }) => number === pending.body.out_refund_no);
  useEffect(() => void (hasArrived && !isRefunding && settle(id)), [hasArrived, isRefunding]);

  return html`
    <p role="status" class=${said ? 'note good' : 'unseen'}>${said}</p>
    ${pending && !hasArrived && !isRefunding && html`<div class="note bad"><p class="note-title">${t('refund.pending')}</p><p>${t('refund.pending_about')}</p><button type="button" class="button" onClick=${() => setRefunding(true)}>${t('refund.send_again')}</button></div>`}
    <div class="actions">
      ${history.payments.length > 0 && html`<button type="button" class="button main-action" disabled=${!may('refund') || left <= 0} onClick=${() => setRefunding(true)}>${t('refund')}</button>`}
      <${Action} path=${`${path}/query`} role="write" word="order.query" onDone=${(changedTo) => void (say(t('order.queried')), changed(changedTo))} />
      ${isOpen && html`<${Action} path=${`${path}/cancel`} role="write" word="order.cancel" confirm="order.cancel_confirm" onDone=${changed} />`}
      ${state === 'paid' && history.lines.some(({ file }) => file) && html`<${Action} path=${`${path}/downloads/allow`} role="write" word="order.allow_downloads" confirm="order.allow_downloads_confirm" onDone=${changed} />`}
      ${(history.shopper || history.metadata) && html`<${Action} path=${`${path}/forget`} role="write" word="order.forget" confirm="order.forget_confirm" onDone=${changed} />`}
      ${history.payments.length > 0 && !may('refund') && html`<p class="small">${t('role.refund')}</p>`}
      ${!may('write') && html`<p class="small">${t('role.write')}</p>`}
    </div>
    ${open.length > 0 && html`<section class="open" aria-labelledby="open"><h2 id="open">${t('order.attention')}</h2>${open.map((entry) => html`<${Entry} key=${entry.id} entry=${{ ...entry, out_trade_no: id }} isOfOrder=${true} onChange=${changed} />`)}</section>`}
    <div class="two">
      <section class="card" aria-labelledby="bought"><h2 id="bought">${t('order.bought')}</h2>
        ${history.lines.length > 0 ? html`<table class="plain lines"><thead><tr><th scope="col">${t('order.goods')}</th><th scope="col" class="number">${t('order.quantity')}</th><th scope="col" class="number">${t('order.amount')}</th></tr></thead>
          <tbody>${history.lines.map(({ sku, name: goods, quantity, unit_amount: unit, file }, at) => html`<tr key=${at}><th scope="row">${goods} <code class="under-what">${sku}</code><${File} file=${file} of=${history.downloads?.find(({ line }) => line === at + 1)} /></th><td class="number">${quantity}</td><td class="number">${amount(unit * quantity)}</td></tr>`)}</tbody></table>` : html`<p>${order.description}</p>`}
        <${Said} history=${history} />
      </section>
      <section class="card" aria-labelledby="money"><h2 id="money">${t('order.money')}</h2>
        ${history.payments.length === 0 && html`<p>${t('order.no_payment')}</p>`}
        ${history.payments.map(({ transaction_id: of, total, paid_at_ms: at, fits }) => html`<dl class="pairs" key=${of}>
          <dt>${t('order.paid')}</dt><dd>${money(total.minor, total.currency, tag)} ${!fits && html`<span class="badge bad">${t('order.does_not_fit')}</span>`}</dd>
          <dt>${t('order.paid_at')}</dt><dd>${moment(at, tag)}</dd>
          <dt>${t('order.transaction')}</dt><dd><${Numbered}>${of}<//></dd>
        </dl>`)}
        <dl class="pairs"><dt>${t('order.placed')}</dt><dd>${moment(history.placed_at_ms, tag)}</dd>${history.api && html`<dt>${t('order.api')}</dt><dd>${t(`api.${history.api}`)}</dd>`}${isOpen && html`<dt>${t('order.expires')}</dt><dd>${moment(order.expires_at_ms, tag)}</dd>`}</dl>
      </section>
    </div>
    ${history.refunds.length > 0 && html`<${Refunds} path=${path} refunds=${history.refunds} onChange=${changed} />`}
    <${Hooks} path=${path} webhooks=${history.webhooks} onChange=${changed} />
    <${TimeLine} events=${history.events} amount=${amount} />
    ${history.messages.length > 0 && html`<section class="card" aria-labelledby="kept"><h2 id="kept">${t('order.messages')}</h2>${history.messages.map(({ sha256, at_ms: at, message }) => html`<details key=${sha256}><summary>${moment(at, tag)}</summary><pre class="raw" tabindex="0">${message}</pre></details>`)}</section>`}
    ${isRefunding && html`<${Refund} id=${id} history=${history} onClose=${() => setRefunding(false)} onRefused=${() => changed()} onDone=${(changedTo, { amount_minor: minor }) => void (setRefunding(false), say(t('refund.taken', { amount: amount(minor) })), changed(changedTo))} />`}
  `;
}

/** The file of a line, and how often it was downloaded. */
function File({ file, of }) {
  const { t } = useWords();
  if (!file) return null;
  return html`<span class="line small">${t('order.file', { file })}${of ? ` · ${t('order.downloaded', { times: of.times, most: of.most })}` : ''}</span>`;
}

/** The merchant's names, and the shopper's words. Nobody has checked these: they are shown as text. */
function Said({ history: { reference, metadata, shopper, language } }) {
  const { t } = useWords();
  const pairs = (of) => Object.entries(of ?? {}).map(([name, text]) => html`<dt key=${name} class="words">${name}</dt><dd class="words">${text}</dd>`);
  return html`${(reference || language || metadata) && html`<dl class="pairs">
      ${reference && html`<dt>${t('order.reference')}</dt><dd class="words">${reference}</dd>`}
      ${language && html`<dt>${t('order.language')}</dt><dd>${language}</dd>`}
      ${pairs(metadata)}
    </dl>`}
    ${shopper && html`<h3>${t('order.shopper_words')}</h3><dl class="pairs">${pairs(shopper)}</dl>`}`;
}

function Refunds({ path, refunds, onChange }) {
  const { t, tag } = useWords();
  return html`<section class="card" aria-labelledby="refunds"><h2 id="refunds">${t('order.refunds')}</h2>
    ${refunds.map((refund) => {
      const { out_refund_no: number, status } = refund;
      const own = `${path}/refunds/${encodeURIComponent(number)}`;
      const canRetry = !refund.made_elsewhere && ['requested', 'asking', 'processing', 'stuck', 'abnormal', 'refused'].includes(status);
      const canWithdraw = !refund.made_elsewhere && ['requested', 'stuck'].includes(status);
      return html`<article class="refund" key=${number} aria-label=${`${t('refund')} ${number}`}>
        <p class="refund-head"><strong>${money(refund.amount.minor, refund.amount.currency, tag)}</strong> <${Badge} group="refund" name=${status} /> ${refund.waits_for_money && html`<span class="badge bad">${t('refund.waits')}</span>`}</p>
        <${Progress} status=${status} />
        <dl class="pairs">
          <dt>${t('refund.number')}</dt><dd><code>${number}</code></dd>
          <dt>${t('refund.asked_at')}</dt><dd>${moment(refund.requested_at_ms, tag)}</dd>
          ${refund.reason && html`<dt>${t('refund.reason')}</dt><dd class="words">${refund.reason}</dd>`}
          ${refund.due_at_ms && html`<dt>${t('refund.next')}</dt><dd>${moment(refund.due_at_ms, tag)}</dd>`}
          ${refund.made_elsewhere && html`<dt></dt><dd>${t('refund.elsewhere')}</dd>`}
          ${refund.problem && html`<dt>${t('refund.problem')}</dt><dd class="words">${refund.problem}</dd>`}
        </dl>
        ${(canRetry || canWithdraw) && html`<div class="actions">
          ${canRetry && html`<${Action} path=${`${own}/retry`} role="refund" word=${status === 'processing' ? 'refund.ask' : 'refund.retry'} onDone=${onChange} />`}
          ${canRetry && refund.waits_for_money && html`<${Action} path=${`${own}/retry`} body=${{ refund_account: 'available_balance' }} role="refund" word="refund.from_balance" onDone=${onChange} />`}
          ${canWithdraw && html`<${Action} path=${`${own}/withdraw`} role="refund" word="refund.withdraw" confirm="refund.withdraw_confirm" onDone=${onChange} />`}
        </div>`}
      </article>`;
    })}
  </section>`;
}

/** How far a refund is, in three steps. */
function Progress({ status }) {
  const { t } = useWords();
  const reached = { requested: 1, asking: 1, stuck: 1, processing: 2, abnormal: 2, refunded: 3 }[status];
  if (!reached) return null;
  return html`<ol class="progress">${[1, 2, 3].map((step) => html`<li key=${step} class=${step <= reached ? 'reached' : ''} aria-current=${step === reached ? 'step' : undefined}>${t(`refund.step.${step}`)}</li>`)}</ol>`;
}

function Hooks({ path, webhooks, onChange }) {
  const { t, tag, name } = useWords();
  const rows = [...webhooks.given_up.map((row) => ({ ...row, isGivenUp: true })), ...webhooks.waiting];
  if (!rows.length) return null;
  return html`<section class="card" aria-labelledby="hooks"><h2 id="hooks">${t('webhooks')}</h2>
    ${rows.map(({ id, at_ms: at, message, tries, isGivenUp }) => html`<div class="hook" key=${id}>
      <p><strong>${name('webhook', message.kind)}</strong> <${Badge} group="delivery" name=${isGivenUp ? 'given_up' : 'waiting'} /><br /><span class="small">${moment(at, tag)} · ${t('webhooks.tries', { count: tries })} · <code>${id}</code></span></p>
      ${isGivenUp && html`<${Action} path=${`${path}/webhooks/${encodeURIComponent(id)}/redeliver`} role="write" word="webhooks.again" onDone=${onChange} />`}
    </div>`)}
  </section>`;
}

function TimeLine({ events, amount }) {
  const words = useWords();
  const { t, tag, name, language } = words;
  const [isWhole, setWhole] = useState(false);
  const lines = useMemo(() => events.map((event) => ({ ...lineOf(event, words, amount), seq: event.seq })), [events, language]);
  const shown = lines.filter(({ isTechnical }) => isWhole || !isTechnical);
  let day;
  return html`<section class="card" aria-labelledby="history">
    <header class="card-head"><h2 id="history">${t('order.history')}</h2>
      <label class="inline check"><input type="checkbox" checked=${isWhole} onChange=${({ target }) => setWhole(target.checked)} /> ${t('order.technical')}</label></header>
    <ol class="timeline">
      ${shown.map(({ seq, at_ms: at, text, detail, who, key, tone }) => {
        const isNewDay = dayOf(at) !== day;
        day = dayOf(at);
        return html`<li key=${seq} class=${tone}>
          ${isNewDay && html`<p class="day">${wholeDay(at, tag)}</p>`}
          <p><time datetime=${new Date(at).toISOString()}>${clock(at, tag)}</time> <span class="event">${text}</span> <span class="small">${key ? t('who.key', { key }) : name('who', who)}</span></p>
          ${detail && html`<p class="small words">${detail}</p>`}
        </li>`;
      })}
    </ol>
  </section>`;
}
