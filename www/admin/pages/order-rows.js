// Orders as a table: the list's own, and that of today.

import { html, Link, useEffect, useMemo, useRef } from '../vendor.js';
import { money } from '../money.js';
import { OrderBadges } from '../parts/badge.js';
import { Empty } from '../parts/states.js';
import { Table } from '../parts/table.js';
import { short } from '../when.js';
import { useWords } from '../words.js';

/** A row that came or changed while one looks is marked for a moment. */
export function OrderRows({ name, orders, empty }) {
  const words = useWords();
  const { t, tag, language } = words;
  const columns = useMemo(
    () => [
      { id: 'what', header: t('order.what'), isMain: true, cell: (order) => html`<${What} order=${order} />` },
      { id: 'state', header: t('order.state'), cell: (order) => html`<${OrderBadges} order=${order} />` },
      { id: 'placed', header: t('order.placed'), cell: ({ placed_at_ms: at }) => html`<time datetime=${new Date(at).toISOString()}>${short(at, tag)}</time>` },
      { id: 'shopper', header: t('order.shopper'), cell: ({ shopper, reference }) => html`<span class="words">${shopper?.email ?? reference ?? ''}</span>` },
      { id: 'amount', header: t('order.amount'), isNumber: true, cell: ({ amount_minor: minor, currency }) => money(minor, currency, tag) },
    ],
    [language],
  );
  const news = useNews(orders);
  if (!orders.length) return html`<${Empty} title=${empty} />`;
  return html`<${Table} looks="orders" name=${name} columns=${columns} rows=${orders} rowName=${({ out_trade_no: id }) => id} rowClass=${({ out_trade_no: id }) => (news.has(id) ? 'news' : '')} />`;
}

function What({ order }) {
  const { out_trade_no: id, description } = order;
  return html`<${Link} href=${`/orders/${encodeURIComponent(id)}`} class="what">${description || id}<//><code class="under-what">${id}</code>`;
}

/** The numbers of the orders that are new, or newer, than when this was shown first. */
function useNews(orders) {
  const known = useRef();
  const news = new Set(known.current && orders.filter(({ out_trade_no: id, version }) => known.current.get(id) !== version).map(({ out_trade_no: id }) => id));
  useEffect(() => {
    known.current = new Map([...(known.current ?? []), ...orders.map(({ out_trade_no: id, version }) => [id, version])]);
  }, [orders]);
  return news;
}
