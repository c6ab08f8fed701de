// Small damage to any text or bytes, and values that break what was not written with care.

/** Pieces that have a meaning somewhere. */
const PIECES = [
  '<', '>', '&', '"', "'", '%', '=', '.', ';', ',', '{', '}', '[', ']', '/', '\\', '\0', '\n', '\r\n', '\u00a0', '\ufeff',
  '<![CDATA[', ']]>', '</xml>', '<xml>', '<!--', '<?xml version="1.0"?>', '&#0;', '&#x110000;', '%00', '%ff', '%2e%2e', 'null', 'true',
  '-1', '1e999', '\ud83d\ude00', 'Ｓ', '签名', 'Infinity', 'NaN', 'undefined', '__proto__',
];

/** Numbers at the ends of what somebody may have counted with. */
const NUMBERS = [
  '0', '-0', '1', '-1', '8800', '08800', '+8800', ' 8800', '8800.0', '88e2', '1e3', '1.5', '2147483647', '2147483648', '4294967295',
  '4294967296', '9007199254740993', '9223372036854775807', '9223372036854775808', '18446744073709551616', '1e308', '1e400', '٨٨٠٠',
  '0x10', '1_000', '',
];

export const aNumber = (random) => random.pick(NUMBERS);

/** A text that is seldom thought of. */
export function anOddText(random) {
  return random.weighted([
    [3, () => ''],
    [3, () => random.pick(PIECES)],
    [3, () => aNumber(random)],
    [3, () => random.text(1 + random.below(60))],
    [1, () => random.text(2_000)],
    [2, () => random.pick(PIECES).repeat(1 + random.below(40))],
    [2, () => random.bytes(random.below(24)).toString('latin1')],
    [1, () => '\u202e' + random.text(8)],
  ])();
}

/** The same bytes with one to three small damages. */
export function mangled(random, bytes) {
  let result = Buffer.from(bytes);
  for (let times = 1 + random.below(3); times > 0; times -= 1) result = damaged(random, result);
  return result;
}

function damaged(random, bytes) {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(16));
  const [head, piece, tail] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  return random.weighted([
    [4, () => Buffer.concat([head, tail])],
    [4, () => Buffer.concat([head, Buffer.from(random.pick(PIECES)), piece, tail])],
    [4, () => Buffer.concat([head, piece.map((byte) => byte ^ (1 << random.below(8))), tail])],
    [2, () => Buffer.concat([head, piece, piece, tail])],
    [2, () => head],
    [1, () => Buffer.concat([head, random.bytes(1 + random.below(30)), tail])],
    [1, () => Buffer.concat([tail, head])],
    [1, () => Buffer.concat([bytes, bytes])],
  ])();
}
