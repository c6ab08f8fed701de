// Figures from what was measured.

/** The chunks of one scenario, target and round as one row. */
export function row(chunks) {
  const sum = (of) => chunks.reduce((all, chunk) => all + of(chunk), 0);
  const done = sum((chunk) => chunk.done);
  const latencies = chunks.flatMap((chunk) => [...chunk.latencies]).sort((one, other) => one - other);
  return {
    done,
    errors: sum((chunk) => chunk.errors),
    cpuMs: sum((chunk) => chunk.ns) / 1e6 / done,
    cpuTicksMs: sum((chunk) => chunk.ticksNs) / 1e6 / done,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}

export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median, the least and the most. */
export function spread(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Round by round, since what disturbs a round disturbs all targets of it. */
export function ratios(rows, base, of) {
  return spread(rows.map((each, round) => of(each) / of(base[round])));
}

function quantile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}
