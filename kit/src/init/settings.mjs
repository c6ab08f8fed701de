// The settings of a new shop in its wrangler.toml. Pure: the comments stay, and each line that is changed must be there once.

/** A custom domain for this host; a host of workers.dev has none, and is switched on instead. */
function served(text, host) {
  if (host.endsWith('.workers.dev')) return replaced(text, /^workers_dev = false$/m, 'workers_dev = true');
  return replaced(text, /^# routes = \[.*\]$/m, `routes = [{ pattern = ${JSON.stringify(host)}, custom_domain = true }]`);
}

/** The text with these variables, a null prototype's or any object's own: `{ WECHAT_APPID: '…' }`. What is blank stays as it was. */
export function withSettings(text, variables, name) {
  let made = text;
  for (const [variable, value] of Object.entries(variables)) {
    if (value) made = replaced(made, new RegExp(`^(# )?${variable} = ".*"$`, 'm'), `${variable} = ${JSON.stringify(value)}`);
  }
  const host = URL.parse(variables.NOTIFY_BASE_URL ?? '')?.hostname;
  if (host) made = served(made, host);
  if (name) {
    made = replaced(made, /^name = "wechatpay-edge"$/m, `name = ${JSON.stringify(name)}`);
    made = replaced(made, /^database_name = "wechatpay-edge-index"$/m, `database_name = ${JSON.stringify(`${name}-index`)}`);
  }
  return made;
}

function replaced(text, line, by) {
  const count = [...text.matchAll(new RegExp(line, 'gm'))].length;
  if (count !== 1) throw new Error(`the example's wrangler.toml has ${count} lines ${line}`);
  return text.replace(line, () => by);
}
