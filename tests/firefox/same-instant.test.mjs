import { inFirefox } from '../support/in-firefox.mjs';

await inFirefox('same-instant', { rarely: true });
