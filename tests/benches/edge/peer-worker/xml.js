// WeChat's flat XML, read by fast-xml-parser. What that lets through is turned off, or looked for before or afterwards.

import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** A text that is no message. */
export class Unreadable extends Error {}

const MOST_FIELDS = 200;
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const NAME = /^[A-Za-z_][\w.-]{0,63}$/;
const CDATA = /<!\[CDATA\[[\s\S]*?\]\]>/g;
/** Every reference but to the five that XML itself names. */
const REFERENCE = /&(?!(?:amp|lt|gt|quot|apos);)(?:#(\d+);|#x([0-9A-Fa-f]+);)?/g;

const parser = new XMLParser({
  // So that an attribute and a comment show up, and can be refused.
  ignoreAttributes: false,
  commentPropName: '#comment',
  ignorePiTags: false,
  ignoreDeclaration: true,
  // "008" stays text, and spaces are signed.
  parseTagValue: false,
  trimValues: false,
  processEntities: true,
  htmlEntities: false,
  maxNestedTags: 3,
  onDangerousProperty: () => refuse('name'),
});

/** Fields by their names. Throws `Unreadable`. */
export function readXml(source) {
  if (FORBIDDEN.test(source)) refuse('character');
  if (source.includes('<!DOCTYPE') || source.includes('<!ENTITY')) refuse('DOCTYPE');
  const text = source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source;
  if (text.includes('&')) checkReferences(text);
  const valid = XMLValidator.validate(text);
  if (valid !== true) refuse(valid.err.code);
  return fieldsOf(rootOf(parsed(text)));
}

/** The parser leaves unknown references as they are. */
function checkReferences(text) {
  for (const [, decimal, hex] of text.replace(CDATA, '').matchAll(REFERENCE)) {
    if (decimal === undefined && hex === undefined) refuse('entity');
    if (!isCharacter(decimal ? parseInt(decimal, 10) : parseInt(hex, 16))) refuse('character reference');
  }
}

function isCharacter(code) {
  if (code < 32) return code === 9 || code === 10 || code === 13;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

function parsed(text) {
  try {
    return parser.parse(text);
  } catch (error) {
    return refuse(error.message);
  }
}

function rootOf(document) {
  for (const name in document) {
    const isBlank = name === '#text' && /^\s*$/.test(document[name]);
    if (name !== 'xml' && !isBlank) refuse(`unexpected ${name}`);
  }
  const root = document.xml;
  if (root === '') return {};
  if (typeof root !== 'object' || Array.isArray(root)) refuse('root');
  return root;
}

function fieldsOf(root) {
  const fields = new Map();
  for (const name in root) {
    const value = root[name];
    if (name === '#text') {
      if (/[^ \n\t]/.test(value)) refuse('text between elements');
      continue;
    }
    if (typeof value !== 'string') refuse(Array.isArray(value) ? 'repeated element' : 'element inside an element');
    if (!NAME.test(name)) refuse('name');
    fields.set(name, value);
  }
  if (fields.size > MOST_FIELDS) refuse('too many elements');
  return fields;
}

function refuse(why) {
  throw new Unreadable(why);
}
