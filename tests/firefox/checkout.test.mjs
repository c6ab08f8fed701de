import { inFirefox } from '../support/in-firefox.mjs';

await inFirefox('checkout', { rarely: true });
