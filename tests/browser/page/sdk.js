// Runs in the browser, in a page of the server: the SDK, and what a test wants to know of it.

import * as sdk from '/sdk/index.js';

/** @import { RemoteObject, Session, WebRtcPeer } from '/sdk/index.js' */
/** @import { PeerOptions } from '/sdk/endpoint.js' */

const video = /** @type {HTMLVideoElement} */ (document.getElementById('video'));
/** What the classes told, by name. @type {Record<string, any[]>} */
const events = {};
/** @type {Session} */ let session;
/** @type {RemoteObject<any>} */ let pipeline;
/** @type {WebRtcPeer} */ let peer;
/** @type {MediaStream | null} */ let stream = null;
/** @type {AnalyserNode | undefined} */ let analyser;

/** @param {string} name */
function note(name) {
  return (/** @type {any} */ data) => { (events[name] ??= []).push(data instanceof Error ? `${data.name}: ${data.message}` : data ?? null); };
}

/**
 * An endpoint that sends back what it is sent, and a peer of it.
 * @param {{control: string, camera?: boolean, peer?: Omit<PeerOptions, 'renew'> & {renew?: null}, endpoint?: object, token?: string}} options
 */
async function loop({ control, camera = true, peer: options = {}, endpoint: parameters = {}, token }) {
  session = await sdk.Session.open(control, token === undefined ? {} : { token });
  for (const name of /** @type {const} */ (['reconnecting', 'reconnected', 'lost'])) session.on(name, note(`session ${name}`));
  pipeline = await session.create('MediaPipeline');
  const renew = async () => {
    const endpoint = await session.create('WebRtcEndpoint', { mediaPipeline: pipeline.id, ...parameters });
    await endpoint.connect(endpoint);
    return endpoint;
  };
  stream = camera ? await sdk.camera({ audio: { echoCancellation: false, autoGainControl: false, noiseSuppression: false } }) : null;
  const endpoint = await renew();
  peer = await sdk.WebRtcPeer.connect(endpoint, { stream, ...options, renew: options.renew === null ? undefined : renew }, made => {
    for (const name of /** @type {const} */ (['reconnecting', 'reconnected', 'failed', 'screenended'])) made.on(name, note(name));
    made.on('channel', channel => {
      note('channel')(channel.label);
      channel.onmessage = ({ data }) => note('message')(data);
    });
  });
  video.srcObject = peer.remote;
}

/** Milliseconds from nothing to the first decoded frame of a file that the server plays. @param {{control: string, uri: string}} where */
async function firstFrame({ control, uri }) {
  const begun = performance.now();
  session = await sdk.Session.open(control);
  pipeline = await session.create('MediaPipeline');
  const [player, endpoint] = await Promise.all([
    session.create('PlayerEndpoint', { mediaPipeline: pipeline.id, uri }),
    session.create('WebRtcEndpoint', { mediaPipeline: pipeline.id }),
  ]);
  await player.connect(endpoint);
  const decoded = new Promise(resolve => {
    const Processor = /** @type {any} */ (window).MediaStreamTrackProcessor;
    void sdk.WebRtcPeer.connect(endpoint, {}, made => made.on('track', ({ track }) => {
      if (track.kind !== 'video') return;
      const reader = new Processor({ track }).readable.getReader();
      void reader.read().then((/** @type {any} */ { value }) => { value.close(); resolve(performance.now() - begun); });
    })).then(made => { peer = made; return player.invoke('play'); });
  });
  const time = await decoded;
  await peer.close();
  await session.close();
  return time;
}

/** What was decoded and of what size, and whether anything was negotiated again. */
async function counts() {
  const { browser, server } = await peer.statistics();
  const find = (/** @type {string} */ type) => Object.values(browser).find(one => one.type === type && one.kind === 'video') ?? {};
  const inbound = find('inbound-rtp');
  return {
    decoded: inbound.framesDecoded ?? 0, width: inbound.frameWidth ?? 0, sent: find('outbound-rtp').framesSent ?? 0,
    serverReceived: Object.values(server).filter(one => one.type === 'inbound-rtp' && one.kind === 'video')
      .reduce((sum, one) => sum + one.packetsReceived, 0),
  };
}

/** How bright the picture is that is shown, 0 to 255. */
function brightness() {
  const canvas = new OffscreenCanvas(64, 48);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  context.drawImage(video, 0, 0, 64, 48);
  const { data } = context.getImageData(0, 0, 64, 48);
  let sum = 0;
  for (let index = 0; index < data.length; index += 4) sum += (data[index] ?? 0) + (data[index + 1] ?? 0) + (data[index + 2] ?? 0);
  return sum / (data.length / 4) / 3;
}

/** The loudness of what comes back: the root of the mean square. */
function loudness() {
  if (!analyser) {
    const context = new AudioContext();
    analyser = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream(peer.remote.getAudioTracks())).connect(analyser);
  }
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

Object.assign(window, {
  trellisTest: {
    sdk, note, events, loop, firstFrame, counts, brightness, loudness,
    get session() { return session; },
    get pipeline() { return pipeline; },
    get peer() { return peer; },
    get stream() { return stream; },
  },
});
