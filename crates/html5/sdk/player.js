// Plays what an application's HTTP player gives.

import { Content } from './content.js';

/** @import { ContentOptions } from './content.js' */

/** A player: asks for the content, and is given an address that a `<video>` plays. */
export class ContentPlayer extends Content {
  /**
   * @param {string | URL} url
   * @param {ContentOptions} [options] `remoteVideoTag` names the element that plays
   */
  constructor(url, options = {}) {
    super(url, options);
  }

  /** @protected @override */
  async prepare() {
    return { constraints: this.constraints('recvonly') };
  }

  /** @protected @override @param {{url: string}} result */
  async accept(result) {
    const url = new URL(result.url, this.url).href;
    this.show(this.options.remoteVideoTag, { url });
    this.emit('remotestream', { url });
  }
}
