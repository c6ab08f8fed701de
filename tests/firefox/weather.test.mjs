import { inFirefox } from '../support/in-firefox.mjs';

await inFirefox('weather', { rarely: true });
