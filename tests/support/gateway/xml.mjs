// The XML of WeChat Pay API v2: one flat `<xml>` of named texts. Reads strictly. Writes like the
// real gateway: CDATA, except for amounts.

const BARE = new Set(['total_fee', 'cash_fee']);
const ELEMENT = /\s*<([A-Za-z_][A-Za-z0-9_]*)>((?:<!\[CDATA\[[\s\S]*?\]\]>|[^<])*)<\/\1>/y;
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** An object's fields as a document. Fields that are `undefined` are left out. */
export function toXml(fields) {
  const elements = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${BARE.has(name) ? value : cdata(value)}</${name}>`);
  return `<xml>${elements.join('\n')}</xml>`;
}

/** The fields of a document. Throws when it is not one flat `<xml>` or when a field comes twice. */
export function fromXml(document) {
  const root = /^\s*<xml>([\s\S]*)<\/xml>\s*$/.exec(document);
  if (!root) throw new Error('not one <xml> document');
  const inner = root[1];
  const fields = {};
  let at = 0;
  while (inner.slice(at).trim() !== '') {
    ELEMENT.lastIndex = at;
    const element = ELEMENT.exec(inner);
    if (!element) throw new Error(`not a flat element at ${at}`);
    const [, name, content] = element;
    if (name in fields) throw new Error(`<${name}> twice`);
    fields[name] = text(content);
    at = ELEMENT.lastIndex;
  }
  return fields;
}

function cdata(value) {
  return `<![CDATA[${String(value).replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}

function text(content) {
  return content
    .split(/(<!\[CDATA\[[\s\S]*?\]\]>)/)
    .map((part) => (part.startsWith('<![CDATA[') ? part.slice(9, -3) : unescape(part)))
    .join('');
}

function unescape(part) {
  return part.replace(/&(#x[0-9a-fA-F]+|#[0-9]+|[a-z]+);/g, (whole, reference) => {
    if (reference.startsWith('#x')) return String.fromCodePoint(parseInt(reference.slice(2), 16));
    if (reference.startsWith('#')) return String.fromCodePoint(parseInt(reference.slice(1), 10));
    if (!(reference in ENTITIES)) throw new Error(`an entity that is not predefined: ${whole}`);
    return ENTITIES[reference];
  });
}
