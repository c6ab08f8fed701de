// Money is a whole number of the currency's smallest unit. It is written by `Intl`, from its digits: no fraction is ever computed.

/** Currencies that WeChat Pay counts without decimals. All others have two. (`wire/src/money.rs` has the same.) */
const WITHOUT_DECIMALS = new Set(['JPY', 'KRW', 'VND', 'ISK']);

/** How many digits of an amount are behind the point. */
export const decimals = (currency) => (WITHOUT_DECIMALS.has(currency) ? 0 : 2);

/** The digits with a point: 8800 HKD is `88.00`. */
export function digits(minor, currency) {
  const places = decimals(currency);
  const text = String(BigInt(minor));
  const sign = text.startsWith('-') ? '-' : '';
  const all = text.slice(sign.length).padStart(places + 1, '0');
  return sign + (places ? `${all.slice(0, -places)}.${all.slice(-places)}` : all);
}

/** The amount as people read it in this language. */
export function money(minor, currency, language) {
  const places = decimals(currency);
  const options = { style: 'currency', currency, minimumFractionDigits: places, maximumFractionDigits: places };
  try {
    return new Intl.NumberFormat(language, options).format(digits(minor, currency));
  } catch {
    // A currency that the browser does not take.
    return `${currency} ${digits(minor, currency)}`;
  }
}

/**
 * Reads a typed amount: `{ minor }`, or `{ wrong }` with why not: `empty`, `form`, `zero` or `more`. `most` is the largest, in
 * the smallest unit. Nothing is guessed: a comma, a sign, a blank inside or one digit too many is refused.
 */
export function readAmount(text, currency, most) {
  const typed = text.trim();
  if (typed === '') return { wrong: 'empty' };
  const places = decimals(currency);
  const form = places ? new RegExp(`^([0-9]{1,12})(?:\\.([0-9]{1,${places}}))?$`) : /^([0-9]{1,12})$/;
  const found = form.exec(typed);
  if (!found) return { wrong: 'form' };
  const minor = Number(`${found[1]}${(found[2] ?? '').padEnd(places, '0')}`);
  if (minor === 0) return { wrong: 'zero' };
  return minor > most ? { wrong: 'more' } : { minor };
}

/** Adds whole numbers; undefined counts as nothing. */
export const plus = (...amounts) => amounts.reduce((sum, amount) => sum + (amount ?? 0), 0);
