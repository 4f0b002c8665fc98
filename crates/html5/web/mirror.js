// The magic mirror's pipeline: source -> hat -> back to this browser, and into a file while recording.
//
//   camera:  WebRtcEndpoint ──video──> FaceOverlayFilter ──video──> the same WebRtcEndpoint
//   clip:    PlayerEndpoint ──video──> FaceOverlayFilter ──video──> WebRtcEndpoint
//
// Sound goes round the filter. The recorder takes what the mirror shows.

import { Session, WebRtcPeer } from './sdk/index.js';

/** @import { RemoteObject } from './sdk/index.js' */

/** Where the hat sits, in parts of the face: the brim where the forehead begins, and half as wide again. */
const HAT = { offsetXPercent: -0.3, offsetYPercent: -1.14, widthPercent: 1.6, heightPercent: 1.35 };

/** How long a server is waited for that does not answer any more. */
const PATIENCE_MILLISECONDS = 5_000;

/**
 * @typedef {object} Source
 * @property {MediaStream | null} stream the camera, or nothing when a clip takes its place
 * @property {string | null} clip the clip's URI as the server knows it
 */

/**
 * A picture of this page as a URI that holds it: a server fetches nothing from its own machine unless told to.
 * @param {string} name
 * @returns {Promise<string>}
 */
async function embedded(name) {
  const picture = await (await fetch(name)).blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(picture);
  });
}

/** A running mirror. Make it with `Mirror.open`; it ends with `close`. */
export class Mirror {
  /** The browser's end. @type {WebRtcPeer | undefined} */ peer;
  /** @type {RemoteObject<any> | undefined} */ #filter;
  /** The clip's player, where a clip takes the camera's place. @type {RemoteObject<any> | undefined} */ #player;
  #hasSound = true;
  #onproblem;

  /**
   * @param {Session} session
   * @param {RemoteObject<any>} pipeline
   * @param {(description: string) => void} onproblem called with every error event of the server
   */
  constructor(session, pipeline, onproblem) {
    this.session = session;
    this.pipeline = pipeline;
    this.#onproblem = onproblem;
  }

  /**
   * @param {{token: () => string, source: Source, onproblem: (description: string) => void}} options
   * @returns {Promise<Mirror>}
   */
  static async open({ token, source, onproblem }) {
    const session = await Session.open('kurento', { token, patience: PATIENCE_MILLISECONDS });
    try {
      const mirror = new Mirror(session, await session.create('MediaPipeline'), onproblem);
      await mirror.#build(source);
      return mirror;
    } catch (error) {
      // The session's objects go with it.
      await session.close();
      throw error;
    }
  }

  /** @param {Source} source */
  async #build({ stream, clip }) {
    await this.#report(this.pipeline);
    this.#hasSound = stream === null || stream.getAudioTracks().length > 0;
    this.#filter = await this.#element('FaceOverlayFilter');
    await this.#filter.invoke('setOverlayedImage', { uri: await embedded('hat.png'), ...HAT });
    if (stream === null) {
      this.#player = await this.#element('PlayerEndpoint', { uri: clip });
      await this.#player.connect(this.#filter, 'VIDEO');
    }
    const renew = () => this.#endpoint();
    this.peer = await WebRtcPeer.connect(await this.#endpoint(), { stream, renew });
    if (this.#player) await this.#play(this.#player);
  }

  /** An endpoint in the mirror's place; once more when the way to the first one broke. */
  async #endpoint() {
    const filter = /** @type {RemoteObject<any>} */ (this.#filter);
    const endpoint = await this.#element('WebRtcEndpoint', this.#player ? { recvonly: true } : {});
    if (!this.#player) await endpoint.connect(filter, 'VIDEO');
    await filter.connect(endpoint, 'VIDEO');
    if (this.#hasSound) await (this.#player ?? endpoint).connect(endpoint, 'AUDIO');
    return endpoint;
  }

  /** Plays a clip again and again. @param {RemoteObject<any>} player */
  async #play(player) {
    await player.on('EndOfStream', () => { void player.invoke('play').catch(() => {}); });
    await player.invoke('play');
  }

  /**
   * Starts a recording of what the mirror shows.
   * @param {string} uri where the server writes it
   * @returns {Promise<() => Promise<void>>} ends the recording; settles when the file is whole
   */
  async record(uri) {
    if (!this.#filter || !this.peer) throw new Error('the mirror is not open');
    const mediaProfile = this.#hasSound ? 'WEBM' : 'WEBM_VIDEO_ONLY';
    const recorder = await this.#element('RecorderEndpoint', { uri, mediaProfile });
    await this.#filter.connect(recorder, 'VIDEO');
    if (this.#hasSound) await (this.#player ?? this.peer.endpoint).connect(recorder, 'AUDIO');
    await recorder.invoke('record');
    return async () => {
      await recorder.invoke('stopAndWait');
      await recorder.release();
    };
  }

  /** Ends the mirror and lets the server forget it. */
  async close() {
    await this.peer?.close();
    await this.session.close();
  }

  /**
   * @param {string} type
   * @param {object} [parameters]
   */
  async #element(type, parameters = {}) {
    const element = await this.session.create(type, { mediaPipeline: this.pipeline.id, ...parameters });
    await this.#report(element);
    return element;
  }

  /** @param {RemoteObject<any>} object */
  async #report(object) {
    await object.on('Error', ({ description, errorCode }) => this.#onproblem(`${description} (error ${errorCode})`));
  }
}
