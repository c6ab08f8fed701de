// The demo shop: shows the catalogue, keeps a cart, and leaves the payment to <wechat-pay>.
// It sends no price to anyone: the Worker computes the price from the catalogue.

import { loadCatalog } from './shop/catalog.js';
import { Cart } from './shop/cart.js';
import { checkout } from './shop/checkout.js';
import { showGoods } from './shop/goods.js';
import { translate, chooseLanguage, language, word } from './shop/words.js';

const trouble = document.getElementById('trouble');

async function open() {
  translate();
  const catalog = await loadCatalog();
  const cart = new Cart(catalog);
  const show = () => {
    translate();
    showGoods(catalog, cart);
    pay.show();
  };
  const pay = checkout(catalog, cart);
  cart.addEventListener('change', () => pay.show());
  for (const button of document.querySelectorAll('.languages button')) {
    button.addEventListener('click', () => {
      chooseLanguage(button.value);
      show();
    });
  }
  document.documentElement.lang = language();
  show();
}

open().catch((error) => {
  trouble.textContent = word('no_catalog');
  trouble.hidden = false;
  console.error(error);
});
