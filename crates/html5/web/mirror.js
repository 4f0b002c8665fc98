// The magic mirror's pipeline: source -> hat -> back to this browser, and into a file while recording.
//
//   camera:  WebRtcEndpoint ──video──> FaceOverlayFilter ──video──> the same WebRtcEndpoint
//   clip:    PlayerEndpoint ──video──> FaceOverlayFilter ──video──> WebRtcEndpoint
//
// Sound goes round the filter. The recorder takes what the mirror shows.

import { RemoteObject, Session } from './kurento.js';
import { connected, connectPeer } from './peer.js';

/** Where the hat sits, in parts of the face: the brim where the forehead begins, and half as wide again. */
const HAT = { offsetXPercent: -0.3, offsetYPercent: -1.14, widthPercent: 1.6, heightPercent: 1.35 };

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
  /**
   * @param {Session} session
   * @param {RemoteObject} pipeline
   */
  constructor(session, pipeline) {
    this.session = session;
    this.pipeline = pipeline;
    this.hasSound = true;
    /** Called with every error event of the server. @type {(description: string) => void} */
    this.onproblem = () => {};
  }

  /**
   * @param {string | URL} server the control address
   * @param {Source} source
   * @param {(description: string) => void} onproblem
   * @returns {Promise<Mirror>}
   */
  static async open(server, source, onproblem) {
    const session = await Session.open(server);
    const mirror = new Mirror(session, await session.create('MediaPipeline'));
    mirror.onproblem = onproblem;
    try {
      await mirror.#build(source);
      return mirror;
    } catch (error) {
      await mirror.close();
      throw error;
    }
  }

  /** @param {Source} source */
  async #build({ stream, clip }) {
    await this.#report(this.pipeline);
    this.endpoint = await this.#element('WebRtcEndpoint', stream === null ? { recvonly: true } : {});
    this.filter = await this.#element('FaceOverlayFilter');
    await this.filter.invoke('setOverlayedImage', { uri: await embedded('hat.png'), ...HAT });
    this.source = stream === null ? await this.#element('PlayerEndpoint', { uri: clip }) : this.endpoint;
    this.hasSound = stream === null || stream.getAudioTracks().length > 0;

    await this.source.connect(this.filter, 'VIDEO');
    await this.filter.connect(this.endpoint, 'VIDEO');
    if (this.hasSound) await this.source.connect(this.endpoint, 'AUDIO');

    const { peer, remote } = await connectPeer(this.endpoint, stream);
    this.peer = peer;
    this.remote = remote;
    await connected(peer);
    if (this.source !== this.endpoint) await this.#play(this.source);
  }

  /** Plays a clip again and again. @param {RemoteObject} player */
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
    if (!this.filter || !this.source) throw new Error('the mirror is not open');
    const mediaProfile = this.hasSound ? 'WEBM' : 'WEBM_VIDEO_ONLY';
    const recorder = await this.#element('RecorderEndpoint', { uri, mediaProfile });
    await this.filter.connect(recorder, 'VIDEO');
    if (this.hasSound) await this.source.connect(recorder, 'AUDIO');
    await recorder.invoke('record');
    return async () => {
      await recorder.invoke('stopAndWait');
      await recorder.release();
    };
  }

  /** Ends the mirror and lets the server forget it. */
  async close() {
    this.session.onlost = () => {};
    this.peer?.close();
    await this.pipeline.release().catch(() => {});
    this.session.close();
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

  /** @param {RemoteObject} object */
  async #report(object) {
    await object.on('Error', ({ description, errorCode }) => this.onproblem(`${description} (error ${errorCode})`));
  }
}
