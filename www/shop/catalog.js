// The catalogue the site publishes, for display. The Worker reads the same file for the price.

import { language } from './words.js';

export async function loadCatalog() {
  const response = await fetch('/catalog.json');
  if (!response.ok) throw new Error(`catalog.json: ${response.status}`);
  const { currency, items } = await response.json();
  return new Catalog(currency, items);
}

class Catalog {
  constructor(currency, items) {
    this.currency = currency;
    this.items = items;
  }

  find(sku) {
    return this.items.find((item) => item.sku === sku);
  }

  /** A name or a description in the shopper's language, else in English. */
  text(texts) {
    return texts[language()] ?? texts.en ?? '';
  }

  /** An amount of the currency's smallest unit, as the shopper's language writes it. */
  price(minor) {
    const format = new Intl.NumberFormat(language(), { style: 'currency', currency: this.currency });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  }
}
