import { inFirefox } from '../support/in-firefox.mjs';

await inFirefox('strangers-page', { rarely: true });
