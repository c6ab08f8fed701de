// What a run says at its end, in Markdown.

import { cpus, loadavg } from 'node:os';
import { gzipSync } from 'node:zlib';

import { median, ratios, spread } from './summary.mjs';

/** What was measured, and on what. */
export function heading({ rounds, n, chunks, connections, signType, latencyMs, lean }) {
  const [{ model }] = cpus();
  const bindings = lean ? 'lean: no index, no webhooks' : 'with the index (D1) and webhooks';
  const machine = `${cpus().length} × ${model}, Node ${process.version}, load average ${loadavg()[0].toFixed(1)}`;
  const load = `${rounds} rounds of ${n} requests in ${chunks} chunks, ${connections} connections`;
  return `${new Date().toISOString()}, ${machine}.\n${load}, ${signType}, gateway after ${latencyMs} ms; ${bindings}.`;
}

/** `rows` are those of each scenario by the target's name, one of each round. */
export function loadTable(scenarios, names, rows) {
  const lines = [
    `| scenario | target | CPU ms per request | p50 ms | p99 ms | CPU ÷ ${names[0]} |`,
    '| --- | --- | --- | --- | --- | --- |',
  ];
  for (const { name, what } of scenarios) {
    const ofScenario = rows.get(name);
    // The messages of one API are nothing to the targets of the other.
    const able = names.filter((target) => ofScenario.get(target).length > 0);
    const base = ofScenario.get(names[0]);
    able.forEach((target, at) => {
      const own = ofScenario.get(target);
      const ratio = base.length > 0 ? `**${range(ratios(own, base, ({ cpuMs }) => cpuMs), 2)}**` : '';
      const cells = [
        at === 0 ? `**${name}**: ${what}` : '',
        target,
        range(spread(own.map(({ cpuMs }) => cpuMs)), 3),
        median(own.map(({ p50 }) => p50)).toFixed(2),
        median(own.map(({ p99 }) => p99)).toFixed(2),
        target === names[0] ? '1' : ratio,
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    });
  }
  return lines.join('\n');
}

/** One API beside the other in the same Worker, and both Workers in API v3, as far as they were measured. */
export function pairTables(scenarios, names, rows) {
  const all = [['worker-v3', 'worker'], ['peer-v3', 'peer'], ['worker-v3', 'peer-v3']];
  const pairs = all.filter((pair) => pair.every((name) => names.includes(name)));
  if (pairs.length === 0) return [];
  const lines = [`| scenario | ${pairs.map((pair) => pair.join(' ÷ ')).join(' | ')} |`, `| --- |${' --- |'.repeat(pairs.length)}`];
  for (const { name } of scenarios) {
    const cells = pairs.map((pair) => {
      const [own, base] = pair.map((target) => rows.get(name).get(target));
      return own.length > 0 && base.length > 0 ? range(ratios(own, base, ({ cpuMs }) => cpuMs), 2) : '';
    });
    if (cells.some(Boolean)) lines.push(`| ${name} | ${cells.join(' | ')} |`);
  }
  return [lines.join('\n')];
}

/** `rows` are those of start.mjs. */
export function startTable(names, rows) {
  const lines = [
    '| first answer after start | ms | CPU ms until then | ms beyond `empty` | CPU ms beyond `empty` |',
    '| --- | --- | --- | --- | --- |',
  ];
  const middle = (name, figure) => median(rows.get(name).map((each) => each[figure]));
  for (const name of names) {
    const [total, cpu] = ['totalMs', 'cpuMs'].map((figure) => range(spread(rows.get(name).map((each) => each[figure])), 1));
    const beyond = ['totalMs', 'cpuMs'].map((figure) => (middle(name, figure) - middle('empty', figure)).toFixed(1));
    lines.push(`| ${[name, total, cpu, ...beyond].join(' | ')} |`);
  }
  return lines.join('\n');
}

export function sizeTable(targets) {
  const lines = ['| bundle | KB | KB gzip |', '| --- | --- | --- |'];
  for (const { name, modules } of targets) {
    const bytes = sum(modules.map(({ contents }) => contents.length));
    const packed = sum(modules.map(({ contents }) => gzipSync(contents, { level: 9 }).length));
    lines.push(`| ${name} | ${(bytes / 1000).toFixed(1)} | ${(packed / 1000).toFixed(1)} |`);
  }
  return lines.join('\n');
}

/** Whether threads have ended and taken their time with them. */
export function clockCheck(rows) {
  const all = [...rows.values()].flatMap((ofScenario) => [...ofScenario.values()].flat());
  const quotient = median(all.map(({ cpuTicksMs, cpuMs }) => cpuTicksMs / cpuMs));
  return `The process's own clock of 10 ms steps ÷ the sum over its threads: ${quotient.toFixed(3)} (1 is right).`;
}

function range({ median: middle, least, most }, digits) {
  return `${middle.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

function sum(values) {
  return values.reduce((all, value) => all + value, 0);
}
