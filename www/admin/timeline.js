// The history of an order in words. Pure: events in, lines out; newest last.

/** Events that only say how the Worker worked: shown when one asks for them. */
const TECHNICAL = new Set(['call_begun', 'call_ended', 'suspected', 'refund_hinted', 'refunds_wanted', 'query_requested']);

/** `{ at_ms, text, detail, who, key, isTechnical, tone }` of an event. `amount(minor)` writes money of this order. */
export function lineOf({ at_ms, who, key, what }, { t, has, name }, amount) {
  const event = what.name;
  const word = `event.${event}`;
  const values = {
    kind: what.kind && name('kind', what.kind),
    number: what.out_refund_no ?? what.id ?? '',
    amount: what.amount_minor === undefined ? '' : amount(what.amount_minor),
    status: what.status && name('refund', what.status),
    call: what.call && name('call', what.call),
    result: what.result ?? '',
    payment: what.transaction_id ?? '',
    state: what.to && stateOf(what.to, { t, has, name }),
  };
  const text = event === 'notified' && what.result === 'paid' ? t('event.paid') : has(word) ? t(word, values) : event.replaceAll('_', ' ');
  const detail = what.problem ?? what.detail ?? what.why ?? (event === 'notified' && what.result !== 'paid' ? what.result : undefined);
  return { at_ms, who, key, text, detail, isTechnical: TECHNICAL.has(event), tone: toneOf(what) };
}

/** A state with its reason, as an event writes it: `closed (expired)` or `closed`. */
function stateOf(label, { has, t, name }) {
  const [, state, reason] = /^(\w+)\W*(\w*)/.exec(label) ?? [label, label, ''];
  const words = name('state', state);
  return reason && has(`reason.${reason}`) ? `${words} (${t(`reason.${reason}`)})` : words;
}

function toneOf({ name: event, to, status, result }) {
  if (event === 'exception_raised' || event === 'delivery_given_up' || event === 'unreadable') return 'bad';
  if (event === 'state_changed') return to.startsWith('paid') ? 'good' : to.startsWith('failed') ? 'bad' : 'plain';
  if (event === 'notified') return result === 'paid' ? 'good' : 'plain';
  if (event === 'refund_changed') return status === 'refunded' ? 'good' : ['refused', 'stuck', 'abnormal'].includes(status) ? 'bad' : 'plain';
  return 'plain';
}
