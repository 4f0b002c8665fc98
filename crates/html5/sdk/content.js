// A content session over the Open API: start, poll, execute, terminate, as JSON-RPC over HTTP. What the three classes of
// content have in common; each says in `prepare` what its start is asked with and in `accept` what becomes of the answer.
//
//   idle ──start, execute──► starting ──answer──► active ──terminate, by either side──► ended

import { ServerError } from './errors.js';
import { Emitter } from './events.js';
import { HttpDoor } from './http.js';

/** @import { Direction } from './negotiation.js' */

/** The code of a session that the server does not know, and of other parameters that do not get better by repetition. */
const INVALID_PARAMS = -32602;
/** How often a poll that fails is tried again: after 1, 2, 4 ... times the first wait. */
const MOST_RETRIES = 10;
const FIRST_RETRY_MILLISECONDS = 1_000;
/** A server that has nothing to say should think about it; if it does not, polls keep this distance. */
const POLL_DISTANCE_MILLISECONDS = 100;
const REQUEST_MILLISECONDS = 30_000;

const USER_ENDED = { code: 1, message: 'User ended session' };
const SERVER_ENDED = { code: 2, message: 'Server ended session' };

/**
 * The options that all content classes know. Their names are those of Kurento's first SDK.
 * @typedef {object} ContentOptions
 * @property {Direction} [audio] what this page does with sound
 * @property {Direction} [video] what this page does with pictures
 * @property {boolean} [autostart] start at once (default), or when `start` is called
 * @property {number} [request_timeout] milliseconds that an answer may take (30,000)
 * @property {number} [retry_delay] milliseconds before a poll that failed is tried again (1,000), each time twice as many
 * @property {string} [token] who comes in, for applications that ask for a token
 * @property {string | HTMLMediaElement} [localVideoTag] where one's own picture is shown: an element or its id
 * @property {string | HTMLMediaElement} [remoteVideoTag] where what comes is shown
 */

/** @typedef {{code: number, message: string, server?: {code: number, message: string}}} Reason */

/**
 * @typedef {object} ContentEvents
 * @property {any} start the answer to start
 * @property {any} execute the answer to a command
 * @property {{type: string, data: any}} mediaevent what the application publishes
 * @property {{stream?: MediaStream, url?: string}} localstream one's own media
 * @property {{stream?: MediaStream, url?: string}} remotestream what comes: a stream, or the address of one
 * @property {Blob} localfile a file begins to be sent
 * @property {Reason} terminate the session is over: code 1 when this side ended it, 2 when the server did
 * @property {Error} error
 */

/**
 * A session with one content of an application.
 * @extends {Emitter<ContentEvents>}
 */
export class Content extends Emitter {
  /** @type {'idle' | 'starting' | 'active' | 'ended'} */ #state = 'idle';
  /** @type {string | undefined} */ #session;
  /** The first request, which makes the session; the others wait for it. @type {Promise<any> | null} */ #first = null;
  #polls = new AbortController();
  #polling = false;
  #door;
  #retryMilliseconds;
  #leave = () => { void this.terminate(); };

  /**
   * @param {string | URL} url the content: the handler's path and the content's id
   * @param {ContentOptions} options
   */
  constructor(url, options) {
    super();
    this.url = new URL(url, globalThis.location?.href);
    this.options = options;
    const { request_timeout = REQUEST_MILLISECONDS, retry_delay = FIRST_RETRY_MILLISECONDS, token } = options;
    this.#door = new HttpDoor(this.url, { timeout: request_timeout, token });
    this.#retryMilliseconds = retry_delay;
    if (options.audio === 'inactive' && options.video === 'inactive') throw new RangeError('audio and video are both inactive');
    // Who makes the object listens before anything happens.
    if (options.autostart ?? true) queueMicrotask(() => { if (this.#state === 'idle') void this.start(); });
  }

  /** The session's name on the server, once there is one. */
  get sessionId() {
    return this.#session;
  }

  /**
   * Asks for the content. Settles when that is decided; what goes wrong is an `error` event.
   * @returns {Promise<void>}
   */
  async start() {
    if (this.#state !== 'idle') throw new Error(`the content session is ${this.#state}`);
    this.#state = 'starting';
    try {
      const wanted = await this.prepare();
      if (this.#over()) return;
      const result = await this.#ask('start', wanted);
      if (this.#over()) return;
      if (result.rejected) throw new ServerError(result.rejected.code, result.rejected.message);
      await this.accept(result);
      if (this.#over()) return;
      this.#state = 'active';
      this.emit('start', result);
      this.#poll();
    } catch (error) {
      this.#end(SERVER_ENDED, () => this.emit('error', /** @type {Error} */ (error)));
    } finally {
      // What opened only after the end.
      if (this.#over()) this.cease();
    }
  }

  /**
   * Gives a command to the application. A session is made when there is none.
   * @param {string} type
   * @param {string} data
   * @param {(error: Error | null, result?: string) => void} [callback] for who does not like promises; then the promise
   *   never fails
   * @returns {Promise<string | undefined>} what the application answers
   */
  async execute(type, data, callback) {
    try {
      if (this.#state === 'ended') throw new Error('the content session is ended');
      const result = await this.#ask('execute', { command: { type, data } });
      this.emit('execute', result);
      if (!this.#over()) this.#poll();
      callback?.(null, result.commandResult);
      return result.commandResult;
    } catch (error) {
      if (!callback) throw error;
      callback(/** @type {Error} */ (error));
      return undefined;
    }
  }

  /**
   * Ends the session.
   * @param {{code: number, message: string}} [reason]
   */
  async terminate(reason = USER_ENDED) {
    if (this.#state === 'ended') return;
    const session = this.#session;
    this.#end(reason);
    if (session !== undefined) await this.#farewell(reason);
  }

  /** What start is asked with. @protected @returns {Promise<object>} */
  async prepare() {
    return {};
  }

  /** Takes the answer to start. @protected @param {any} _result @returns {Promise<void>} */
  async accept(_result) {}

  /** Closes what the class opened, as often as it is asked. @protected */
  cease() {}

  /** What both kinds of media are asked to do. @protected @param {Direction} direction */
  constraints(direction) {
    const { audio = direction, video = direction } = this.options;
    return { audio, video };
  }

  /**
   * Shows a stream in the element that an option names.
   * @protected
   * @param {string | HTMLMediaElement | undefined} tag
   * @param {{stream?: MediaStream, url?: string}} what
   */
  show(tag, { stream, url }) {
    const player = elementOf(tag);
    if (player && stream) player.srcObject = stream;
    else if (player && url) player.src = url;
  }

  /**
   * One request of the session. The first makes it, and the others wait until its name is known.
   * @param {string} method
   * @param {object} params
   */
  async #ask(method, params) {
    while (this.#first && this.#session === undefined) await this.#first.catch(() => {});
    if (this.#session !== undefined) return this.#door.call(method, { sessionId: this.#session, ...params });
    const first = this.#door.call(method, params);
    this.#first = first;
    try {
      const result = await first;
      this.#session = result.sessionId;
      globalThis.addEventListener?.('pagehide', this.#leave);
      // Ended while the server was making it.
      if (this.#over() && this.#session !== undefined) void this.#farewell(USER_ENDED);
      return result;
    } finally {
      this.#first = null;
    }
  }

  /** @param {{code: number, message: string}} reason */
  async #farewell(reason) {
    // A server that does not know the session, or cannot be reached, has nothing to end.
    await this.#door.call('terminate', { sessionId: this.#session, reason }).catch(() => {});
  }

  /** Asks what happens, again and again, until the session is over. */
  #poll() {
    if (this.#polling) return;
    this.#polling = true;
    const go = async () => {
      for (let failures = 0; !this.#over();) {
        const begun = Date.now();
        try {
          const result = await this.#next();
          failures = 0;
          if (this.#take(result)) continue;
        } catch (error) {
          if (this.#over()) return;
          const final = error instanceof ServerError && error.code === INVALID_PARAMS;
          if (final || failures >= MOST_RETRIES) throw error;
          await this.#pause(this.#retryMilliseconds * 2 ** failures);
          failures += 1;
          continue;
        }
        if (Date.now() - begun < POLL_DISTANCE_MILLISECONDS) await this.#pause(POLL_DISTANCE_MILLISECONDS);
      }
    };
    go().catch(error => this.#end(SERVER_ENDED, () => this.emit('error', error)));
  }

  #next() {
    const one = new AbortController();
    const stop = () => one.abort();
    this.#polls.signal.addEventListener('abort', stop);
    return this.#door.call('poll', { sessionId: this.#session }, one)
      .finally(() => this.#polls.signal.removeEventListener('abort', stop));
  }

  /** @param {any} result @returns {boolean} whether something had happened */
  #take({ contentEvents = [], controlEvents = [] }) {
    for (const { type, data } of contentEvents) this.emit('mediaevent', { type, data });
    for (const { type, data } of controlEvents) {
      const told = type === 'sessionError' ? () => this.emit('error', new ServerError(data.code, data.message)) : undefined;
      if (type === 'sessionError' || type === 'sessionTerminated') this.#end({ ...SERVER_ENDED, server: data }, told);
    }
    return contentEvents.length + controlEvents.length > 0;
  }

  /**
   * @param {Reason} reason
   * @param {() => void} [before] what is told before the end
   */
  #end(reason, before) {
    if (this.#over()) return;
    this.#state = 'ended';
    globalThis.removeEventListener?.('pagehide', this.#leave);
    this.#polls.abort();
    this.cease();
    before?.();
    this.emit('terminate', reason);
  }

  #over() {
    return this.#state === 'ended';
  }

  /** Waits, or until the end. @param {number} milliseconds */
  #pause(milliseconds) {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer);
        this.#polls.signal.removeEventListener('abort', done);
        resolve(undefined);
      };
      const timer = setTimeout(done, milliseconds);
      this.#polls.signal.addEventListener('abort', done);
    });
  }
}

/**
 * The element that an option names.
 * @template {HTMLElement} T
 * @param {string | T | undefined} tag an element, its id, or none
 * @returns {T | undefined}
 */
export function elementOf(tag) {
  if (typeof tag !== 'string') return tag;
  const element = document.getElementById(tag);
  if (!element) throw new Error(`the page has no element ${tag}`);
  return /** @type {T} */ (element);
}
