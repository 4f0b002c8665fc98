// The browser's end of one WebRtcEndpoint: offer and answer, candidates in both directions as they are found, what is
// sent and how that changes, data channels, statistics of both sides, and a new way when the old one breaks.

import { camera, screen } from './devices.js';
import { ServerError } from './errors.js';
import { Emitter } from './events.js';
import { addSection, connected, KINDS, sends } from './negotiation.js';

/** @import { Direction } from './negotiation.js' */
/** @import { RemoteObject } from './session.js' */

/** How long a connection may be without an answer before a new way is looked for. */
const DISCONNECTED_MILLISECONDS = 4_000;

/**
 * @typedef {object} PeerOptions
 * @property {MediaStream | null} [stream] what to send
 * @property {Direction} [audio] default: `sendrecv` with a track of the kind in the stream, else `recvonly`
 * @property {Direction} [video] the same; with `sendrecv` and no track, one can be sent later (a screen)
 * @property {(string | {label: string, options?: RTCDataChannelInit})[]} [channels] data channels to open at once; the
 *   endpoint must have been made with `useDataChannels`. Later ones need that there was a first.
 * @property {RTCIceServer[]} [iceServers]
 * @property {() => Promise<RemoteObject<any>>} [renew] makes an endpoint that is connected like the first, for when the
 *   connection breaks and the server's endpoints negotiate only once
 */

/**
 * @typedef {object} PeerEvents
 * @property {RTCTrackEvent} track something comes from the server; it is in `remote` too
 * @property {RTCDataChannel} channel the server opened a data channel
 * @property {RTCPeerConnectionState} state how the connection fares
 * @property {undefined} reconnecting the connection broke, and another is tried
 * @property {undefined} reconnected media flows again
 * @property {undefined} screenended the person ended the sharing of the screen, and the camera is sent again
 * @property {Error} failed media does not flow, and will not
 */

/**
 * @typedef {object} PeerStatistics dictionaries of the W3C's statistics, by their ids
 * @property {Record<string, any>} browser
 * @property {Record<string, any>} server
 */

/**
 * The peer of a WebRtcEndpoint. Make it with `WebRtcPeer.connect`.
 * @extends {Emitter<PeerEvents>}
 */
export class WebRtcPeer extends Emitter {
  /** What comes from the server; the same stream whatever becomes of the connection. */
  remote = new MediaStream();
  /** The browser's own connection. @type {RTCPeerConnection} */ connection;
  /** What is sent now. @type {Map<'audio' | 'video', MediaStreamTrack | null>} */ #sent = new Map();
  /** @type {Set<'audio' | 'video'>} */ #muted = new Set();
  /** Tracks that this class opened, and therefore ends. @type {Set<MediaStreamTrack>} */ #own = new Set();
  /** What was sent before the screen. @type {MediaStreamTrack | null | undefined} */ #beforeScreen;
  /** @type {Promise<void> | null} */ #restarting = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #impatience;
  /** Ends the listening to the server's candidates. @type {Promise<() => Promise<void>> | undefined} */ #heard;
  /** Ends the waiting for a connection. */ #abort = () => {};
  #closed = false;
  #options;

  /**
   * @param {RemoteObject<any>} endpoint
   * @param {PeerOptions} options
   */
  constructor(endpoint, options) {
    super();
    /** The endpoint on the server; another one after it was renewed. */
    this.endpoint = endpoint;
    this.#options = options;
    for (const kind of KINDS) this.#sent.set(kind, options.stream?.getTracks().find(track => track.kind === kind) ?? null);
    this.connection = this.#begin();
  }

  /**
   * Negotiates with an endpoint that is connected to what it shall play; settles when media can flow.
   * @param {RemoteObject<any>} endpoint a WebRtcEndpoint
   * @param {PeerOptions} [options]
   * @param {(peer: WebRtcPeer) => void} [prepare] hears of the peer before anything happens to it
   * @returns {Promise<WebRtcPeer>}
   */
  static async connect(endpoint, options = {}, prepare = () => {}) {
    const peer = new WebRtcPeer(endpoint, options);
    prepare(peer);
    try {
      await peer.#join();
    } catch (error) {
      peer.connection.close();
      throw error;
    }
    peer.#watch();
    return peer;
  }

  /** The track of a kind that is sent. @param {'audio' | 'video'} kind @returns {MediaStreamTrack | null} */
  sent(kind) {
    return this.#sent.get(kind) ?? null;
  }

  /**
   * Sends another track in the place of the one of its kind, without anything being negotiated.
   * @param {MediaStreamTrack} track
   */
  async send(track) {
    await this.#put(/** @type {'audio' | 'video'} */ (track.kind), track);
  }

  /**
   * Sends what another camera sees. The one before is closed when this class opened it.
   * @param {string} deviceId of `devices()`
   * @param {MediaTrackConstraints} [wanted]
   */
  async switchCamera(deviceId, wanted = {}) {
    await this.#switch('video', () => camera({ video: { ...wanted, deviceId: { exact: deviceId } }, audio: false }));
  }

  /**
   * Sends what another microphone hears.
   * @param {string} deviceId of `devices()`
   * @param {MediaTrackConstraints} [wanted]
   */
  async switchMicrophone(deviceId, wanted = {}) {
    await this.#switch('audio', () => camera({ video: false, audio: { ...wanted, deviceId: { exact: deviceId } } }));
  }

  /**
   * Sends a screen in the camera's place until `stopScreen`, or until the person ends it.
   * @param {DisplayMediaStreamOptions} [wanted]
   */
  async shareScreen(wanted) {
    const [track] = (await screen(wanted)).getVideoTracks();
    if (!track) throw new Error('no picture of the screen');
    const before = this.sent('video');
    this.#own.add(track);
    await this.#put('video', track);
    if (this.#beforeScreen === undefined) this.#beforeScreen = before;
    else this.#finish(before);
    track.onended = () => { void this.stopScreen().then(() => this.emit('screenended', undefined)); };
  }

  /** Sends the camera again. */
  async stopScreen() {
    const before = this.#beforeScreen;
    if (before === undefined) return;
    const shared = this.sent('video');
    this.#beforeScreen = undefined;
    await this.#put('video', before);
    this.#finish(shared);
  }

  /** Sends silence or black until `unmute`. @param {'audio' | 'video'} kind */
  mute(kind) {
    this.#muted.add(kind);
    this.#applyMute(kind, this.sent(kind));
  }

  /** @param {'audio' | 'video'} kind */
  unmute(kind) {
    this.#muted.delete(kind);
    this.#applyMute(kind, this.sent(kind));
  }

  /** @param {'audio' | 'video'} kind */
  isMuted(kind) {
    return this.#muted.has(kind);
  }

  /**
   * Opens a data channel.
   * @param {string} label
   * @param {RTCDataChannelInit} [options]
   */
  openChannel(label, options) {
    return this.connection.createDataChannel(label, options);
  }

  /** What either side counted. @returns {Promise<PeerStatistics>} */
  async statistics() {
    const [browser, server] = await Promise.all([this.connection.getStats(), this.#serverStatistics()]);
    return { browser: Object.fromEntries(/** @type {any} */ (browser)), server };
  }

  /**
   * Looks for a new way between browser and server: by an ICE restart where the endpoint can, otherwise with a new
   * endpoint, where the options say how one is made. It is done by itself when the connection breaks.
   */
  restart() {
    this.#restarting ??= this.#restart().finally(() => { this.#restarting = null; });
    return this.#restarting;
  }

  /** Ends the connection, lets the server forget the endpoint, and closes what this class opened. */
  async close() {
    this.#closed = true;
    clearTimeout(this.#impatience);
    this.#abort();
    this.connection.close();
    for (const track of this.#own) track.stop();
    await this.endpoint.release().catch(() => {});
  }

  /** Makes the browser's connection, with what is sent now. */
  #begin() {
    const { iceServers = [], stream = null, channels = [], ...directions } = this.#options;
    const connection = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    for (const kind of KINDS) {
      const track = this.sent(kind);
      addSection(connection, kind, { direction: directions[kind] ?? (track ? 'sendrecv' : 'recvonly'), track, stream });
    }
    connection.ontrack = event => { this.remote.addTrack(event.track); this.emit('track', event); };
    connection.ondatachannel = event => this.emit('channel', event.channel);
    connection.onconnectionstatechange = () => this.emit('state', connection.connectionState);
    for (const channel of channels) {
      const { label, options } = typeof channel === 'string' ? { label: channel } : channel;
      const opened = connection.createDataChannel(label, options);
      // Who listens to channels hears of these too, once they are open.
      opened.addEventListener('open', () => this.emit('channel', opened));
    }
    return connection;
  }

  /** Negotiates until media can flow. The browser says nothing to who waits while a connection is closed. */
  #join() {
    const joined = this.#negotiate().then(() => connected(this.connection));
    const closed = new Promise((_, reject) => { this.#abort = () => reject(new Error('the peer was closed')); });
    if (this.#closed) this.#abort();
    return Promise.race([joined, closed]);
  }

  /** Offers, takes the answer, and gives candidates to and fro. Requests follow each other without waiting. */
  async #negotiate() {
    const { connection, endpoint } = this;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) void endpoint.invoke('addIceCandidate', { candidate: asRecord(candidate) }).catch(() => {});
    };
    /** The candidates that come before the answer. @type {RTCIceCandidateInit[] | null} */
    let early = [];
    const add = (/** @type {RTCIceCandidateInit} */ candidate) => { void connection.addIceCandidate(candidate).catch(() => {}); };
    const heard = endpoint.on('IceCandidateFound', ({ candidate: { candidate, sdpMid, sdpMLineIndex } }) => {
      const found = { candidate, sdpMid, sdpMLineIndex };
      if (early) early.push(found); else add(found);
    });
    void this.#heard?.then(end => end()).catch(() => {});
    this.#heard = heard;
    // It fails with the offer, and is told of there.
    heard.catch(() => {});
    await connection.setLocalDescription();
    const answered = endpoint.invoke('processOffer', { offer: connection.localDescription?.sdp });
    const gathering = endpoint.invoke('gatherCandidates');
    gathering.catch(() => {});
    await connection.setRemoteDescription({ type: 'answer', sdp: await answered });
    early.forEach(add);
    early = null;
    await Promise.all([heard, gathering]);
  }

  /** From now on a connection that breaks is another one's beginning. */
  #watch() {
    const { connection } = this;
    const broken = () => {
      if (connection !== this.connection || this.#closed || this.#restarting) return;
      void this.restart().catch(error => {
        // It is told once; what the application tries then is its own affair.
        connection.onconnectionstatechange = null;
        this.emit('failed', error);
      });
    };
    connection.onconnectionstatechange = () => {
      clearTimeout(this.#impatience);
      this.emit('state', connection.connectionState);
      if (connection.connectionState === 'failed') broken();
      if (connection.connectionState === 'disconnected') this.#impatience = setTimeout(broken, DISCONNECTED_MILLISECONDS);
    };
    // A server that ends the endpoint says so at once; the connection's state shows it after half a minute.
    const transport = connection.sctp?.transport ?? connection.getReceivers()[0]?.transport;
    if (transport) transport.onstatechange = () => { if (transport.state === 'closed') broken(); };
  }

  async #restart() {
    if (this.#closed) throw new Error('the peer was closed');
    clearTimeout(this.#impatience);
    this.emit('reconnecting', undefined);
    const { renew } = this.#options;
    try {
      this.connection.restartIce();
      await this.#join();
    } catch (error) {
      // The endpoints of Kurento and of Trellis negotiate once; or it is gone. The offer is not taken back: Chromium would
      // stop what still flows.
      if (!renew || !(error instanceof ServerError)) throw error;
      await this.#renew(renew);
    }
    this.#watch();
    this.emit('reconnected', undefined);
  }

  /** @param {() => Promise<RemoteObject<any>>} renew */
  async #renew(renew) {
    const [connection, endpoint] = [this.connection, this.endpoint];
    this.endpoint = await renew();
    connection.close();
    void endpoint.release().catch(() => {});
    for (const track of this.remote.getTracks()) this.remote.removeTrack(track);
    this.connection = this.#begin();
    await this.#join();
  }

  /**
   * @param {'audio' | 'video'} kind
   * @param {() => Promise<MediaStream>} open
   */
  async #switch(kind, open) {
    // While a screen is shared, the camera behind it changes.
    const behind = kind === 'video' && this.#beforeScreen !== undefined;
    const before = (behind ? this.#beforeScreen : this.sent(kind)) ?? null;
    const opened = await open().catch(error => {
      // Many telephones open one camera at a time.
      if (error.name !== 'NotReadableError') throw error;
      before?.stop();
      return open();
    });
    const track = /** @type {MediaStreamTrack} */ (opened.getTracks()[0]);
    this.#own.add(track);
    if (behind) this.#beforeScreen = track;
    else await this.#put(kind, track);
    this.#finish(before);
  }

  /**
   * @param {'audio' | 'video'} kind
   * @param {MediaStreamTrack | null} track
   */
  async #put(kind, track) {
    const place = this.connection.getTransceivers().find(({ receiver, direction }) =>
      receiver.track.kind === kind && sends(direction));
    if (!place) throw new Error(`no ${kind} was negotiated that this page sends`);
    // Nothing of it leaves the page while its kind is muted.
    this.#applyMute(kind, track);
    await place.sender.replaceTrack(track);
    this.#sent.set(kind, track);
  }

  /**
   * @param {'audio' | 'video'} kind
   * @param {MediaStreamTrack | null} track
   */
  #applyMute(kind, track) {
    if (track) track.enabled = !this.#muted.has(kind);
  }

  /** Ends a track that this class opened. @param {MediaStreamTrack | null} track */
  #finish(track) {
    if (track && this.#own.delete(track)) track.stop();
  }

  /** @returns {Promise<Record<string, any>>} */
  async #serverStatistics() {
    try {
      return JSON.parse(await this.endpoint.invoke('getRtcStats'));
    } catch (error) {
      // Kurento has no such method, and only the names of an older draft.
      if (!(error instanceof ServerError)) throw error;
      return this.endpoint.invoke('getStats');
    }
  }
}

/** @param {RTCIceCandidate} candidate */
function asRecord({ candidate, sdpMid, sdpMLineIndex }) {
  return { __module__: 'kurento', __type__: 'IceCandidate', candidate, sdpMid, sdpMLineIndex };
}
