// The source of a database of the index with something in front of it, for the modules that tests put in front of the Worker.
// They run in workerd, where they cannot import it.

export const FRONTED_INDEX = `
// The Worker knows the binding by this name.
class D1Database {
  constructor(real, hooks) {
    Object.assign(this, { real, hooks });
  }
  prepare(sql) {
    return new Statement(this.real.prepare(sql), this.hooks, sql);
  }
  async batch(statements) {
    await this.hooks.before?.(statements[0].sql);
    const results = await this.real.batch(statements.map(({ real }) => real));
    for (const result of results) this.hooks.after?.(result);
    return results;
  }
}

class Statement {
  constructor(real, hooks, sql) {
    Object.assign(this, { real, hooks, sql });
  }
  bind(...values) {
    return new Statement(this.real.bind(...values), this.hooks, this.sql);
  }
  run() {
    return this.#do('run');
  }
  all() {
    return this.#do('all');
  }
  async #do(what) {
    await this.hooks.before?.(this.sql);
    const result = await this.real[what]();
    this.hooks.after?.(result);
    return result;
  }
}

/** The same environment, with these hooks at each database of the index: before(sql, binding) and after(result, binding). */
function withFrontedIndex(env, { before, after }) {
  const bindings = Object.entries(env).filter(([name]) => /^INDEX(_\\d+)?$/.test(name));
  const fronted = bindings.map(([name, real]) => [
    name,
    new D1Database(real, { before: before && ((sql) => before(sql, name)), after: after && ((result) => after(result, name)) }),
  ]);
  return { ...env, ...Object.fromEntries(fronted) };
}
`;
