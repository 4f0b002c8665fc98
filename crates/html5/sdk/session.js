// A session with the server over one WebSocket: remote objects, their calls and their events. The session outlives its
// socket: when the network fails, the objects go on, and the same session is entered again.

import { ConnectionLost, ServerError, SessionLost } from './errors.js';
import { Emitter } from './events.js';
import { Connection } from './socket.js';

/** @import { Ask, ConnectionOptions } from './socket.js' */

/** The code of a session that the server does not know. */
const INVALID_SESSION = 40007;
/** How long a server is waited for that should confirm the end. */
const FAREWELL_MILLISECONDS = 1_000;

/**
 * @typedef {object} SessionEvents
 * @property {undefined} reconnecting the connection broke; calls that are made now wait for the next one
 * @property {undefined} reconnected the same session goes on; what happened meanwhile was not told
 * @property {Error} lost the session is over: `SessionLost` when the server forgot it, `ConnectionLost` when patience ended
 */

/** What one subscription is: who listens, and its name on the server. */
class Subscription {
  /** @type {Set<(data: any) => void>} */ listeners = new Set();
  /** @type {Promise<string>} */ name = Promise.resolve('');
}

/**
 * A session with the server. Make it with `Session.open`; it ends with `close`, and with the page.
 * @extends {Emitter<SessionEvents>}
 */
export class Session extends Emitter {
  /** @type {Connection} */ #connection = /** @type {any} */ (undefined);
  /** By object id and event type. @type {Map<string, Subscription>} */ #subscriptions = new Map();
  /** @type {string | undefined} */ #id;
  /** Whether anything was asked of the session: the server forgets one that is empty. */ #used = false;
  #leave = () => { void this.close(); };

  /**
   * @param {string | URL} [url] the server's control address, absolute or as seen from the page
   * @param {ConnectionOptions} [options]
   * @returns {Promise<Session>}
   */
  static async open(url = '/kurento', options = {}) {
    const session = new Session();
    session.#connection = await Connection.open(controlAddress(url), options, {
      greet: ask => session.#enter(ask),
      notification: (method, params) => { if (method === 'onEvent') session.#deliver(params.value); },
      reconnecting: () => session.emit('reconnecting', undefined),
      reconnected: () => session.emit('reconnected', undefined),
      lost: reason => session.#lost(reason),
    });
    globalThis.addEventListener?.('pagehide', session.#leave);
    return session;
  }

  /** The session's name on the server. */
  get id() {
    return this.#id;
  }

  /**
   * @param {string} method
   * @param {object} params
   * @returns {Promise<any>} the value, when the method has one
   */
  async call(method, params) {
    this.#used = true;
    try {
      const result = await this.#connection.call(method, { ...params, sessionId: this.#id });
      return result?.value;
    } catch (error) {
      throw asLost(error);
    }
  }

  /**
   * @param {string} type the remote class, `WebRtcEndpoint`
   * @param {object} [constructorParams]
   * @returns {Promise<RemoteObject<any>>}
   */
  async create(type, constructorParams = {}) {
    return new RemoteObject(this, await this.call('create', { type, constructorParams, properties: {} }));
  }

  /** An object that exists already, of this session or of another. @param {string} id @returns {RemoteObject<any>} */
  object(id) {
    return new RemoteObject(this, id);
  }

  /**
   * @param {string} object
   * @param {string} type
   * @param {(data: any) => void} listener
   * @returns {Promise<() => Promise<void>>} ends it; the server is told when nobody listens any more
   */
  async subscribe(object, type, listener) {
    const key = `${object} ${type}`;
    const known = this.#subscriptions.get(key);
    const subscription = known ?? new Subscription();
    // Heard before it is asked for: the first event may come before the answer.
    subscription.listeners.add(listener);
    if (!known) {
      this.#subscriptions.set(key, subscription);
      subscription.name = this.call('subscribe', { object, type });
    }
    try {
      await subscription.name;
    } catch (error) {
      if (this.#subscriptions.get(key) === subscription) this.#subscriptions.delete(key);
      throw error;
    }
    return async () => {
      subscription.listeners.delete(listener);
      if (subscription.listeners.size > 0 || this.#subscriptions.get(key) !== subscription) return;
      this.#subscriptions.delete(key);
      await this.call('unsubscribe', { object, subscription: await subscription.name });
    };
  }

  /** Forgets the listeners of an object and of what lived within it. @param {string} object */
  forget(object) {
    for (const key of this.#subscriptions.keys()) {
      if (key.startsWith(`${object} `) || key.startsWith(`${object}/`)) this.#subscriptions.delete(key);
    }
  }

  /** Ends the session: what only it held goes from the server. Settles when the server knows, or does not answer. */
  async close() {
    globalThis.removeEventListener?.('pagehide', this.#leave);
    this.#subscriptions.clear();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let late;
    const deadline = new Promise(resolve => { late = setTimeout(resolve, FAREWELL_MILLISECONDS); });
    const farewell = this.#connection.call('closeSession', { sessionId: this.#id });
    await Promise.race([farewell.catch(() => {}), deadline]);
    clearTimeout(late);
    this.#connection.close();
  }

  /** Enters the session over a new socket. @param {Ask} ask */
  async #enter(ask) {
    const again = this.#used ? { sessionId: this.#id } : {};
    this.#id = (await ask('connect', again)).sessionId;
  }

  /** @param {{object: string, type: string, data: any}} event */
  #deliver({ object, type, data }) {
    for (const listener of [...this.#subscriptions.get(`${object} ${type}`)?.listeners ?? []]) listener(data);
  }

  /** @param {Error} reason */
  #lost(reason) {
    globalThis.removeEventListener?.('pagehide', this.#leave);
    this.#subscriptions.clear();
    this.emit('lost', asLost(reason));
  }
}

/**
 * @param {any} error
 * @returns {Error} what a session says of it
 */
function asLost(error) {
  return error instanceof ServerError && error.code === INVALID_SESSION ? new SessionLost() : error;
}

/**
 * @param {string | URL} url
 * @returns {URL} with the scheme of WebSockets
 */
function controlAddress(url) {
  const address = new URL(url, globalThis.location?.href);
  if (!/^(ws|http)s?:$/.test(address.protocol)) throw new ConnectionLost(`${address} is no address of a server`);
  address.protocol = address.protocol.replace('http', 'ws');
  return address;
}

/**
 * An object that lives on the server.
 * @template {Record<string, any>} [Events=Record<string, any>] its events; `trellis model typescript` writes the types
 */
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
   * @param {RemoteObject<any>} sink
   * @param {'AUDIO' | 'VIDEO' | 'DATA'} [mediaType]
   */
  connect(sink, mediaType) {
    return this.invoke('connect', { sink: sink.id, ...mediaType && { mediaType } });
  }

  /**
   * Hears an event from now on.
   * @template {keyof Events & string} Name
   * @param {Name} type `IceCandidateFound`
   * @param {(data: Events[Name]) => void} listener
   * @returns {Promise<() => Promise<void>>} settles when the server knows; what it gives ends the listening
   */
  on(type, listener) {
    return this.session.subscribe(this.id, type, listener);
  }

  /** Releases the object and what was created in it, for everybody. */
  async release() {
    this.session.forget(this.id);
    await this.session.call('release', { object: this.id });
  }
}
