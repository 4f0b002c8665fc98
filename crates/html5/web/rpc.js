// JSON-RPC 2.0 over one WebSocket: calls with a deadline, and notifications.

/** How long a call may take: a recorder that closes its file needs seconds, a lost connection must show. */
const CALL_MILLISECONDS = 20_000;

/** How often the server is asked whether it is still there. */
const PING_MILLISECONDS = 20_000;

/** What the server answered instead of a result. `code` is one of the protocol's numbered errors. */
export class ServerError extends Error {
  /**
   * @param {number} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'ServerError';
    this.code = code;
  }
}

/** The connection is not there (any more). */
export class ConnectionLost extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'ConnectionLost';
  }
}

/**
 * @typedef {object} Call
 * @property {(result: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {number} deadline
 */

/** One WebSocket to the server. Make it with `Connection.open`. */
export class Connection {
  /** @type {WebSocket} */ #socket;
  /** @type {Map<number, Call>} */ #calls = new Map();
  #lastId = 0;
  #pings;
  /** Called for every notification. @type {(method: string, params: any) => void} */
  onnotification = () => {};
  /** Called once, when the connection is gone and nobody asked for it. @type {() => void} */
  onlost = () => {};

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    this.#pings = setInterval(() => { this.call('ping', {}).catch(() => this.close()); }, PING_MILLISECONDS);
    socket.onmessage = event => this.#receive(String(event.data));
    socket.onclose = () => { this.#end(); this.onlost(); };
  }

  /**
   * @param {string | URL} url
   * @returns {Promise<Connection>}
   */
  static open(url) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      socket.onopen = () => resolve(new Connection(socket));
      socket.onclose = () => reject(new ConnectionLost(`no server answers at ${url}`));
    });
  }

  /**
   * Sends a request and waits for its result.
   * @param {string} method
   * @param {object} params
   * @returns {Promise<any>} the `result` member of the answer
   */
  call(method, params) {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      return Promise.reject(new ConnectionLost('the connection to the server is closed'));
    }
    const id = this.#lastId++;
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#calls.delete(id);
        reject(new ConnectionLost(`the server did not answer "${method}" in time`));
      }, CALL_MILLISECONDS);
      this.#calls.set(id, { resolve, reject, deadline });
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** Closes the connection; calls that wait for an answer fail, and `onlost` is not called. */
  close() {
    this.#socket.onclose = null;
    this.#socket.close();
    this.#end();
  }

  /** @param {string} text */
  #receive(text) {
    const message = JSON.parse(text);
    if (message.method !== undefined) {
      this.onnotification(message.method, message.params);
      return;
    }
    const call = this.#calls.get(message.id);
    if (call === undefined) return;
    this.#calls.delete(message.id);
    clearTimeout(call.deadline);
    if (message.error) call.reject(new ServerError(message.error.code, message.error.message));
    else call.resolve(message.result);
  }

  #end() {
    clearInterval(this.#pings);
    for (const call of this.#calls.values()) {
      clearTimeout(call.deadline);
      call.reject(new ConnectionLost('the connection to the server was lost'));
    }
    this.#calls.clear();
  }
}
