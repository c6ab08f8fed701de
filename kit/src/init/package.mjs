// The package.json of a shop: the two programs in exact versions, and the scripts. Pure.

const SCRIPTS = { dev: 'wrangler dev', check: 'wechatpay-edge check', deploy: 'wrangler deploy', doctor: 'wechatpay-edge doctor' };

/** What is there, and what it lacks. `versions` are those of `wechatpay-edge` and `wrangler`. */
export function withScripts(there, { name, versions, engines }) {
  const { dependencies = {}, devDependencies = {}, scripts = {}, engines: theirs, ...rest } = there;
  const lacking = Object.entries(versions).filter(([each]) => !(each in dependencies) && !(each in devDependencies));
  return {
    ...(Object.keys(there).length === 0 && { name }),
    private: true,
    ...rest,
    scripts: { ...SCRIPTS, ...scripts },
    dependencies: { ...dependencies, ...Object.fromEntries(lacking) },
    ...(Object.keys(devDependencies).length > 0 && { devDependencies }),
    engines: theirs ?? engines,
  };
}
