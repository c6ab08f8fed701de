// A reporter of Node’s test runner for the tool: one line per test, `status<TAB>file<TAB>name<TAB>reason`.
//
// `status` is `passed`, `failed` or `skipped`. `file` is the path of the test’s file from the project’s root, with `, Firefox`
// if it ran in Firefox. `name` is the test’s own name, without the names of its suites. `reason` says why it was skipped.
// Suites have no line. A file has a line only when it fails as a whole; then the name is the file’s path.

import { relative, resolve } from 'node:path';

const ENGINE = process.env.BROWSER === 'firefox' ? ', Firefox' : '';

/** A file’s tests end with its summary. A file that failed as a whole, or has no test, ends with its own event instead. */
export default async function* ran(events) {
  let held = [];
  for await (const { type, data } of events) {
    if (type === 'test:summary' && data.file) {
      yield* held.map((test) => line(data.file, test));
      held = [];
    } else if (type === 'test:pass' || type === 'test:fail') {
      const whole = data.nesting === 0 && resolve(data.name) === data.file;
      if (!whole) {
        if (data.details?.type !== 'suite' || failedByItself(data)) held.push(test(type, data));
        continue;
      }
      yield* held.map((test) => line(data.file, test));
      held = [];
      if (type === 'test:fail') yield line(data.file, { status: 'failed', name: relative('.', data.file), reason: '' });
    }
  }
}

/** Whether a suite failed because of its `before` or `after`, and not because a test in it failed. */
function failedByItself(data) {
  return data.details.error !== undefined && data.details.error.failureType !== 'subtestsFailed';
}

function test(type, { name, skip, todo }) {
  const left = skip ?? todo;
  if (left !== undefined && left !== false) return { status: 'skipped', name, reason: typeof left === 'string' ? left : '' };
  return { status: type === 'test:pass' ? 'passed' : 'failed', name, reason: '' };
}

function line(file, { status, name, reason }) {
  return `${[status, relative('.', file) + ENGINE, name, reason].map((part) => part.replaceAll(/\s+/g, ' ')).join('\t')}\n`;
}
