import { inFirefox } from '../support/in-firefox.mjs';

await inFirefox('hostile-shop');
