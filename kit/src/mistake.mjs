// What a person must mend before a command can do its work: what is wrong, and what to do.

/** Ends the command with code 2, by these words and without a stack. */
export class Mistake extends Error {
  constructor(what, mend) {
    super(what);
    this.mend = mend;
  }
}

/** The lines for a person. */
export const inLines = ({ message, mend }) => [`✗ ${message}`, ...(mend ? [`  → ${mend}`] : [])];
