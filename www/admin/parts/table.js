// A table of rows. On a phone each row is a card, and each cell has the name of its column in front.

import { createSortedRowModel, html, rowSortingFeature, tableFeatures, useMemo, useTable } from '../vendor.js';

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/**
 * `columns`: `{ id, header, cell(row), value(row)?, isNumber?, isMain? }`. One with a `value` can be sorted by it. `name` is what the
 * table is called; `rowName(row)` makes the key of a row, `rowClass(row)` its looks.
 */
export function Table({ name, columns, rows, rowName, rowClass = () => '', canSort = false, looks = '' }) {
  const made = useMemo(
    () =>
      columns.map(({ id, header, cell, value, ...more }) => ({
        id,
        header,
        accessorFn: value ?? (() => null),
        cell: ({ row }) => cell(row.original),
        enableSorting: canSort && value !== undefined,
        sortFn: 'basic',
        meta: more,
      })),
    [columns, canSort],
  );
  const table = useTable({ features, columns: made, data: rows, getRowId: rowName, enableSortingRemoval: true });
  return html`<table class=${`table ${looks}`} role="table" aria-label=${name}>
    <thead role="rowgroup">
      ${table.getHeaderGroups().map(
        (group) => html`<tr role="row" key=${group.id}>
          ${group.headers.map((header) => html`<${Head} key=${header.id} column=${header.column} />`)}
        </tr>`,
      )}
    </thead>
    <tbody role="rowgroup">
      ${table.getRowModel().rows.map(
        (row) => html`<tr role="row" key=${row.id} class=${rowClass(row.original)}>
          ${row.getAllCells().map(({ column }) => html`<${Cell} key=${column.id} column=${column} row=${row} />`)}
        </tr>`,
      )}
    </tbody>
  </table>`;
}

function Head({ column }) {
  const { header, meta } = column.columnDef;
  const sorted = column.getIsSorted();
  const label = column.getCanSort()
    ? html`<button type="button" class="sort" onClick=${column.getToggleSortingHandler()}>${header}<span aria-hidden="true">${{ asc: ' ▲', desc: ' ▼' }[sorted] ?? ''}</span></button>`
    : header;
  const order = { asc: 'ascending', desc: 'descending' }[sorted] ?? 'none';
  return html`<th role="columnheader" scope="col" class=${meta.isNumber ? 'number' : ''} aria-sort=${column.getCanSort() ? order : undefined}>${label}</th>`;
}

function Cell({ column, row }) {
  const { header, cell, meta } = column.columnDef;
  const looks = [meta.isNumber && 'number', meta.isMain && 'main'].filter(Boolean).join(' ');
  return html`<td role="cell" class=${looks} data-id=${column.id} data-column=${header}>${cell({ row })}</td>`;
}
