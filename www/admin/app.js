// The frame around every page: who is signed in, where one can go, the language.

import { Component, html, Link, Route, Router, Switch, useEffect, useLocation, useState } from './vendor.js';
import { get } from './api.js';
import { useHashPath } from './address.js';
import { useLive } from './live.js';
import { admit, key, onSession, signOut, who } from './session.js';
import { Words, firstLanguage, keepLanguage, speaker, useWords } from './words.js';
import { Language } from './parts/language.js';
import { Trouble, Skeleton } from './parts/states.js';
import { Attention } from './pages/attention.js';
import { Deliveries } from './pages/deliveries.js';
import { Order } from './pages/order.js';
import { Orders } from './pages/orders.js';
import { Readiness } from './pages/readiness.js';
import { Reconciliation, ReconciliationDay } from './pages/reconciliation.js';
import { SignIn } from './pages/sign-in.js';
import { Today } from './pages/today.js';

/** How often it is asked whether something waits for a person. */
const ATTENTION_EVERY_MS = 30_000;

const PLACES = [
  { to: '/', word: 'today', icon: 'M2.5 13.5h11M4 11V8M8 11V3.5M12 11V6' },
  { to: '/orders', word: 'orders', icon: 'M3 4h10M3 8h10M3 12h6' },
  { to: '/attention', word: 'attention', icon: 'M8 2.2 14.2 13H1.8zM8 6.5v3M8 11.2v.3' },
  { to: '/webhooks', word: 'webhooks', icon: 'M2 8h9M8 4.5 11.5 8 8 11.5M14 3v10' },
  { to: '/bills', word: 'bills', icon: 'M3.5 2h9v12l-2.2-1.6L8 14l-2.3-1.6L3.5 14zM6 5.5h4M6 8.5h4' },
  { to: '/readiness', word: 'readiness', icon: 'M2.5 8.5 6 12l7.5-8' },
];

export function App() {
  const [language, setLanguage] = useState(firstLanguage);
  const words = speaker(language);
  const [, renew] = useState(0);
  useEffect(() => onSession(() => renew((count) => count + 1)), []);
  useEffect(() => void (document.documentElement.lang = words.lang), [words.lang]);
  const choose = (chosen) => {
    keepLanguage(chosen);
    setLanguage(chosen);
  };
  return html`<${Words.Provider} value=${words}>
    <${Router} hook=${useHashPath}>
      ${key() === null ? html`<${SignIn} choose=${choose} />` : html`<${SignedIn} key=${key()} choose=${choose} />`}
    <//>
  <//>`;
}

/** Asks first what the key may do. A Worker that is misconfigured cannot say it, but says in its readiness what is wrong. */
function SignedIn({ choose }) {
  const [state, set] = useState(who() ? { isKnown: true } : {});
  const enter = () => {
    set({});
    get('/key').then(
      (account) => void (admit(account), set({ isKnown: true })),
      (trouble) => set(trouble.code === 'misconfigured' ? { isKnown: true, isMisconfigured: true } : { trouble }),
    );
  };
  useEffect(() => void (who() ?? enter()), []);
  if (state.trouble) {
    return html`<main class="alone">
      <${Trouble} trouble=${state.trouble} again=${enter} />
      <${SignOut} />
    </main>`;
  }
  return state.isKnown ? html`<${Frame} choose=${choose} isMisconfigured=${state.isMisconfigured} />` : html`<main class="alone"><${Skeleton} lines=${3} /></main>`;
}

function Frame({ choose, isMisconfigured }) {
  const { t } = useWords();
  const waiting = useLive((signal) => get('/attention', { signal }), [], { everyMs: isMisconfigured ? undefined : ATTENTION_EVERY_MS });
  const open = waiting.data?.attention.length ?? 0;
  const count = open && (waiting.data.next ? `${open}+` : String(open));
  const shop = useLive(() => fetch('/api/shop').then((answer) => answer.json()), []);
  return html`<div class="frame">
    <a class="skip" href="#main" onClick=${skip}>${t('nav.skip')}</a>
    <header class="top">
      <span class="brand"><img src="icon.svg" alt="" width="28" height="28" /> <span>${t('title')}</span></span>
      ${shop.data?.mode === 'demo' && html`<span class="badge plain">${t('demo')}</span>`}
      <span class="grow"></span>
      <${Language} choose=${choose} />
      <${SignOut} />
    </header>
    <nav class="places" aria-label=${t('nav.name')}>
      ${PLACES.map(({ to, word, icon }) => html`<${Place} key=${to} to=${to} icon=${icon} word=${t(`nav.${word}`)} count=${word === 'attention' ? count : 0} />`)}
    </nav>
    <main id="main" class="content" tabindex="-1">
      <${Guard}>
        <${Switch}>
          ${isMisconfigured && html`<${Route} path="/*?"><${Readiness} /><//>`}
          <${Route} path="/" component=${Today} />
          <${Route} path="/orders" component=${Orders} />
          <${Route} path="/orders/:id">${({ id }) => html`<${Order} key=${id} id=${decodeURIComponent(id)} onChange=${waiting.reload} />`}<//>
          <${Route} path="/attention">${() => html`<${Attention} onChange=${waiting.reload} />`}<//>
          <${Route} path="/webhooks" component=${Deliveries} />
          <${Route} path="/bills" component=${Reconciliation} />
          <${Route} path="/bills/:day">${({ day }) => html`<${ReconciliationDay} key=${day} day=${day} />`}<//>
          <${Route} path="/readiness" component=${Readiness} />
          <${Route}>${() => html`<${Nowhere} />`}<//>
        <//>
      <//>
    </main>
  </div>`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

function Place({ to, icon, word, count }) {
  const [path] = useLocation();
  const { t } = useWords();
  const isHere = to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
  return html`<${Link} href=${to} class="place" aria-current=${isHere ? 'page' : undefined}>
    <svg viewBox="0 0 16 16" aria-hidden="true"><path d=${icon} /></svg><span>${word}</span>
    ${count ? html`<span class="count"><span aria-hidden="true">${count}</span><span class="unseen">${t('nav.open', { count })}</span></span>` : null}
  <//>`;
}

function SignOut() {
  const { t } = useWords();
  const name = who()?.name;
  return html`<button type="button" class="button quiet" onClick=${() => signOut()} title=${name ? t('sign_out.key', { name }) : undefined}>${t('sign_out')}</button>`;
}

function Nowhere() {
  const { t } = useWords();
  return html`<h1>${t('nowhere')}</h1><p><${Link} href="/">${t('nav.today')}<//></p>`;
}

/** A page that fails says so, and the others stay reachable. */
class Guard extends Component {
  componentDidCatch(error) {
    this.setState({ error });
    reportError(error);
  }

  render({ children }, { error }) {
    if (!error) return children;
    return html`<${Trouble} trouble=${error} again=${() => this.setState({ error: undefined })} />`;
  }
}
