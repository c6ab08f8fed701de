// WebKit's own driver, WebKitWebDriver, and a screen in memory for its windows. Both end with the test's process, even when
// that process is killed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { freePort } from '../free-port.mjs';
import { WITHOUT_FONTS_OF_THE_MACHINE } from '../page/fonts.mjs';
import { fromEnvironment } from '../project.mjs';
import { until } from '../until.mjs';

const SCREEN = ['-screen', '0', '1600x1400x24', '-nolisten', 'tcp', '-displayfd', '3'];

/** Starts both. `scale` is the number of screen pixels in a CSS pixel. The driver listens at `url`. */
export async function startDriver({ scale = 1 } = {}) {
  const screen = start(fromEnvironment('XVFB_BIN'), SCREEN);
  try {
    const lines = createInterface({ input: screen.process.stdio[3] });
    const display = await Promise.race([once(lines, 'line').then(([line]) => line), screen.ended]);
    const port = await freePort();
    const env = { ...WITHOUT_FONTS_OF_THE_MACHINE, DISPLAY: `:${display}`, GDK_SCALE: String(scale), GDK_BACKEND: 'x11' };
    const driver = start(fromEnvironment('WEBKIT_DRIVER_BIN'), [`--port=${port}`], env);
    const stop = async () => {
      await driver.stop();
      await screen.stop();
    };
    const url = `http://127.0.0.1:${port}`;
    try {
      await Promise.race([until('the driver answers', () => fetch(`${url}/status`).then((answer) => answer.ok)), driver.ended]);
    } catch (error) {
      await driver.stop();
      throw error;
    }
    return { url, stop };
  } catch (error) {
    await screen.stop();
    throw error;
  }
}

/**
 * A shell that ends the program, and everything that the program started, as soon as nobody holds the other end of the
 * shell's input. The shell also ends when the program ends.
 */
const GUARD = `(trap : TERM; "$@" </dev/null; kill 0) & read _; trap '' TERM; kill 0; wait`;

/** Starts a program. If it ends by itself, `ended` rejects with what the program has printed. */
function start(program, args, env = process.env) {
  const process_ = spawn('sh', ['-c', GUARD, 'sh', program, ...args], {
    env,
    detached: true, // its own process group, so that the whole group can be ended
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  });
  let said = '';
  process_.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  const exit = once(process_, 'exit');
  const ended = exit.then(() => {
    throw new Error(`${program} ended:\n${said}`);
  });
  ended.catch(() => {});
  return {
    process: process_,
    ended,
    async stop() {
      process_.stdin.end();
      await exit;
    },
  };
}
