// A refund that was sent and not clearly answered. Its number was made once, and is used until the Worker has said what became of it:
// so neither a second press, nor a repetition after a lost answer, nor a reloaded page makes a second refund.

const PREFIX = 'wechatpay-edge.refund.';

/** A new number of a refund. It is unique within its order, and short enough for WeChat Pay to keep it readable. */
export function newNumber() {
  const random = crypto.getRandomValues(new Uint8Array(10));
  return `bo-${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** The refund of this order that waits for its answer: `{ number, body }`. */
export function pendingOf(order) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + order)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what is about to be sent. */
export const begin = (order, intent) => sessionStorage.setItem(PREFIX + order, JSON.stringify(intent));

/** The Worker has said what became of it. */
export const settle = (order) => sessionStorage.removeItem(PREFIX + order);

/** The body of the request. It names the amount also when that is all that is left: what was confirmed is what is refunded. */
export function bodyOf({ number, amount, reason, payment }) {
  return {
    out_refund_no: number,
    amount_minor: amount,
    ...(reason && { reason }),
    ...(payment && { transaction_id: payment }),
  };
}

/** How much of a payment is neither refunded nor under way. A refund that ended without money counts for nothing. */
export function leftOf(payment, refunds) {
  const without = new Set(['closed', 'refused', 'withdrawn']);
  const used = refunds.filter(({ transaction_id: of, status, unsure }) => of === payment.transaction_id && (unsure || !without.has(status)));
  return used.reduce((left, { amount }) => left - amount.minor, payment.total.minor);
}
