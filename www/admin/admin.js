// The entry: takes a key out of the address before anything else runs, then shows the back office.

import { html, render } from './vendor.js';
import { App } from './app.js';
import { takeKeyFromAddress } from './session.js';

takeKeyFromAddress();
render(html`<${App} />`, document.getElementById('app'));
