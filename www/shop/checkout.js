// The order and its payment: everything a merchant's page does with <wechat-pay>.

import { language, word } from './words.js';
import { loadPhone } from './demo.js';

const find = (id) => document.getElementById(id);
const pay = find('pay');
const RUNNING = ['creating', 'showing', 'checking'];

/** @returns {{ show: () => void }} shows the cart as it is now */
export function checkout(catalog, cart) {
  const phone = loadPhone();
  let settled = false;
  let inView = false;

  pay.addEventListener('wechat-pay-ready', async ({ detail: order }) => (await phone)?.offer(order.code_url));
  pay.addEventListener('wechat-pay-paid', ({ detail: order }) => {
    settled = true;
    find('number').textContent = order.id;
    cart.clear(); // the element keeps showing its thanks
  });
  for (const event of ['paid', 'expired', 'cancelled', 'error']) {
    pay.addEventListener(`wechat-pay-${event}`, async () => (await phone)?.withdraw());
  }
  // The order at the Worker has the lines of this cart, so the cart is locked while the payment runs.
  new MutationObserver(() => lock()).observe(pay, { attributeFilter: ['state'] });
  // The bar leads to the order. While the order is in view, the bar is hidden.
  new IntersectionObserver(([{ isIntersecting }]) => {
    inView = isIntersecting;
    show();
  }).observe(find('order'));
  find('again').addEventListener('click', () => {
    settled = false;
    pay.lines = [];
    show();
    find('goods').querySelector('button').focus();
  });

  function lock() {
    const running = RUNNING.includes(pay.state);
    find('order').classList.toggle('running', running);
    for (const button of document.querySelectorAll('.line button, .add')) button.disabled = running;
  }

  function show() {
    const lines = cart.lines;
    if (settled && lines.length) settled = false;
    const total = lines.reduce((sum, { sku, quantity }) => sum + catalog.find(sku).amount_minor * quantity, 0);
    showLines(catalog, cart);
    pay.lang = language();
    if (!settled && JSON.stringify(pay.lines) !== JSON.stringify(lines)) pay.lines = lines;
    pay.hidden = !settled && !lines.length;
    find('empty').hidden = settled || lines.length > 0;
    find('total').hidden = !lines.length;
    find('bar').hidden = !lines.length || inView;
    for (const id of ['total', 'bar']) find(id).querySelector('strong').textContent = catalog.price(total);
    lock();
  }

  return { show };
}

function showLines(catalog, cart) {
  const focus = document.activeElement?.dataset?.step;
  find('lines').replaceChildren(...cart.lines.map((line) => lineOf(catalog, cart, line)));
  if (focus) document.querySelector(`[data-step="${CSS.escape(focus)}"]`)?.focus();
}

function lineOf(catalog, cart, { sku, quantity }) {
  const item = catalog.find(sku);
  const line = find('line').content.firstElementChild.cloneNode(true);
  const name = catalog.text(item.name);
  line.querySelector('.name').textContent = name;
  line.querySelector('.sum').textContent = catalog.price(item.amount_minor * quantity);
  line.querySelector('output').textContent = quantity;
  for (const [way, by] of [
    ['less', -1],
    ['more', 1],
  ]) {
    const button = line.querySelector(`.${way}`);
    button.dataset.step = `${way} ${sku}`;
    button.setAttribute('aria-label', `${word(way)}: ${name}`);
    button.setAttribute('aria-disabled', String(by > 0 && quantity >= item.max_quantity));
    button.addEventListener('click', () => cart.set(item, quantity + by));
  }
  return line;
}
