// The shopper of the hostile page: presses the button, looks at the code, and tells the server what is seen. It uses only
// the functions that `channel.js` has kept.

(() => {
  const { hostile } = window;
  const { tell, later, attribute, boxOf, styleOf, textOf, findIn, findAllIn, context, pixels, character, base64 } = hostile;
  /** How often the shopper looks. */
  const LOOK_MS = 25;
  /** How often a person presses again when the page is back in its first state. */
  const MOST_PRESSES = 3;
  const STYLES = ['fontSize', 'letterSpacing', 'wordSpacing', 'textTransform', 'textIndent', 'whiteSpace', 'lineHeight', 'textAlign', 'direction', 'fontStyle', 'visibility', 'opacity'];

  let element;
  let state = '';
  let presses = 0;
  let seen = '';
  let codeOf = '';
  let ended;

  /** The element on the page. Looked up each time, because the page may have replaced it. */
  function current() {
    if (element && hostile.connected(element)) return element;
    const found = hostile.find(document, 'wechat-pay') ?? hostile.elsewhere?.();
    if (found) element = found;
    return found;
  }

  const rootOf = (it) => hostile.roots.get(it) ?? hostile.rootOf(it);
  const has = (box) => box.width > 0 && box.height > 0;

  /** Whether a person can see this. */
  function visible(it) {
    if (!it || !has(boxOf(it))) return false;
    const { visibility, opacity, display } = styleOf(it);
    return visibility === 'visible' && display !== 'none' && Number(opacity) > 0;
  }

  function press(root) {
    const button = findIn(root, '[part~="pay"]');
    if (!visible(button) || textOf(button) === '' || button.disabled) return;
    presses += 1;
    tell('pressed', { words: textOf(button) });
    hostile.click(button);
  }

  /** One bit for each pixel of the code, set if the pixel is dark; eight bits to a character. */
  function bitmap(canvas) {
    const { width, height } = canvas;
    const { data } = pixels(context(canvas, '2d'), 0, 0, width, height);
    let bytes = '';
    for (let at = 0; at < width * height; at += 8) {
      let byte = 0;
      for (let bit = 0; bit < 8; bit += 1) if (at + bit < width * height && data[4 * (at + bit)] < 128) byte |= 128 >> bit;
      bytes += character(byte);
    }
    return { width, height, bits: base64(bytes) };
  }

  function readCode(it, root) {
    const canvas = findIn(root, 'canvas');
    if (!visible(canvas)) return;
    const order = it.order?.code_url ?? '';
    const { width, height } = boxOf(canvas);
    const name = `${order} ${canvas.width} ${Math.round(width)}`;
    if (name === codeOf || !order) return;
    codeOf = name;
    const { style } = { style: styleOf(canvas) };
    tell('code', { ...bitmap(canvas), url: order, seenWidth: Math.round(width), seenHeight: Math.round(height), filter: style.filter });
    tell('looks', { state, looks: looks(it, root) });
  }

  /** Where each part is and how its text looks, one line each. */
  function looks(it, root) {
    const host = boxOf(it);
    const parts = findAllIn(root, '[part]');
    let text = `host: ${Math.round(host.width)}\n`;
    for (let at = 0; at < parts.length; at += 1) {
      const part = parts[at];
      const name = attribute(part, 'part');
      if (!visible(part) || name === 'shared' || name === 'mark') continue; // the mark is animated
      const box = boxOf(part);
      // The width of the remaining time changes every second.
      const place = name === 'time' ? [box.y - host.y, box.height] : [box.x - host.x, box.y - host.y, box.width, box.height];
      const style = styleOf(part);
      text += `${name}:`;
      for (let each = 0; each < place.length; each += 1) text += ` ${Math.round(place[each])}`;
      for (let each = 0; each < STYLES.length; each += 1) text += ` | ${style[STYLES[each]]}`;
      text += '\n';
    }
    return text;
  }

  function words(root) {
    const said = findAllIn(root, 'p, button');
    let text = '';
    for (let at = 0; at < said.length; at += 1) if (visible(said[at]) && textOf(said[at])) text += `${textOf(said[at])} / `;
    return text;
  }

  function look() {
    later(LOOK_MS, look);
    const it = current();
    if (!it) return;
    const root = rootOf(it);
    const next = root ? String(it.state) : 'no element';
    if (next !== state) {
      state = next;
      tell('state', { state });
      for (let at = 0; at < hostile.onState.length; at += 1) hostile.onState[at](state);
    }
    if (!root) {
      const children = hostile.find(document, 'wechat-pay > *');
      const shown = visible(children) ? textOf(children) : '';
      if (shown !== seen) tell('children', { text: (seen = shown) });
      return;
    }
    if (state === 'idle' && presses < MOST_PRESSES && !hostile.held) press(root);
    if (state === 'showing') readCode(it, root);
    const text = words(root);
    if (text.replace(/\d+:\d+/, '') !== seen) {
      seen = text.replace(/\d+:\d+/, '');
      tell('seen', { text: seen });
    }
    if (ended !== state && (state === 'paid' || state === 'failed') && seen) {
      ended = state;
      tell('looks', { state, looks: looks(it, root) });
      tell('ended', { state });
    }
  }

  function controlled() {
    try {
      return navigator.serviceWorker?.controller ? 'yes' : 'no';
    } catch {
      return 'forbidden'; // in a sandboxed frame
    }
  }

  tell('driven', { controlled: controlled() });
  look();
})();
