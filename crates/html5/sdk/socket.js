// JSON-RPC 2.0 over a WebSocket that comes back: calls with a deadline, notifications, and a new socket when the old
// one breaks. What waits for an answer then is asked again under the id that it had; a server that remembers ids (as
// Trellis and Kurento do, for twenty seconds) does nothing twice.

import { ConnectionLost, resultOf, ServerError, TimedOut } from './errors.js';

/** How long a call may take: a recorder that closes its file needs seconds. No longer than answers are remembered. */
const CALL_MILLISECONDS = 20_000;
/** How often the server is asked whether it is still there, and how soon it answers when it has nothing else to do. */
const PING_MILLISECONDS = 20_000;
const PONG_MILLISECONDS = 5_000;
/** How long a socket may take to open. */
const OPEN_MILLISECONDS = 10_000;
/** The first wait before a new socket; each wait is twice the one before, up to the longest. */
const FIRST_WAIT_MILLISECONDS = 100;
const LONGEST_WAIT_MILLISECONDS = 5_000;
/** How long a lost connection is tried again unless the application says otherwise. */
const PATIENCE_MILLISECONDS = 60_000;
/** How many calls may wait for their answers. */
const MOST_CALLS = 1_000;

/**
 * @typedef {object} Call
 * @property {string} text the request as it is sent
 * @property {(result: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {ReturnType<typeof setTimeout>} deadline
 * @property {WebSocket} [socket] the only socket that it may go over; nothing: whichever is there
 */

/** @typedef {(method: string, params: object) => Promise<any>} Ask */

/**
 * @typedef {object} ConnectionOptions
 * @property {string | (() => string | Promise<string>)} [token] who comes in, or where that is asked before each socket
 * @property {number} [patience] milliseconds for which a lost connection is tried again (60,000)
 * @property {number} [keepalive] milliseconds between two questions whether the server is still there (20,000)
 * @property {typeof WebSocket} [WebSocket] the class of sockets, where the environment has none of its own
 */

/**
 * @typedef {object} Handlers
 * @property {(ask: Ask) => Promise<void>} greet first words over each new socket; `ServerError` ends the connection
 * @property {(method: string, params: any) => void} notification
 * @property {() => void} reconnecting the connection broke, and a new one is tried
 * @property {() => void} reconnected it is there again
 * @property {(reason: Error) => void} lost it is gone for good
 */

/** A connection to the server. Make it with `Connection.open`. */
export class Connection {
  /** @type {WebSocket | null} */ #socket = null;
  /** Whether the greeting was answered. */ #ready = false;
  /** @type {Map<number, Call>} */ #calls = new Map();
  /** @type {ReturnType<typeof setInterval> | undefined} */ #pings;
  /** Ends a wait before its time. @type {() => void} */ #wake = () => {};
  #closed = false;
  #lastId = 0;
  #url;
  #options;
  #handlers;

  /**
   * @param {URL} url
   * @param {ConnectionOptions} options
   * @param {Handlers} handlers
   */
  constructor(url, options, handlers) {
    this.#url = url;
    this.#options = options;
    this.#handlers = handlers;
  }

  /**
   * @param {URL} url
   * @param {ConnectionOptions} options
   * @param {Handlers} handlers
   * @returns {Promise<Connection>}
   */
  static async open(url, options, handlers) {
    const connection = new Connection(url, options, handlers);
    try {
      await connection.#dial();
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  /**
   * Sends a request and waits for its result, over a new socket when the present one breaks.
   * @type {Ask}
   */
  call(method, params) {
    return this.#ask(method, params);
  }

  /** Closes the connection; calls that wait for an answer fail, and no handler is called any more. */
  close() {
    this.#end(new ConnectionLost('the connection to the server was closed'));
  }

  /**
   * @param {string} method
   * @param {object} params
   * @param {{socket?: WebSocket, patience?: number}} [bounds] the only socket that it may go over, and for how long
   * @returns {Promise<any>}
   */
  #ask(method, params, { socket, patience = CALL_MILLISECONDS } = {}) {
    if (this.#closed) return Promise.reject(new ConnectionLost('the connection to the server is closed'));
    if (this.#calls.size >= MOST_CALLS) return Promise.reject(new Error(`${MOST_CALLS} calls wait for their answers`));
    const id = this.#lastId++;
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#calls.delete(id);
        reject(new TimedOut(method));
      }, patience);
      const text = JSON.stringify({ jsonrpc: '2.0', id, method, params });
      this.#calls.set(id, { text, resolve, reject, deadline, socket });
      if (this.#ready || socket) this.#socket?.send(text);
    });
  }

  /** Opens a socket, greets, and asks again what is not answered. */
  async #dial() {
    const socket = await this.#opened();
    this.#socket = socket;
    socket.onmessage = event => this.#receive(String(event.data));
    socket.onclose = event => this.#broken(socket, event.reason);
    this.#pings = setInterval(() => this.#ping(socket), this.#options.keepalive ?? PING_MILLISECONDS);
    try {
      await this.#handlers.greet((method, params) => this.#ask(method, params, { socket }));
    } catch (error) {
      socket.close();
      this.#broken(socket, 'the greeting was not answered');
      throw error;
    }
    this.#ready = true;
    for (const call of this.#calls.values()) if (!call.socket) socket.send(call.text);
  }

  /** @param {WebSocket} socket */
  #ping(socket) {
    // It answers in order: behind a call that takes long, it takes as long.
    const patience = this.#calls.size > 0 ? CALL_MILLISECONDS : PONG_MILLISECONDS;
    this.#ask('ping', {}, { socket, patience }).catch(() => {
      socket.close();
      this.#broken(socket, 'the server does not answer');
    });
  }

  /** @returns {Promise<WebSocket>} */
  async #opened() {
    const { token, WebSocket: Socket = globalThis.WebSocket } = this.#options;
    const address = new URL(this.#url);
    const given = typeof token === 'function' ? await token() : token;
    if (given) address.searchParams.set('access_token', given);
    if (this.#closed) throw new ConnectionLost('the connection to the server was closed');
    const socket = new Socket(address);
    try {
      await new Promise((resolve, reject) => {
        const late = setTimeout(reject, OPEN_MILLISECONDS);
        socket.onopen = () => { clearTimeout(late); resolve(undefined); };
        socket.onerror = socket.onclose = () => { clearTimeout(late); reject(); };
        this.#wake = () => { clearTimeout(late); reject(); };
      });
      socket.onerror = null;
      return socket;
    } catch {
      socket.onclose = null;
      socket.close();
      // Not the address with the token in it.
      throw new ConnectionLost(`no server answers at ${this.#url}, or it does not let this page in`);
    }
  }

  /**
   * @param {WebSocket} socket
   * @param {string} reason
   */
  #broken(socket, reason) {
    if (socket !== this.#socket) return;
    const worked = this.#ready;
    this.#socket = null;
    this.#ready = false;
    clearInterval(this.#pings);
    for (const [id, call] of this.#calls) {
      if (call.socket === socket) this.#settle(id)?.reject(new ConnectionLost(reason || 'the socket was closed'));
    }
    // One whose greeting was not answered is one attempt of those that go on.
    if (worked && !this.#closed) void this.#retry();
  }

  async #retry() {
    this.#handlers.reconnecting();
    const end = Date.now() + (this.#options.patience ?? PATIENCE_MILLISECONDS);
    for (let wait = FIRST_WAIT_MILLISECONDS; !this.#closed && Date.now() < end; wait *= 2) {
      // Those who lost the same server do not come back in the same moment.
      const spread = Math.min(wait, LONGEST_WAIT_MILLISECONDS) * (0.5 + Math.random() / 2);
      await this.#pause(Math.min(spread, end - Date.now()));
      try {
        await this.#dial();
        this.#handlers.reconnected();
        return;
      } catch (error) {
        if (error instanceof ServerError) return this.#lose(error);
      }
    }
    this.#lose(new ConnectionLost('the connection to the server was lost'));
  }

  /** @param {number} milliseconds */
  #pause(milliseconds) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => { clearTimeout(timer); resolve(undefined); };
    });
  }

  /** @param {string} text */
  #receive(text) {
    const message = JSON.parse(text);
    if (message.method !== undefined) {
      this.#handlers.notification(message.method, message.params);
      return;
    }
    const call = this.#settle(message.id);
    try {
      call?.resolve(resultOf(message));
    } catch (error) {
      call?.reject(/** @type {Error} */ (error));
    }
  }

  /** Takes a call off those that wait. @param {number} id */
  #settle(id) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    clearTimeout(call?.deadline);
    return call;
  }

  /** @param {Error} reason */
  #lose(reason) {
    if (this.#closed) return;
    this.#end(reason);
    this.#handlers.lost(reason);
  }

  /** @param {Error} reason */
  #end(reason) {
    this.#closed = true;
    this.#ready = false;
    this.#wake();
    clearInterval(this.#pings);
    if (this.#socket) this.#socket.onclose = null;
    this.#socket?.close();
    this.#socket = null;
    for (const id of [...this.#calls.keys()]) this.#settle(id)?.reject(reason);
  }
}
