// The libraries of the back office, as one file: `cargo xtask build` makes www/admin/vendor.js and vendor.css of it.

import 'uplot/dist/uPlot.min.css';
import htm from 'htm';
import { h } from 'preact';

export { Component, Fragment, createContext, h, render } from 'preact';
export { useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
export { createSortedRowModel, rowSortingFeature, tableFeatures, useTable } from '@tanstack/preact-table';
export { Link, Route, Router, Switch, useLocation, useParams, useSearch } from 'wouter-preact';
export { default as Chart } from 'uplot';

/** Markup in a template text, for pages that are not compiled. */
export const html = htm.bind(h);
