import { inFirefox } from '../support/in-firefox.mjs';

await inFirefox('element', { rarely: true });
