// How a command ends.

/** All is well; something must be mended; the command itself was wrong. */
export const CODES = { well: 0, mend: 1, wrong: 2 };
