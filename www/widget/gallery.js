// Every state of <wechat-pay> on one page. The page plays the Worker of each element: requests to
// `https://<state>.gallery.invalid` never leave the page, and the answers to them lead to that state.

const LANGUAGES = 'ar de en es fr id ja ko ms pt ru th vi zh-CN zh-HK zh-TW'.split(' ');

const order = (status, more = {}) => ({
  status,
  version: 1,
  description: 'Example Tea House - Tea gift set',
  amount: { minor: 18600, currency: 'HKD', decimals: 2 },
  expires_at_ms: 1_772_339_400_000,
  server_time_ms: 1_772_337_600_000,
  ...more,
});
const waiting = order('awaiting_payment', { code_url: 'weixin://wxpay/bizpayurl?pr=gallery01', ask_again_in_ms: 60_000 });
const unreachable = () => Promise.reject(new TypeError('played: no network'));
const refusal = () => new Response('{"code":"unknown_sku"}', { status: 422, headers: { 'content-type': 'application/problem+json' } });
const unanswered = () => new Promise(() => {});
const checking = order('checking', { ask_again_in_ms: 60_000 });

const claim = (pay) => pay.shadowRoot.querySelector('[part~=claim]').click();
const quit = (pay) => pay.cancel();
/** Asks immediately. (If the first answer says that the order is over, the element takes it for an old order and replaces it.) */
const ask = (pay) => pay.start();
const openPhone = (pay) => (pay.shadowRoot.querySelector('[part=phone]').open = true);
const unsupported = (words) => ({ failed_rejected: words.failed_unsupported });

/** What a shop may write into the element's slots. */
const header = (pay) => slot(pay, 'header', 'p', 'Your order at Example Tea House');
const thanks = (pay) => slot(pay, 'success', 'p', 'Your tea leaves tomorrow.');
const wayOut = (pay) => slot(pay, 'error', 'a', 'Pay by card instead');
const other = (pay) => slot(pay, 'other', 'a', 'Pay in the WeChat app instead');
function slot(pay, slot, name, text) {
  const node = Object.assign(document.createElement(name), { slot, textContent: text });
  if (name === 'a') node.href = '#';
  pay.append(node);
}

/**
 * Name, description, the state that is reached, and the way to it: the Worker's answers to placing an order, to later looks
 * and to cancelling (`place`, `look`, `cancel`); what to do with the new element (`prepare`) and after the start (`then`); the
 * browser's user agent (`as`); the shop's own texts (`words`).
 */
const STATES = [
  ['idle', 'Before the button is pressed.', 'idle'],
  ['disabled', 'The shop does not let it be pressed yet.', 'idle', { prepare: (pay) => (pay.disabled = true) }],
  ['creating', 'The order is being made.', 'creating', { place: unanswered }],
  ['showing', 'The code can be scanned.', 'showing', { place: () => waiting }],
  ['claimed', 'After “I have paid”, while the Worker looks.', 'checking', { place: () => waiting, look: unanswered, then: claim }],
  ['not-yet', 'The Worker looked for that payment and found none.', 'showing', { place: () => waiting, then: claimedBefore }],
  ['troubled', 'A look was not answered; the code still counts.', 'showing', { place: () => waiting, look: unreachable, then: ask }],
  ['offline', 'The device has no network.', 'showing', { place: () => waiting, look: unreachable, then: goOffline }],
  ['under-review', 'Money came that does not fit the order.', 'showing', { place: () => ({ ...waiting, notices: ['under_review'] }) }],
  ['checking', 'The time is over; WeChat Pay is asked a last time.', 'checking', { place: () => checking }],
  ['paid', 'The Worker says the money is there.', 'paid', { place: () => order('paid') }],
  ['paid-late', 'Paid after the time was over.', 'paid', { place: () => order('paid', { notices: ['paid_late'] }) }],
  ['paid-twice', 'A second payment of the same order.', 'paid', { place: () => order('paid', { notices: ['paid_twice'] }) }],
  ['expired', 'Nobody paid in time.', 'expired', { place: () => waiting, look: () => order('expired', { version: 2 }), then: ask }],
  ['cancelled', 'The shopper gave up.', 'cancelled', { place: () => waiting, cancel: () => order('cancelled', { version: 2 }), then: quit }],
  ['cancelled-unanswered', 'The Worker did not confirm it.', 'cancelled', { place: () => waiting, cancel: refusal, then: quit }],
  ['refused', 'WeChat Pay refused the order.', 'failed', { place: () => order('failed', { failure: 'refused' }) }],
  ['misconfigured', 'The shop has to mend something.', 'failed', { place: () => order('failed', { failure: 'shop_misconfigured' }) }],
  ['unreachable', 'WeChat Pay could not be reached.', 'failed', { place: () => order('failed', { failure: 'gateway_unreachable' }) }],
  ['rejected', 'The Worker does not know the goods.', 'failed', { place: refusal }],
  ['unsupported', 'No browser of today: played by its words.', 'failed', { place: refusal, words: unsupported }],
  ['phone', 'On a phone, opened.', 'showing', { place: () => waiting, prepare: openPhone }],
  ['in-wechat', 'On a phone, inside WeChat.', 'showing', { place: () => waiting, as: 'Played on a phone MicroMessenger/8.0.50' }],
  ['slots', 'The shop’s own header, and another way on a phone.', 'showing', { place: () => waiting, prepare: [header, other, openPhone] }],
  ['slots-idle', 'The shop’s own header above the button.', 'idle', { prepare: header }],
  ['slots-paid', 'The shop’s own thanks.', 'paid', { place: () => order('paid'), prepare: [header, thanks] }],
  ['slots-failed', 'The shop’s own way out.', 'failed', { place: refusal, prepare: [header, wayOut] }],
];

/** The shopper said *I have paid* 15 seconds ago. */
function claimedBefore(pay) {
  ago = 15_000;
  claim(pay);
  ago = 0;
  ask(pay);
}

/** The page counts as open for a minute, so that something can have happened before. */
let ago = 0;
const now = performance.now.bind(performance);
performance.now = () => now() + 60_000 - ago;

/** The listeners for `offline`, by element. Only one of them is called. */
const offline = new Map();
let made;
const listen = window.addEventListener.bind(window);
window.addEventListener = (type, listener, options) => {
  if (type === 'offline') offline.set(made, listener);
  listen(type, listener, options);
};
function goOffline(pay) {
  as({ onLine: false }, offline.get(pay));
}

/** Runs this while `navigator` has these properties. */
function as(claims, work) {
  for (const [name, value] of Object.entries(claims)) Object.defineProperty(navigator, name, { configurable: true, get: () => value });
  try {
    return work();
  } finally {
    for (const name of Object.keys(claims)) delete navigator[name];
  }
}

const network = window.fetch;
window.fetch = async (input, init) => {
  const url = new URL(input.url ?? input, location.href);
  if (!url.hostname.endsWith('.gallery.invalid')) return network(input, init);
  const [played] = url.hostname.split('.');
  const { place, look = place, cancel } = STATES.find(([name]) => name === played)[3];
  const placing = url.pathname === '/api/orders';
  const answer = await (placing ? place : url.pathname.endsWith('/cancel') ? cancel : look)();
  if (answer instanceof Response) return answer;
  const shown = { id: `GALLERY-${played}`, ...answer };
  return Response.json(placing ? { order: shown, token: 'gallery' } : shown);
};

// The played Workers push nothing. Their sockets never open.
window.WebSocket = class {
  send() {}
  close() {}
};

await import('./wechat-pay.js');

const template = document.getElementById('state');
for (const [name, what, state, { place, prepare, then, as: userAgent } = {}] of STATES) {
  const section = template.content.firstElementChild.cloneNode(true);
  section.id = name;
  section.dataset.state = state;
  section.querySelector('h2').textContent = name;
  section.querySelector('p').textContent = what;
  const pay = (made = as(userAgent ? { userAgent } : {}, () => document.createElement('wechat-pay')));
  pay.sku = 'tea-gift-set';
  pay.endpoint = `https://${name}.gallery.invalid`;
  for (const work of [prepare ?? []].flat()) work(pay);
  section.append(pay);
  document.getElementById('states').append(section);
  if (place) pay.start().then(() => then?.(pay));
}

const language = document.getElementById('language');
const theme = document.getElementById('theme');
for (const tag of LANGUAGES) {
  const label = `${new Intl.DisplayNames(tag, { type: 'language' }).of(tag)} (${tag})`;
  language.append(new Option(label, tag, false, tag === 'en'));
}

/** `?lang=ar&theme=dark` also chooses, for screenshots. */
const asked = new URLSearchParams(location.search);
language.value = asked.get('lang') ?? 'en';
theme.value = asked.get('theme') ?? '';

async function apply() {
  document.documentElement.dataset.theme = theme.value;
  const words = await fetch(`wechat-pay.${language.value}.json`).then((answer) => answer.json());
  for (const pay of document.querySelectorAll('wechat-pay')) {
    pay.lang = language.value;
    pay.theme = theme.value || null;
    const [, , , played] = STATES.find(([name]) => name === pay.parentElement.id);
    pay.texts = played?.words?.(words);
  }
}
language.addEventListener('change', apply);
theme.addEventListener('change', apply);
apply();
