// What each section of the gallery, www/widget/, must show. This file works with every browser driver.

import { wordsIn } from './words.mjs';

/** Runs in the page: the sections whose element does not show its state yet. */
export function stillMissing(lang) {
  const sections = [...document.querySelectorAll('section')];
  if (sections.length < 20) return ['the sections'];
  const part = (id, name) => document.getElementById(id).querySelector('wechat-pay').shadowRoot.querySelector(`[part~=${name}]`);
  const said = (id, name) => part(id, name).textContent;
  // Sections that share a state with another section need a further condition.
  const more = {
    'not-yet': said('not-yet', 'hint') !== said('showing', 'hint'),
    troubled: said('troubled', 'trouble') !== '',
    offline: said('offline', 'trouble') !== '',
    'under-review': part('under-review', 'code').hidden,
    'cancelled-unanswered': said('cancelled-unanswered', 'hint') !== said('cancelled', 'hint'),
    unsupported: said('unsupported', 'hint') !== said('rejected', 'hint'),
  };
  const ready = ({ id, dataset }) => {
    const element = document.getElementById(id).querySelector('wechat-pay');
    return element.state === dataset.state && part(id, 'box').lang === lang && (more[id] ?? true);
  };
  return sections.filter((section) => !ready(section)).map(({ id }) => id);
}

/** What each section shows: the code; headline, hint and trouble by their names in `lang`; the amount; the enabled buttons. */
export const SAID = {
  idle: '[pay]',
  disabled: '',
  creating: 'creating [cancel]',
  showing: 'CODE scan how {amount} [claim] [cancel]',
  claimed: 'CODE checking checking_hint {amount} [cancel]',
  'not-yet': 'CODE scan not_yet {amount} [claim] [cancel]',
  troubled: 'CODE scan how troubled {amount} [claim] [cancel]',
  offline: 'CODE scan how offline {amount} [claim] [cancel]',
  'under-review': 'checking notice_under_review {amount} [cancel]',
  checking: 'checking checking_hint {amount} [cancel]',
  paid: 'paid paid_hint {amount}',
  'paid-late': 'paid notice_paid_late {amount}',
  'paid-twice': 'paid notice_paid_twice {amount}',
  expired: 'expired expired_hint {amount} [renew]',
  cancelled: 'cancelled cancelled_hint {amount} [pay]',
  'cancelled-unanswered': 'cancelled cancelled_unanswered {amount} [pay]',
  refused: 'failed failed_refused {amount} [retry]',
  misconfigured: 'failed failed_shop_misconfigured {amount} [retry]',
  unreachable: 'failed failed_gateway_unreachable {amount} [retry]',
  rejected: 'failed failed_rejected [retry]',
  unsupported: 'failed failed_unsupported [retry]',
  phone: 'CODE scan how {amount} [claim] [cancel] [share]',
  'in-wechat': 'CODE scan how {amount} [claim] [cancel] [share]',
  slots: 'CODE scan how {amount} [claim] [cancel] [share]',
  'slots-idle': '[pay]',
  'slots-paid': 'paid paid_hint {amount}',
  'slots-failed': 'failed failed_rejected [retry]',
};

/** Runs in the page: the visible texts and the enabled buttons of each section's element. */
export function whatIsSaid() {
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]');
  const said = ({ shadowRoot }, part) => [...shadowRoot.querySelectorAll(`[part~=${part}]`)].filter(shown).map(({ textContent }) => textContent.trim());
  return Object.fromEntries(
    [...document.querySelectorAll('section')].map(({ id }) => {
      const pay = document.getElementById(id).querySelector('wechat-pay');
      const lines = ['headline', 'hint', 'trouble', 'amount'].flatMap((part) => said(pay, part)).filter(Boolean);
      const buttons = [...pay.shadowRoot.querySelectorAll('button')].filter((button) => shown(button) && !button.disabled).map(({ textContent }) => `[${textContent}]`);
      const code = shown(pay.shadowRoot.querySelector('canvas')) ? ['CODE'] : [];
      return [id, [...code, ...lines, ...buttons]];
    }),
  );
}

/** The result of `whatIsSaid` with the names of the texts instead of their English words, since [`SAID`] has the names. */
export function byNames(seen) {
  const names = new Map(Object.entries(wordsIn('en').element).map(([name, text]) => [text, name]));
  const named = (text) => text.replace('HK$186.00', '{amount}').replace(/^(\[?)(.*?)(\]?)$/, (_, open, text, close) => `${open}${names.get(text) ?? text}${close}`);
  return Object.fromEntries(Object.entries(seen).map(([id, lines]) => [id, lines.map(named).join(' ')]));
}
