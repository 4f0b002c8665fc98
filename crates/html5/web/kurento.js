// The server's remote objects: create, invoke, subscribe, release.

import { Connection } from './rpc.js';

/** @typedef {(data: any) => void} Listener */

/** A session with the server. Make it with `Session.open`. */
export class Session {
  /** @type {Connection} */ #connection;
  /** Listeners by object id and event type. @type {Map<string, Listener[]>} */ #listeners = new Map();
  /** @type {string | undefined} */ #sessionId;

  /** @param {Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    connection.onnotification = (method, params) => {
      if (method === 'onEvent') this.#deliver(params.value);
    };
  }

  /**
   * @param {string | URL} url the server's control address, `ws://HOST:PORT/kurento`
   * @returns {Promise<Session>}
   */
  static async open(url) {
    const session = new Session(await Connection.open(url));
    await session.call('connect', {});
    return session;
  }

  /** @param {() => void} listener called once when the connection breaks */
  set onlost(listener) {
    this.#connection.onlost = listener;
  }

  /**
   * @param {string} method
   * @param {object} params
   * @returns {Promise<any>} the value, when the method has one
   */
  async call(method, params) {
    const session = this.#sessionId === undefined ? {} : { sessionId: this.#sessionId };
    const result = await this.#connection.call(method, { ...params, ...session });
    this.#sessionId = result?.sessionId ?? this.#sessionId;
    return result?.value;
  }

  /**
   * @param {string} type the remote class, `WebRtcEndpoint`
   * @param {object} [constructorParams]
   * @returns {Promise<RemoteObject>}
   */
  async create(type, constructorParams = {}) {
    return new RemoteObject(this, await this.call('create', { type, constructorParams, properties: {} }));
  }

  /**
   * @param {string} object
   * @param {string} type
   * @param {Listener} listener
   */
  async subscribe(object, type, listener) {
    const key = `${object} ${type}`;
    this.#listeners.set(key, [...(this.#listeners.get(key) ?? []), listener]);
    await this.call('subscribe', { object, type });
  }

  /** Forgets the listeners of an object and of what lived within it. @param {string} object */
  forget(object) {
    for (const key of this.#listeners.keys()) {
      if (key.startsWith(`${object} `) || key.startsWith(`${object}/`)) this.#listeners.delete(key);
    }
  }

  close() {
    this.#connection.close();
    this.#listeners.clear();
  }

  /** @param {{object: string, type: string, data: any}} event */
  #deliver({ object, type, data }) {
    for (const listener of this.#listeners.get(`${object} ${type}`) ?? []) listener(data);
  }
}

/** An object that lives on the server. */
export class RemoteObject {
  /**
   * @param {Session} session
   * @param {string} id
   */
  constructor(session, id) {
    this.session = session;
    this.id = id;
  }

  /**
   * @param {string} operation
   * @param {object} [operationParams]
   * @returns {Promise<any>}
   */
  invoke(operation, operationParams = {}) {
    return this.session.call('invoke', { object: this.id, operation, operationParams });
  }

  /**
   * Lets one kind of media flow from this element to another, or every kind.
   * @param {RemoteObject} sink
   * @param {'AUDIO' | 'VIDEO' | 'DATA'} [mediaType]
   */
  connect(sink, mediaType) {
    return this.invoke('connect', mediaType === undefined ? { sink: sink.id } : { sink: sink.id, mediaType });
  }

  /**
   * @param {string} type the event, `IceCandidateFound`
   * @param {Listener} listener
   */
  on(type, listener) {
    return this.session.subscribe(this.id, type, listener);
  }

  async release() {
    this.session.forget(this.id);
    await this.session.call('release', { object: this.id });
  }
}
