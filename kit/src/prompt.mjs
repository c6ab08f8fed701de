// Asks a person, line by line. Answers may also be piped. What is secret is not shown while it is typed.

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

import { Mistake } from './mistake.mjs';

export class Prompt {
  #isHidden = false;
  #isTerminal;
  #lines;
  #reader;

  constructor(input = process.stdin, output = process.stdout) {
    const shown = new Writable({
      write: (chunk, _, done) => {
        if (!this.#isHidden) output.write(chunk);
        done();
      },
    });
    this.output = output;
    this.#isTerminal = Boolean(input.isTTY);
    this.#reader = createInterface({ input, output: shown, terminal: this.#isTerminal });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** The answer, without blanks at its ends. */
  async ask(question) {
    if (this.#isTerminal) {
      // It writes the question again when the line is edited.
      this.#reader.setPrompt(`${question}: `);
      this.#reader.prompt();
    } else {
      this.output.write(`${question}: `);
    }
    return this.#next();
  }

  /** The same for a secret. */
  async askHidden(question) {
    this.output.write(`${question}: `);
    this.#reader.setPrompt('');
    this.#isHidden = true;
    try {
      return await this.#next();
    } finally {
      this.#isHidden = false;
      this.output.write('\n');
    }
  }

  async #next() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Mistake('There were no more answers.', 'Answer every question, or give the options and --yes: npx wechatpay-edge init --help');
    return value.trim();
  }

  close() {
    this.#reader.close();
  }
}
