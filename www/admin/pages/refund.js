// The dialog of a refund: how much, once more to confirm, and then how it goes.

import { html, useId, useRef, useState } from '../vendor.js';
import { post } from '../api.js';
import { digits, money, readAmount } from '../money.js';
import { Dialog } from '../parts/dialog.js';
import { Trouble } from '../parts/states.js';
import { begin, bodyOf, leftOf, newNumber, pendingOf, settle } from '../refund-intent.js';
import { useWords } from '../words.js';

/** WeChat shows the payer at most so much of a reason. */
const LONGEST_REASON = 80;

/** `onDone(history, body)` gets the order after the Worker took the refund; `onRefused` is called after it did not. */
export function Refund({ id, history, onDone, onRefused, onClose }) {
  const { t, tag } = useWords();
  const payments = history.payments.map((payment) => ({ ...payment, left: leftOf(payment, history.refunds) }));
  const [pending] = useState(() => pendingOf(id));
  const [number, setNumber] = useState(() => pending?.body.out_refund_no ?? newNumber());
  const [chosen, choose] = useState();
  const payment = payments.find(({ transaction_id: of }) => of === chosen) ?? payments.find(({ left }) => left > 0) ?? payments[0];
  const [whole, setWhole] = useState(true);
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [step, setStep] = useState(pending ? { confirm: pending.body } : {});
  const [state, setState] = useState({});
  // A second press comes before the first has changed what is shown.
  const isSending = useRef(false);
  const names = { amount: useId(), reason: useId() };
  const { currency } = payment.total;
  const amount = (minor) => money(minor, currency, tag);
  const told = whole ? { minor: payment.left } : readAmount(typed, currency, payment.left);

  const check = (event) => {
    event.preventDefault();
    if (told.wrong) return setState({ wrong: told.wrong });
    setState({});
    const several = payments.length > 1 ? payment.transaction_id : undefined;
    return setStep({ confirm: bodyOf({ number, amount: told.minor, reason: reason.trim(), payment: several }) });
  };

  async function send() {
    if (isSending.current) return;
    isSending.current = true;
    setState({ isBusy: true });
    begin(id, { body: step.confirm });
    try {
      const changed = await post(`/orders/${encodeURIComponent(id)}/refunds`, step.confirm);
      settle(id);
      onDone(changed, step.confirm);
    } catch (trouble) {
      // Refused: no refund was made. Otherwise it may have been, and the same number is used until that is known.
      if (!trouble.isUnclear) {
        settle(id);
        setNumber(newNumber());
        onRefused();
      }
      setState({ trouble });
    } finally {
      isSending.current = false;
    }
  }

  if (step.confirm) {
    const { amount_minor: minor } = step.confirm;
    const isUnclear = state.trouble?.isUnclear;
    return html`<${Dialog} title=${t('refund.confirm')} onClose=${onClose} isBusy=${state.isBusy}>
      ${pending && !state.trouble && html`<div class="note"><p class="note-title">${t('refund.pending')}</p><p>${t('refund.pending_about')}</p></div>`}
      <dl class="pairs">
        <dt>${t('order.amount')}</dt><dd class="big">${amount(minor)}</dd>
        <dt>${t('order.what')}</dt><dd>${history.order.description}</dd>
        <dt>${t('order.number')}</dt><dd><code>${id}</code></dd>
        ${step.confirm.reason && html`<dt>${t('refund.reason')}</dt><dd class="words">${step.confirm.reason}</dd>`}
        <dt>${t('refund.number')}</dt><dd><code>${step.confirm.out_refund_no}</code></dd>
      </dl>
      <p class="small">${t('refund.about')}</p>
      ${state.trouble && html`<${Trouble} trouble=${state.trouble} />`}
      ${isUnclear && html`<div class="note"><p>${t('refund.unclear')}</p></div>`}
      <p role="status" class="unseen">${state.isBusy ? t('refund.busy') : ''}</p>
      <footer>
        ${(pending && !state.trouble) || state.isBusy || isUnclear ? null : html`<button type="button" class="button quiet" onClick=${() => void (setStep({}), setState({}))}>${t('action.back')}</button>`}
        <button type="button" class="button danger" aria-disabled=${state.isBusy ? 'true' : undefined} onClick=${send}>
          ${t(state.isBusy ? 'refund.busy' : isUnclear || (pending && !state.trouble) ? 'refund.send_again' : 'refund.send', { amount: amount(minor) })}
        </button>
      </footer>
    <//>`;
  }

  return html`<${Dialog} title=${t('refund')} onClose=${onClose}>
    <form onSubmit=${check} novalidate>
      ${payments.length > 1 &&
      html`<label class="field">${t('refund.which')}
        <select value=${payment.transaction_id} onChange=${({ target }) => void (choose(target.value), setState({}))}>
          ${payments.map(({ transaction_id: of, total, left }) => html`<option key=${of} value=${of} disabled=${left <= 0}>${of} · ${money(total.minor, total.currency, tag)}</option>`)}
        </select>
      </label>`}
      <p>${t('refund.left', { left: amount(payment.left), total: amount(payment.total.minor) })}</p>
      <fieldset>
        <legend>${t('refund.how_much')}</legend>
        <label class="choice"><input type="radio" name="how" checked=${whole} onChange=${() => void (setWhole(true), setState({}))} /> <span>${t('refund.whole', { amount: amount(payment.left) })}</span></label>
        <label class="choice"><input type="radio" name="how" checked=${!whole} onChange=${() => setWhole(false)} /> <span>${t('refund.part')}</span></label>
      </fieldset>
      ${!whole &&
      html`<div class="field">
        <label for=${names.amount}>${t('refund.amount', { currency })}</label>
        <input id=${names.amount} inputmode="decimal" autocomplete="off" value=${typed} placeholder=${digits(0, currency)} onInput=${({ target }) => void (setTyped(target.value), setState({}))}
          aria-invalid=${state.wrong ? 'true' : undefined} aria-describedby=${`${names.amount}-wrong`} />
        <p class="wrong" id=${`${names.amount}-wrong`} role="alert">${state.wrong ? t(`refund.wrong.${state.wrong}`, { most: amount(payment.left), example: digits(1250, currency) }) : ''}</p>
      </div>`}
      <div class="field">
        <label for=${names.reason}>${t('refund.reason')}</label>
        <input id=${names.reason} maxlength=${LONGEST_REASON} value=${reason} onInput=${({ target }) => setReason(target.value)} />
        <p class="small">${t('refund.reason_about')}</p>
      </div>
      <footer><button type="button" class="button quiet" onClick=${onClose}>${t('action.cancel')}</button><button class="button main-action" disabled=${payment.left <= 0}>${t('action.next')}</button></footer>
    </form>
  <//>`;
}
