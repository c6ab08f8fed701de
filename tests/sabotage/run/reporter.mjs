// A reporter of Node's runner that says of each test its name and what became of it, in lines that a program reads.

/** Begins a line of this reporter. */
export const REPORTED = '\u0001test ';

export default async function* reporter(events) {
  for await (const { type, data } of events) {
    if (type === 'test:pass' && data.details?.type !== 'suite') {
      const said = data.skip !== undefined ? 'skipped' : data.todo !== undefined ? 'todo' : 'passed';
      yield `${REPORTED}${JSON.stringify({ name: data.name, said })}\n`;
    } else if (type === 'test:fail' && data.details?.type !== 'suite') {
      yield `${REPORTED}${JSON.stringify({ name: data.name, said: 'failed' })}\n`;
      yield `${data.details?.error?.stack ?? data.details?.error}\n${data.details?.error?.cause?.stack ?? ''}\n`;
    } else if (type === 'test:stderr' || type === 'test:stdout') {
      yield data.message;
    }
  }
}
