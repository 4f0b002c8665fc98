// Sends files to an application's HTTP recorder.

import { Content, elementOf } from './content.js';
import { ConnectionLost } from './errors.js';

/** @import { ContentOptions } from './content.js' */

/**
 * @typedef {object} UploaderOptions
 * @property {boolean} [useFormData] send files as the field `file` of a form, and not bare
 * @property {string | HTMLInputElement} [inputTag] an `<input type=file>`, or its id: what is chosen there is sent
 * @property {string | HTMLElement} [dragdropTag] an element, or its id: what is dropped there is sent
 */

/** A recorder of files: asks for an address to send them to. */
export class ContentUploader extends Content {
  /** @type {Promise<string>} */ #target;
  /** Ends the listening to elements of the page. */ #elements = new AbortController();
  /** @type {(url: string) => void} */ #open = () => {};
  #useFormData;

  /**
   * @param {string | URL} url
   * @param {ContentOptions & UploaderOptions} [options]
   */
  constructor(url, options = {}) {
    // Where an element is missing, nothing is begun.
    const [input, place] = [elementOf(options.inputTag), elementOf(options.dragdropTag)];
    super(url, options);
    this.#useFormData = options.useFormData ?? false;
    this.#target = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.once('terminate', () => reject(new ConnectionLost('the content session is over')));
    });
    this.#target.catch(() => {});
    this.#listen(input, place);
  }

  /**
   * Makes an element a place where files can be dropped without the browser opening them.
   * @param {string | HTMLElement} tag
   */
  static initDragDrop(tag) {
    const element = /** @type {HTMLElement} */ (elementOf(tag));
    for (const name of ['dragenter', 'dragover', 'drop']) element.addEventListener(name, event => event.preventDefault());
    return element;
  }

  /**
   * Sends a file, as soon as the address is known.
   * @param {Blob} file
   * @returns {Promise<void>} settles when the server has all of it
   */
  async send(file) {
    const target = await this.#target;
    this.emit('localfile', file);
    const body = this.#useFormData ? new FormData() : file;
    if (body instanceof FormData) body.append('file', file);
    const response = await fetch(target, { method: 'POST', body }).catch(() => {
      throw new ConnectionLost(`the server at ${target} stopped taking the file`);
    });
    if (!response.ok) throw new ConnectionLost(`status ${response.status} from ${target}`);
  }

  /** @protected @override */
  async prepare() {
    return { constraints: this.constraints('sendonly') };
  }

  /** @protected @override @param {{url: string}} result */
  async accept(result) {
    this.#open(new URL(result.url, this.url).href);
  }

  /** @protected @override */
  cease() {
    this.#elements.abort();
  }

  /**
   * @param {HTMLInputElement | undefined} input
   * @param {HTMLElement | undefined} place
   */
  #listen(input, place) {
    const { signal } = this.#elements;
    const sendAll = async (/** @type {FileList | null | undefined} */ files) => {
      for (const file of [...files ?? []]) await this.send(file);
    };
    const send = (/** @type {FileList | null | undefined} */ files) => {
      sendAll(files).catch(error => this.emit('error', error));
    };
    input?.addEventListener('change', () => send(input.files), { signal });
    if (place) {
      ContentUploader.initDragDrop(place);
      place.addEventListener('drop', event => send(event.dataTransfer?.files), { signal });
    }
  }
}
