// The server under test: its own process, its own port, its own folder.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BINARY = process.env.TRELLIS_SERVER ?? join(ROOT, 'target', 'debug', 'trellis');
/** The server with the sample applications. */
export const SAMPLES = process.env.TRELLIS_SAMPLES ?? join(ROOT, 'target', 'debug', 'trellis-samples');

/** How long a server may take to listen on a loaded machine, and how long to end when asked. */
const START_MILLISECONDS = 20_000;
const END_MILLISECONDS = 10_000;

/** A running `trellis serve`. */
export class Server {
  /** The last lines that the server wrote to its standard error. @type {string[]} */
  log = [];

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {string} folder
   */
  constructor(child, folder) {
    this.child = child;
    this.folder = folder;
    // A test process that breaks off leaves no server behind.
    process.once('exit', () => { child.kill('SIGKILL'); });
    createInterface({ input: /** @type {any} */ (child.stderr) }).on('line', line => {
      this.log.push(line);
      if (this.log.length > 200) this.log.shift();
      if (process.env.TRELLIS_TEST_LOG) console.log(line);
    });
  }

  /**
   * @param {{binary?: string, config?: string, demoFile?: string, environment?: Record<string, string>}} [options]
   * @returns {Promise<Server>}
   */
  static async start({ binary = BINARY, config, demoFile, environment = {} } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'trellis-test-'));
    const file = join(folder, 'trellis.toml');
    writeFileSync(file, `[media]\nrecordings = ${JSON.stringify(join(folder, 'recordings'))}\n${config ?? ''}`);
    const parameters = ['serve', '--listen', '127.0.0.1:0', '--config', file];
    if (demoFile) parameters.push('--demo-file', demoFile);
    const child = spawn(binary, parameters, { cwd: folder, env: { ...process.env, ...environment } });
    const server = new Server(child, folder);
    server.url = await server.#listening();
    return server;
  }

  /** The address that the server's first line names. */
  async #listening() {
    const lines = createInterface({ input: /** @type {any} */ (this.child.stdout) });
    const signal = AbortSignal.timeout(START_MILLISECONDS);
    const ended = once(this.child, 'exit', { signal }).then(([code]) => {
      throw new Error(`the server ended with ${code}:\n${this.log.join('\n')}`);
    });
    ended.catch(() => {});
    const [line] = await Promise.race([once(lines, 'line', { signal }), ended]);
    const address = /^listening on (http:\/\/\S+)/.exec(line);
    if (!address) throw new Error(`the server's first line is: ${line}`);
    return address[1].replace(/\/$/, '');
  }

  /** The control address. */
  get control() {
    return `${String(this.url).replace('http', 'ws')}/kurento`;
  }

  /** A file URI within the server's own folder. @param {string} name */
  uri(name) {
    return pathToFileURL(this.path(name)).href;
  }

  /** @param {string} name */
  path(name) {
    return join(this.folder, name);
  }

  /** How many converters of video are alive, by what they do. */
  async videoConverters() {
    const response = await fetch(`${this.url}/metrics`);
    const { converters } = await response.json();
    const count = (/** @type {RegExp} */ kind) => Object.entries(converters)
      .filter(([name]) => /vp8|vp9|h264|av1/i.test(name) && kind.test(name))
      .reduce((sum, [, number]) => sum + number, 0);
    return { decoders: count(/decode/), encoders: count(/encode/), all: converters };
  }

  /** Ends the process at once, as a crash would. */
  async kill() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
  }

  /** Ends the process as an operator would, and removes its folder. */
  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = once(this.child, 'exit', { signal: AbortSignal.timeout(END_MILLISECONDS) });
      this.child.kill('SIGTERM');
      await exit.catch(() => this.kill());
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * The configuration of a server that collects abandoned sessions soon.
 * @param {number} seconds
 */
export function collectorPeriod(seconds) {
  return `[control]\ngarbage_collector_period = ${seconds}\n`;
}
