// What the shopper chose: SKU → quantity. Stored for the tab and bounded by the catalogue.

const STORED_AS = 'example-tea-house cart';

export class Cart extends EventTarget {
  #quantities = new Map();

  constructor(catalog) {
    super();
    for (const { sku, quantity } of recall()) {
      const item = catalog.find(sku);
      if (item && quantity > 0) this.#quantities.set(sku, Math.min(quantity, item.max_quantity));
    }
  }

  /** `[{ sku, quantity }]`: what <wechat-pay> and the Worker need, in a stable order. */
  get lines() {
    return [...this.#quantities].map(([sku, quantity]) => ({ sku, quantity }));
  }

  quantity(sku) {
    return this.#quantities.get(sku) ?? 0;
  }

  set(item, quantity) {
    const bounded = Math.min(Math.max(0, quantity), item.max_quantity);
    if (bounded) this.#quantities.set(item.sku, bounded);
    else this.#quantities.delete(item.sku);
    this.#changed();
  }

  clear() {
    this.#quantities.clear();
    this.#changed();
  }

  #changed() {
    try {
      sessionStorage.setItem(STORED_AS, JSON.stringify(this.lines));
    } catch {
      // Storage is forbidden: the cart lives as long as the page.
    }
    this.dispatchEvent(new Event('change'));
  }
}

function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED_AS)) ?? [];
  } catch {
    return [];
  }
}
