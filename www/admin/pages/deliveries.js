// The webhooks that were not accepted: those that wait are sent again by themselves, those that were given up by a press.

import { html, Link, useState } from '../vendor.js';
import { get, ownPath } from '../api.js';
import { useLive } from '../live.js';
import { Action } from '../parts/action.js';
import { Badge } from '../parts/badge.js';
import { Empty, Live, Trouble } from '../parts/states.js';
import { Title } from '../parts/title.js';
import { may } from '../session.js';
import { moment } from '../when.js';
import { useWords } from '../words.js';

const EVERY_MS = 10_000;

export function Deliveries() {
  const { t } = useWords();
  const live = useLive((signal) => get('/webhooks', { signal }), [], { everyMs: EVERY_MS });
  const [said, say] = useState('');
  const sent = () => {
    say(t('webhooks.sent'));
    live.reload();
  };
  return html`<div class="page">
    <${Title}>${t('webhooks')}<//>
    <p class="under">${t('webhooks.about')}</p>
    <p role="status" class=${said ? 'note good' : 'unseen'}>${said}</p>
    ${!may('write') && html`<p class="small">${t('role.write')}</p>`}
    <${Live} live=${live} lines=${6}>${(page) => html`<${Pages} page=${page} onChange=${sent} />`}<//>
  </div>`;
}

function Pages({ page, onChange }) {
  const { t } = useWords();
  const [more, setMore] = useState({ orders: [] });
  const known = new Set(page.webhooks.map(({ out_trade_no: id }) => id));
  const all = [...page.webhooks, ...more.orders.filter(({ out_trade_no: id }) => !known.has(id))];
  // A page may have no entry although there is a next one.
  const next = more.isMore ? more.next : page.next;
  const show = () =>
    get(ownPath(next)).then(
      ({ webhooks, next: after }) => setMore({ isMore: true, orders: [...more.orders, ...webhooks], next: after }),
      (trouble) => setMore({ ...more, trouble }),
    );
  return html`
    ${all.length === 0 && html`<${Empty} title=${t('webhooks.none')}>${t('webhooks.none_about')}<//>`}
    ${all.map((order) => html`<${OfOrder} key=${order.out_trade_no} order=${order} onChange=${onChange} />`)}
    ${more.trouble && html`<${Trouble} trouble=${more.trouble} />`}
    ${next && html`<p class="after"><button type="button" class="button" onClick=${show}>${t('attention.more')}</button></p>`}`;
}

function OfOrder({ order: { out_trade_no: id, waiting, given_up: givenUp }, onChange }) {
  const { t, tag, name } = useWords();
  const path = `/orders/${encodeURIComponent(id)}`;
  const rows = [...givenUp.map((row) => ({ ...row, isGivenUp: true })), ...waiting];
  return html`<section class="card" aria-label=${id}>
    <p><${Link} href=${path}><code>${id}</code><//></p>
    ${rows.map(({ id: own, at_ms: at, message, tries, isGivenUp }) => html`<div class="hook" key=${own}>
      <p><strong>${name('webhook', message.kind)}</strong> <${Badge} group="delivery" name=${isGivenUp ? 'given_up' : 'waiting'} /><br /><span class="small">${moment(at, tag)} · ${t('webhooks.tries', { count: tries })}</span></p>
      ${isGivenUp && html`<${Action} path=${`${path}/webhooks/${encodeURIComponent(own)}/redeliver`} role="write" word="webhooks.again" looks="main-action" onDone=${onChange} />`}
    </div>`)}
  </section>`;
}
