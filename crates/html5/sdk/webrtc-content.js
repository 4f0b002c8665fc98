// A call with an application's WebRTC handler: one offer with all candidates, one answer.

import { Content } from './content.js';
import { camera } from './devices.js';
import { addSection, connected, gathered, KINDS, sends } from './negotiation.js';

/** @import { ContentOptions } from './content.js' */

/** How long the browser may look for candidates: a STUN server that is silent holds up nobody for longer. */
const GATHER_MILLISECONDS = 2_000;
/** What the first SDK sends at the most. */
const FRAME_RATE = 15;

/**
 * @typedef {object} WebRtcOptions
 * @property {RTCIceServer[]} [iceServers] none unless they are named
 * @property {number} [maxFrameRate] of the camera (15)
 * @property {MediaStream} [stream] sent in the place of camera and microphone
 */

/** A call. */
export class WebRtcContent extends Content {
  /** The browser's own connection, once there is one. @type {RTCPeerConnection | undefined} */ connection;
  /** @type {MediaStream | undefined} */ #opened;
  #given;

  /**
   * @param {string | URL} url
   * @param {ContentOptions & WebRtcOptions} [options]
   */
  constructor(url, options = {}) {
    super(url, options);
    this.#given = options;
  }

  /** @protected @override */
  async prepare() {
    const constraints = this.constraints('sendrecv');
    const stream = await this.#local(constraints);
    const connection = new RTCPeerConnection({ iceServers: this.#given.iceServers ?? [], bundlePolicy: 'max-bundle' });
    this.connection = connection;
    const remote = new MediaStream();
    connection.ontrack = ({ track }) => {
      remote.addTrack(track);
      if (remote.getTracks().length > 1) return;
      this.show(this.options.remoteVideoTag, { stream: remote });
      this.emit('remotestream', { stream: remote });
    };
    for (const kind of KINDS) {
      const track = stream?.getTracks().find(track => track.kind === kind);
      addSection(connection, kind, { direction: constraints[kind], track, stream });
    }
    await connection.setLocalDescription();
    await gathered(connection, GATHER_MILLISECONDS);
    return { constraints, sdp: connection.localDescription?.sdp };
  }

  /** @protected @override @param {{sdp: string}} result */
  async accept(result) {
    const connection = /** @type {RTCPeerConnection} */ (this.connection);
    await connection.setRemoteDescription({ type: 'answer', sdp: result.sdp });
    // The session has begun; that no media comes is told when it is known.
    connected(connection).catch(error => {
      if (connection.connectionState === 'failed') this.emit('error', error);
    });
  }

  /** @protected @override */
  cease() {
    this.connection?.close();
    this.#opened?.getTracks().forEach(track => track.stop());
  }

  /**
   * What is sent.
   * @param {Record<'audio' | 'video', import('./negotiation.js').Direction>} constraints
   */
  async #local({ audio, video }) {
    if (!sends(audio) && !sends(video)) return null;
    const { stream: given, maxFrameRate = FRAME_RATE } = this.#given;
    const stream = given ?? await camera({
      video: sends(video) && { frameRate: { ideal: maxFrameRate, max: maxFrameRate } },
      audio: sends(audio),
    });
    if (!given) this.#opened = stream;
    this.show(this.options.localVideoTag, { stream });
    this.emit('localstream', { stream });
    return stream;
  }
}
