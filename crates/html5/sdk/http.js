// JSON-RPC 2.0 over HTTP: one POST for each call.

import { ConnectionLost, resultOf, TimedOut } from './errors.js';

/** A place that answers JSON-RPC. */
export class HttpDoor {
  #lastId = 0;

  /**
   * @param {URL} url
   * @param {{timeout: number, token?: string}} options milliseconds that an answer may take; who asks
   */
  constructor(url, { timeout, token }) {
    this.url = url;
    this.timeout = timeout;
    this.token = token;
  }

  /**
   * @param {string} method
   * @param {object} params
   * @param {AbortController} [stop] gives the call up when it is aborted
   * @returns {Promise<any>} the `result` member of the answer
   */
  async call(method, params, stop = new AbortController()) {
    const late = new TimedOut(method);
    const deadline = setTimeout(() => stop.abort(late), this.timeout);
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...this.token && { Authorization: `Bearer ${this.token}` } },
        body: JSON.stringify({ jsonrpc: '2.0', method, params, id: this.#lastId++ }),
        signal: stop.signal,
        // What is said when the page ends outlives it.
        keepalive: method === 'terminate',
      });
      return resultOf(await answerOf(response));
    } catch (error) {
      // What `fetch` throws of itself.
      if (stop.signal.aborted) throw stop.signal.reason;
      throw error instanceof TypeError ? new ConnectionLost(`no server answers at ${this.url}`) : error;
    } finally {
      clearTimeout(deadline);
    }
  }
}

/**
 * The status says nothing that the body does not; but not every answer comes from who was asked.
 * @param {Response} response
 */
async function answerOf(response) {
  try {
    const answer = JSON.parse(await response.text());
    if (answer.error || 'result' in answer) return answer;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ConnectionLost(`status ${response.status} instead of an answer from ${response.url}`);
}
