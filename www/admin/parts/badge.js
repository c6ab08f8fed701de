// How an order, a refund or a check is, as a word in a colour. The word says it; the colour only helps.

import { html } from '../vendor.js';
import { useWords } from '../words.js';

const LOOKS = {
  paid: 'good', refunded: 'good', ok: 'good', agrees: 'good', done: 'good',
  placing: 'wait', awaiting_payment: 'wait', closing: 'wait', requested: 'wait', asking: 'wait', processing: 'wait', running: 'wait', waiting: 'wait',
  failed: 'bad', stray: 'bad', stuck: 'bad', abnormal: 'bad', differs: 'bad', open: 'bad', refused: 'bad', given_up: 'bad',
};

/** `group` is the group of the word tables that has `name`. */
export function Badge({ group, name, reason }) {
  const words = useWords();
  const text = reason && words.has(`reason.${reason}`) ? words.t(`reason.${reason}`) : words.name(group, name);
  return html`<span class=${`badge ${LOOKS[name] ?? 'plain'}`}>${text}</span>`;
}

/** How an order of the list is. */
export function OrderBadges({ order }) {
  const { t } = useWords();
  const refunded = order.refunded_minor > 0 && (order.refunded_minor >= order.amount_minor ? 'order.refunded' : 'order.partly_refunded');
  return html`<span class="badges">
    <${Badge} group="state" name=${order.state} reason=${order.reason} />
    ${refunded && html`<span class="badge plain">${t(refunded)}</span>`}
    ${order.refunding_minor > 0 && html`<span class="badge wait">${t('order.refunding')}</span>`}
    ${order.attention_since_ms && html`<span class="badge bad">${t('order.attention')}</span>`}
    ${order.lost_at_ms && html`<span class="badge plain">${t('order.lost')}</span>`}
  </span>`;
}
