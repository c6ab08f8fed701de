import { inFirefox } from '../support/in-firefox.mjs';

await inFirefox('unanswered', { rarely: true });
