import { inFirefox } from '../support/in-firefox.mjs';

await inFirefox('tabs', { rarely: true });
