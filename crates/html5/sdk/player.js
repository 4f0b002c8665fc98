// Plays what an application's HTTP player gives.

import { Content, elementOf } from './content.js';

/** @import { ContentOptions } from './content.js' */

/** A player: asks for the content, and is given an address that a `<video>` plays. */
export class ContentPlayer extends Content {
  #address = '';

  /**
   * @param {string | URL} url
   * @param {ContentOptions} [options] `remoteVideoTag` names the element that plays
   */
  constructor(url, options = {}) {
    super(url, options);
  }

  /**
   * Ends the session, and the playing too. What the server ends is played to its end.
   * @override
   * @param {{code: number, message: string}} [reason]
   */
  async terminate(reason) {
    const player = elementOf(this.options.remoteVideoTag);
    if (player && this.#address && player.src === this.#address) {
      player.removeAttribute('src');
      player.load();
    }
    await super.terminate(reason);
  }

  /** @protected @override */
  async prepare() {
    return { constraints: this.constraints('recvonly') };
  }

  /** @protected @override @param {{url: string}} result */
  async accept(result) {
    const url = new URL(result.url, this.url).href;
    this.#address = url;
    this.show(this.options.remoteVideoTag, { url });
    this.emit('remotestream', { url });
  }
}
