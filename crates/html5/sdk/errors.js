// What can go wrong between a page and its server.

/** What the server answered instead of a result. `code` is one of the protocol's numbered errors. */
export class ServerError extends Error {
  /**
   * @param {number} code
   * @param {string} message
   * @param {any} [data] what the server tells besides
   */
  constructor(code, message, data) {
    super(message);
    this.name = 'ServerError';
    this.code = code;
    this.data = data;
  }
}

/** The server cannot be reached, or not any more. */
export class ConnectionLost extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'ConnectionLost';
  }
}

/** The server answers again, but has forgotten the session: what lived in it is gone. */
export class SessionLost extends ConnectionLost {
  constructor() {
    super('the server does not know the session any more');
    this.name = 'SessionLost';
  }
}

/** The server did not answer in time. Whether it did what it was asked is not known. */
export class TimedOut extends Error {
  /** @param {string} method */
  constructor(method) {
    super(`the server did not answer "${method}" in time`);
    this.name = 'TimedOut';
  }
}

/**
 * The result of a JSON-RPC answer.
 * @param {any} answer
 * @returns {any}
 * @throws {ServerError} when the answer is an error
 */
export function resultOf(answer) {
  if (answer.error) throw new ServerError(answer.error.code, answer.error.message, answer.error.data);
  return answer.result;
}
