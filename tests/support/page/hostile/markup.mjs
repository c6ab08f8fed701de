// Frameworks, translators and scripts that change the page around the element, or the element's place in it.

/** The page as its server sent it, kept in a separate document, where no custom element is defined. */
const ORIGINAL = `const inert = document.implementation.createHTMLDocument('');
  const original = inert.importNode(hostile.find(document, 'main'), true);
  const main = () => hostile.find(document, 'main');`;

const IDIOMORPH = '/library/idiomorph/dist/idiomorph.js';
const MORPHDOM = '/library/morphdom/dist/morphdom-umd.js';

const atEachState = (act) => `hostile.onState.push(() => { ${act} });`;

const atRandom = (act) => `const again = () => { ${act} hostile.later(30 + 400 * hostile.random(), again); };
  hostile.later(10, again);`;

const morphWith = { idiomorph: `Idiomorph.morph(main(), original.cloneNode(true));`, morphdom: `morphdom(main(), original.cloneNode(true));` };

const late = (text) => ({ late: () => text });

/** Does what Google Translate does: each text becomes two nested elements. This also happens in open shadow roots here. */
const TRANSLATOR = `
  const translated = new WeakSet();
  const translate = (root) => {
    for (const node of [...root.childNodes]) {
      if (node.nodeType === 1) {
        if (node.localName === 'font' || node.localName === 'script' || node.localName === 'style') continue;
        if (node.shadowRoot) { if (!translated.has(node.shadowRoot)) follow(node.shadowRoot); translate(node.shadowRoot); }
        translate(node);
      } else if (node.nodeType === 3 && node.data.trim()) {
        const outer = document.createElement('font');
        const inner = document.createElement('font');
        outer.style.verticalAlign = inner.style.verticalAlign = 'inherit';
        inner.textContent = node.data.toUpperCase();
        outer.appendChild(inner);
        node.replaceWith(outer);
      }
    }
  };
  const follow = (root) => {
    translated.add(root);
    new MutationObserver(() => translate(root)).observe(root, { childList: true, characterData: true, subtree: true });
  };
  follow(document.body);
  hostile.onState.push(() => translate(document.body));`;

/** Once there is a code, moves the element into the document of a frame of this size. `afterwards` runs after that. */
function movedIntoAFrame({ size, afterwards = '' }) {
  const script = `let moved = false;
    const frame = document.createElement('iframe');
    frame.style.cssText = '${size}; border: 0';
    document.body.appendChild(frame);
    hostile.onEvent.push((word) => {
      if (word !== 'ready' || moved) return;
      moved = true;
      const it = hostile.find(document, 'wechat-pay');
      hostile.watch(frame.contentDocument);
      hostile.elsewhere = () => it;
      frame.contentDocument.body.appendChild(it);
      ${afterwards}
    });`;
  return { ...late(script), withinMs: 30_000, slot: 'adopted' };
}

export const MARKUP = {
  'idiomorph-at-each-state': { libraries: [IDIOMORPH], ...late(ORIGINAL + atEachState(morphWith.idiomorph)), slot: 'morph' },
  'idiomorph-at-random': { libraries: [IDIOMORPH], ...late(ORIGINAL + atRandom(morphWith.idiomorph)), slot: 'morph' },
  'morphdom-at-each-state': { libraries: [MORPHDOM], ...late(ORIGINAL + atEachState(morphWith.morphdom)), slot: 'morph' },
  'morphdom-at-random': { libraries: [MORPHDOM], ...late(ORIGINAL + atRandom(morphWith.morphdom)), slot: 'morph' },
  'attributes-removed': late(
    atEachState(`const it = hostile.find(document, 'wechat-pay'); for (const name of ['state', 'class', 'lang', 'style', 'dir', 'role']) it?.removeAttribute(name);`),
  ),
  'attributes-removed-at-random': late(
    atRandom(`const it = hostile.find(document, 'wechat-pay'); for (const name of ['state', 'class', 'lang', 'style', 'dir', 'role']) it?.removeAttribute(name);`),
  ),
  'attributes-set-again': late(
    atRandom(`const it = hostile.find(document, 'wechat-pay'); for (const name of it?.getAttributeNames() ?? []) if (name !== 'state') it.setAttribute(name, it.getAttribute(name));`),
  ),
  'attribute-state-lies': late(atEachState(`hostile.find(document, 'wechat-pay')?.setAttribute('state', 'paid');`)),
  'lang-changes': {
    ...late(`let turn = 0; ${atRandom(`document.documentElement.lang = ['en', 'zh-HK', 'ar', 'x', ''][(turn += 1) % 5];`)}`),
    otherLooks: true,
  },
  'lang-of-nothing': late(`document.documentElement.lang = 'tlh-Latn-x-odd';`),
  'translated': { ...late(TRANSLATOR), otherLooks: true },
  'moved-within-the-page': {
    ...late(
      atEachState(`const it = hostile.find(document, 'wechat-pay'); const other = it?.parentNode.id === 'place' ? '#other' : '#place'; if (it && Math.floor(hostile.now()) % 2) hostile.find(document, other).appendChild(it);`),
    ),
    slot: 'morph', // a morph would replace the element each time
  },
  'moved-once-the-code-is-there': {
    ...late(
      `let moved = false; hostile.onEvent.push((word) => { if (word === 'ready' && !moved) { moved = true; hostile.find(document, '#other').appendChild(hostile.find(document, 'wechat-pay')); } });`,
    ),
    slot: 'adopted', // another switch that takes the element away would not find it
  },
  'moved-into-a-frame-and-back': movedIntoAFrame({
    size: 'inline-size: 500px; block-size: 900px',
    afterwards: `hostile.later(300, () => hostile.find(document, '#place').appendChild(it));`,
  }),
  'moved-into-a-frame-for-good': { ...movedIntoAFrame({ size: 'inline-size: 420px; block-size: 800px' }), otherLooks: true },
  'adopted-before-it-is-pressed': {
    ...late(`const other = document.implementation.createHTMLDocument('');
      const it = hostile.find(document, 'wechat-pay');
      const place = it.parentNode;
      other.adoptNode(it);
      place.appendChild(document.adoptNode(it));`),
    slot: 'adopted',
  },
  'adopted-while-placing': {
    ...late(`let done = false;
      hostile.onState.push((state) => {
        if (state !== 'creating' || done) return;
        done = true;
        const it = hostile.find(document, 'wechat-pay');
        const place = it.parentNode;
        const other = document.implementation.createHTMLDocument('');
        other.adoptNode(it);
        place.appendChild(document.adoptNode(it));
      });`),
    slot: 'adopted',
  },
  'put-in-by-markup': {
    ...late(`const place = hostile.find(document, '#place'); const it = hostile.find(document, 'wechat-pay'); const text = it.outerHTML; it.remove();
      hostile.later(200, () => { place.innerHTML = text; });`),
    slot: 'adopted',
  },
  'cloned-out-of-a-template': {
    ...late(`const place = hostile.find(document, '#place'); const it = hostile.find(document, 'wechat-pay'); const template = document.createElement('template');
      template.content.appendChild(it); hostile.later(200, () => place.appendChild(template.content.cloneNode(true)));`),
    slot: 'adopted',
  },
  'in-another-shadow-root': {
    ...late(`const place = hostile.find(document, '#place'); const it = hostile.find(document, 'wechat-pay'); const root = place.attachShadow({ mode: 'open' });
      root.appendChild(it); hostile.elsewhere = () => it;`),
    slot: 'adopted',
  },
  'hidden-until-pressed': {
    ...late(`const place = hostile.find(document, '#place'); place.style.display = 'none'; hostile.later(500, () => { place.style.display = ''; });`),
    slot: 'display',
  },
  'scaled-down-and-up': { ...late(`hostile.find(document, '#place').style.transform = 'scale(0.9)';`), otherLooks: true, slot: 'width' },
  'a-second-element': { ...late(`const second = document.createElement('wechat-pay'); second.setAttribute('sku', 'longjing-100g'); document.body.appendChild(second);`), otherLooks: true }, // the shopper may look at either of the two
  'pressed-by-a-script-as-well': {
    ...late(`hostile.onState.push((state) => { if (state === 'creating') { const it = hostile.find(document, 'wechat-pay'); it?.start(); it?.retry(); } });`),
  },
  'a-listener-of-the-shop-throws': {
    page: `for (const word of ['ready', 'paid', 'error']) document.addEventListener('wechat-pay-' + word, () => { throw new Error('a mistake of the shop'); });`,
  },
  'events-stopped-by-the-page': {
    late: () => `for (const word of ['ready', 'paid', 'error']) window.addEventListener('wechat-pay-' + word, (event) => event.stopImmediatePropagation());`,
  },
};
