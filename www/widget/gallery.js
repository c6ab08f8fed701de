// Every state of <wechat-pay> at once. The Worker of each element is played here: requests to
// `https://<state>.gallery.invalid` never leave the page, and their answers lead to that state.

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

/** Name, what leads there, and the Worker's answers to placing an order and to later looks. */
const STATES = [
  ['idle', 'Before the button is pressed.'],
  ['creating', 'The order is being made.', () => new Promise(() => {})],
  ['showing', 'The code can be scanned.', () => waiting],
  ['claimed', 'After “I have paid”, while the Worker looks.', () => waiting, () => waiting],
  ['troubled', 'A look was not answered; the code still counts.', () => waiting, unreachable],
  ['checking', 'The time is over; WeChat Pay is asked a last time.', () => order('checking', { ask_again_in_ms: 60_000 })],
  ['paid', 'The Worker says the money is there.', () => order('paid')],
  ['paid-late', 'Paid after the time was over.', () => order('paid', { notices: ['paid_late'] })],
  ['paid-twice', 'A second payment of the same order.', () => order('paid', { notices: ['paid_twice'] })],
  ['expired', 'Nobody paid in time.', () => waiting, () => order('expired', { version: 2 })],
  ['cancelled', 'The shopper gave up.', () => waiting, () => order('cancelled', { version: 2 })],
  ['refused', 'WeChat Pay refused the order.', () => order('failed', { failure: 'refused' })],
  ['misconfigured', 'The shop has to mend something.', () => order('failed', { failure: 'shop_misconfigured' })],
  ['unreachable', 'WeChat Pay could not be reached.', () => order('failed', { failure: 'gateway_unreachable' })],
  ['rejected', 'The Worker does not know the goods.', () => new Response('{}', { status: 422 })],
];

const network = window.fetch;
window.fetch = async (input, init) => {
  const url = new URL(input.url ?? input, location.href);
  if (!url.hostname.endsWith('.gallery.invalid')) return network(input, init);
  const [, , place, look = place] = STATES.find(([name]) => url.hostname === `${name}.gallery.invalid`);
  const placing = init?.method === 'POST';
  const answer = await (placing ? place : look)();
  if (answer instanceof Response) return answer;
  const shown = { id: `GALLERY-${url.hostname.split('.')[0]}`, ...answer };
  return Response.json(placing ? { order: shown, token: 'gallery' } : shown);
};

// The played Workers push nothing: their sockets never open.
window.WebSocket = class {
  send() {}
  close() {}
};

await import('./wechat-pay.js');

const template = document.getElementById('state');
for (const [name, what, place] of STATES) {
  const section = template.content.firstElementChild.cloneNode(true);
  section.id = name;
  section.querySelector('h2').textContent = name;
  section.querySelector('p').textContent = what;
  const pay = document.createElement('wechat-pay');
  pay.sku = 'tea-gift-set';
  pay.endpoint = `https://${name}.gallery.invalid`;
  section.append(pay);
  document.getElementById('states').append(section);
  if (!place) continue;
  const reached = pay.start();
  if (name === 'claimed') reached.then(() => pay.shadowRoot.querySelector('[part~=claim]').click());
  // Pressing start again is asking again at once: that answer, or that none comes, is the state. (A new order that is
  // over at once would only be one of an old key, and be replaced by another.)
  if (['troubled', 'expired', 'cancelled'].includes(name)) reached.then(() => pay.start());
}

const language = document.getElementById('language');
const theme = document.getElementById('theme');
for (const tag of LANGUAGES) {
  const label = `${new Intl.DisplayNames(tag, { type: 'language' }).of(tag)} (${tag})`;
  language.append(new Option(label, tag, false, tag === 'en'));
}

/** `?lang=ar&theme=dark` chooses, too: for pictures. */
const asked = new URLSearchParams(location.search);
language.value = asked.get('lang') ?? 'en';
theme.value = asked.get('theme') ?? '';

function apply() {
  document.documentElement.dataset.theme = theme.value;
  for (const pay of document.querySelectorAll('wechat-pay')) {
    pay.lang = language.value;
    pay.theme = theme.value || null;
  }
}
language.addEventListener('change', apply);
theme.addEventListener('change', apply);
apply();
