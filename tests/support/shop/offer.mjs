// Offers as a shop's generator signs them, made with a JWT library that is not ours.

import { SignJWT } from 'jose';

/** The Worker's secret of the same name, for a stage whose shop sells by offers. */
export const OFFER_KEY = 'a key by which the shop signs offers';

/** An offer with these claims that is valid for this time: `1h`. */
export function anOffer(claims, time = '1h', key = OFFER_KEY) {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(time).sign(new TextEncoder().encode(key));
}
