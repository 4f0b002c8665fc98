// Events with names and types: what each one carries is written down where the class is.

/**
 * Something that is listened to.
 * @template {Record<string, any>} Events what each event carries, by its name
 */
export class Emitter {
  /** @type {Map<keyof Events, Set<(data: any) => void>>} */ #listeners = new Map();

  /**
   * Hears an event from now on. The same listener is called once for each occurrence, however often it is given.
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(data: Events[Name]) => void} listener
   * @returns {this}
   */
  on(name, listener) {
    const heard = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, heard.add(listener));
    return this;
  }

  /**
   * Hears the next occurrence of an event.
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(data: Events[Name]) => void} listener
   * @returns {this}
   */
  once(name, listener) {
    const first = (/** @type {Events[Name]} */ data) => {
      this.off(name, first);
      listener(data);
    };
    return this.on(name, first);
  }

  /**
   * Hears an event no more.
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(data: Events[Name]) => void} listener
   * @returns {this}
   */
  off(name, listener) {
    this.#listeners.get(name)?.delete(listener);
    return this;
  }

  /**
   * Tells who listens. A listener that throws keeps the event from nobody, and nor is what it throws swallowed: it
   * comes out as an uncaught error, as does an `error` that nobody hears.
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} data
   */
  emit(name, data) {
    const heard = [...this.#listeners.get(name) ?? []];
    for (const listener of heard) {
      try {
        listener(data);
      } catch (error) {
        uncaught(error);
      }
    }
    if (name === 'error' && heard.length === 0) uncaught(data);
  }
}

/** @param {unknown} error */
function uncaught(error) {
  queueMicrotask(() => { throw error; });
}
