import { inFirefox } from '../support/in-firefox.mjs';

await inFirefox('second-thoughts');
