// Bars of money over time, by uPlot, in the colours of the theme. Beside it is always a table with the same numbers.

import { Chart, html, useEffect, useRef } from '../vendor.js';
import { digits, money } from '../money.js';

const HEIGHT = 220;

/** `points`: `{ label, name, minor }`, evenly spaced: the label below the bar, and its whole name. */
export function Bars({ points, currency, tag, label }) {
  const place = useRef();
  const readout = useRef();
  const shown = points.map(({ minor }) => minor).join();

  useEffect(() => {
    let chart;
    const draw = () => {
      chart?.destroy();
      chart = new Chart(options(place.current, readout.current, points, currency, tag), data(points, currency), place.current);
    };
    draw();
    const themes = matchMedia('(prefers-color-scheme: dark)');
    const sizes = new ResizeObserver(() => place.current && chart.width !== place.current.clientWidth && chart.setSize({ width: place.current.clientWidth, height: HEIGHT }));
    sizes.observe(place.current);
    themes.addEventListener('change', draw);
    return () => {
      sizes.disconnect();
      themes.removeEventListener('change', draw);
      chart.destroy();
    };
  }, [shown, currency, tag, points.length]);

  return html`<div class="chart">
    <p class="readout" ref=${readout} aria-hidden="true"> </p>
    <div class="canvas" ref=${place} role="img" aria-label=${label}></div>
  </div>`;
}

/** For drawing alone: a canvas has no exact numbers. */
const data = (points, currency) => [points.map((_, at) => at), points.map(({ minor }) => Number(digits(minor, currency)))];

function options(place, readout, points, currency, tag) {
  const color = (name) => getComputedStyle(place).getPropertyValue(name).trim();
  const font = `12px ${getComputedStyle(place).fontFamily}`;
  const axis = { stroke: color('--muted'), font, ticks: { show: false } };
  const compact = new Intl.NumberFormat(tag, { notation: 'compact' });
  return {
    width: place.clientWidth,
    height: HEIGHT,
    padding: [10, 12, 0, 0],
    legend: { show: false },
    cursor: { x: false, y: false, drag: { setScale: false }, points: { show: false } },
    scales: { x: { time: false, range: [-0.6, points.length - 0.4] }, y: { range: (_, _least, most) => [0, most > 0 ? most * 1.05 : 1] } },
    axes: [
      { ...axis, size: 26, gap: 6, grid: { show: false }, splits: () => marks(points.length, place.clientWidth), values: (_, at) => at.map((each) => points[each]?.label ?? '') },
      { ...axis, size: 50, gap: 6, grid: { stroke: color('--line'), width: 1 }, values: (_, at) => at.map((each) => compact.format(each)) },
    ],
    series: [{}, { fill: color('--accent'), stroke: color('--accent'), width: 0, points: { show: false }, paths: Chart.paths.bars({ size: [0.72, 40], radius: 0.15 }) }],
    hooks: {
      setCursor: [
        ({ cursor: { idx } }) => {
          const point = points[idx];
          readout.textContent = point ? `${point.name} · ${money(point.minor, currency, tag)}` : '\u00a0';
        },
      ],
    },
  };
}

/** Which bars have a label: the first always, and as many as there is room for. */
function marks(length, width) {
  const step = Math.max(1, Math.ceil(length / Math.max(2, Math.floor(width / 68))));
  return Array.from({ length: Math.ceil(length / step) }, (_, at) => at * step);
}
