// The table of a soak.

const HEAD = ['fault', 'orders (notified / by query / abandoned / no code)', 'sockets', 'load, s', 'lost', 'doubled', 'to recover: s (minutes of its clock)'];

/** As Markdown. */
export function table(rows) {
  const lines = rows.map(({ fault, orders, fates, sockets, seconds, kills, lost, doubled, recovery }) => [
    kills > 0 ? `${fault} (${kills} kills)` : fault,
    `${orders} (${Object.values(fates).join(' / ')})`,
    sockets,
    seconds.toFixed(0),
    lost.length,
    doubled.length,
    `${(recovery.ms / 1000).toFixed(1)} (${recovery.minutes.toFixed(1)})`,
  ]);
  return [HEAD, HEAD.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
