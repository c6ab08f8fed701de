// One thing that waits for a person: what happened, what to do, and the press that says it is done.

import { html, Link } from '../vendor.js';
import { ownPath } from '../api.js';
import { Action } from '../parts/action.js';
import { moment } from '../when.js';
import { useWords } from '../words.js';

/** `entry` is one of the inbox, or an exception of an order's history. */
export function Entry({ entry, isOfOrder = false, onChange }) {
  const { t, tag, has, name } = useWords();
  const { out_trade_no: id, kind, at_ms: at, detail } = entry;
  const order = `/orders/${encodeURIComponent(id)}`;
  // A kind of a newer Worker has only the API's own words.
  const words = (what, own) => (has(`kind.${kind}.${what}`) ? html`<p>${t(`kind.${kind}.${what}`)}</p>` : own && html`<p lang="en">${own}</p>`);
  const done = entry.done ? ownPath(entry.done) : `${order}/attention/${entry.id}/done`;
  return html`<article class="entry" aria-label=${name('kind', kind)}>
    <${isOfOrder ? 'h3' : 'h2'}>${name('kind', kind)}<//>
    <p class="small">${moment(at, tag)}${!isOfOrder && html` · <${Link} href=${order}><code>${id}</code><//>`}</p>
    ${words('happened', entry.what_happened)}
    <p class="todo-name">${t('attention.todo')}</p>
    ${words('todo', entry.what_to_do)}
    <dl class="pairs">
      ${entry.transaction_id && html`<dt>${t('order.transaction')}</dt><dd><code>${entry.transaction_id}</code></dd>`}
      ${entry.out_refund_no && html`<dt>${t('refund.number')}</dt><dd><code>${entry.out_refund_no}</code></dd>`}
      ${detail && html`<dt>${t('attention.detail')}</dt><dd class="words">${detail}</dd>`}
    </dl>
    <div class="actions">
      ${entry.webhook_id && html`<${Action} path=${`${order}/webhooks/${encodeURIComponent(entry.webhook_id)}/redeliver`} role="write" word="webhooks.again" looks="main-action" onDone=${onChange} />`}
      <${Action} path=${done} role="write" word="attention.done" confirm="attention.done_confirm" onDone=${onChange} />
      ${!isOfOrder && html`<${Link} class="button quiet" href=${order}>${t('attention.order')}<//>`}
    </div>
  </article>`;
}
