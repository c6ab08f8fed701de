// The goods as cards.

import { word } from './words.js';

const list = document.getElementById('goods');
const template = document.getElementById('item');
const news = document.getElementById('news');

export function showGoods(catalog, cart) {
  list.replaceChildren(...catalog.items.map((item) => card(catalog, cart, item)));
}

function card(catalog, cart, item) {
  const card = template.content.firstElementChild.cloneNode(true);
  const name = catalog.text(item.name);
  card.querySelector('img').src = item.image;
  card.querySelector('h2').textContent = name;
  card.querySelector('.about').textContent = catalog.text(item.description);
  card.querySelector('.price').textContent = catalog.price(item.amount_minor);
  const add = card.querySelector('.add');
  add.textContent = word('add');
  add.setAttribute('aria-label', `${word('add')}: ${name}`);
  add.dataset.sku = item.sku;
  add.addEventListener('click', () => {
    cart.set(item, cart.quantity(item.sku) + 1);
    news.textContent = `${name} × ${cart.quantity(item.sku)}`;
  });
  return card;
}
