// An application as the Open API shows it: a real HTTP server that answers from a script and remembers what it was asked.

import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * What a request is answered with: a result, an error, or whatever a function does with the response.
 * @typedef {{result: any} | {error: {code: number, message: string, data?: any}, status?: number}
 *   | ((response: import('node:http').ServerResponse, asked: any) => void)} Answer
 */

/** What lets pages of other origins ask. */
const OPEN = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'Content-Type, Authorization' };

/**
 * Answers a request.
 * @param {import('node:http').ServerResponse} response
 * @param {any} asked the request
 * @param {any} answer
 */
export function reply(response, asked, { status = 200, ...content }) {
  response.writeHead(status, { 'Content-Type': 'application/json;charset=UTF-8', ...OPEN });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: asked.id, ...content }));
}

/** Never answers. @type {Answer} */
export const SILENCE = () => {};

export class Application {
  /** The JSON-RPC requests so far, with the time and the headers of each. @type {any[]} */
  requests = [];
  /** The other requests so far. @type {{url: string, headers: any, body: Buffer}[]} */
  uploads = [];
  /** Answers that are still to come, by method; the last one of a method stays. @type {Record<string, Answer[]>} */
  #script;
  /** @type {(() => void)[]} */
  #watchers = [];

  /** @param {Record<string, Answer[]>} script */
  constructor(script) {
    this.#script = script;
    this.server = createServer((request, response) => {
      this.#answer(request, response).catch(error => response.writeHead(500).end(String(error)));
    });
  }

  /**
   * @param {import('node:test').TestContext} context which ends the server
   * @param {Record<string, Answer[]>} script
   */
  static async start(context, script) {
    const application = new Application(script);
    application.server.listen(0, '127.0.0.1');
    await once(application.server, 'listening');
    context.after(() => {
      application.server.closeAllConnections();
      application.server.close();
    });
    return application;
  }

  /** The address of the content. */
  get url() {
    return `http://127.0.0.1:${/** @type {any} */ (this.server.address()).port}/app/content/1`;
  }

  /** @param {string} method */
  asked(method) {
    return this.requests.filter(request => request.method === method);
  }

  /** Waits until a method was asked for so many times. @param {string} method @param {number} [times] */
  async until(method, times = 1) {
    const late = AbortSignal.timeout(10_000);
    while (this.asked(method).length < times) {
      await Promise.race([
        new Promise(resolve => { this.#watchers.push(() => resolve(undefined)); }),
        once(late, 'abort').then(() => { throw new Error(`not asked for ${method} ${times} times`); }),
      ]);
    }
    return this.asked(method)[times - 1];
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  async #answer(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const { url = '', headers, method } = request;
    if (method === 'OPTIONS') {
      response.writeHead(204, OPEN).end();
      return;
    }
    if (url !== '/app/content/1') {
      this.uploads.push({ url, headers, body });
      response.writeHead(url.includes('broken') ? 500 : 200, OPEN).end();
      return;
    }
    const asked = JSON.parse(body.toString('utf8'));
    this.requests.push({ ...asked, text: body.toString('utf8'), headers, at: performance.now() });
    for (const watcher of this.#watchers.splice(0)) watcher();
    const answers = this.#script[asked.method] ?? [];
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? SILENCE;
    if (typeof answer === 'function') answer(response, asked);
    else reply(response, asked, answer);
  }
}

/**
 * The next event of a name.
 * @param {any} emitter
 * @param {string} name
 * @returns {Promise<any>}
 */
export function next(emitter, name) {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`no ${name} in 10 s`)), 10_000);
    emitter.once(name, (/** @type {any} */ data) => { clearTimeout(deadline); resolve(data); });
  });
}
