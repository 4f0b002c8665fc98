// Runs in the browser: one RTCPeerConnection and what a test wants to know of it.

/**
 * @typedef {object} Options
 * @property {boolean} [camera] send the fake camera and microphone
 * @property {string} [codec] the only video codec to offer: VP8, VP9, H264, AV1
 * @property {string} [audioCodec] the only audio codec to offer: opus, PCMU, PCMA
 * @property {boolean} [data] open a data channel
 * @property {boolean} [video] receive video when nothing is sent (default true)
 * @property {boolean} [audio] receive audio when nothing is sent (default true)
 * @property {boolean} [answers] the server offers, and the page answers
 */

/** @type {RTCPeerConnection} */
let peer;
/** @type {RTCDataChannel | undefined} */
let channel;
/** The channels that the server opened. @type {RTCDataChannel[]} */
const opened = [];
/** @type {string[]} */
const messages = [];
/** @type {number | undefined} */
let answeredAt;
/** @type {number | undefined} */
let connectedAt;
/** @type {AnalyserNode | undefined} */
let analyser;
const gap = { last: 0, longest: 0 };
const video = /** @type {HTMLVideoElement} */ (document.getElementById('video'));
const remote = new MediaStream();

/**
 * Makes the connection and its offer.
 * @param {Options} options
 * @returns {Promise<string>}
 */
async function open(options) {
  begin();
  await addMedia(options);
  if (options.data) openChannel();
  return describe();
}

/**
 * Makes the connection and answers an offer.
 * @param {Options & {offer: string}} options
 * @returns {Promise<string>}
 */
async function takeOffer({ offer, ...options }) {
  begin();
  answeredAt = performance.now();
  await peer.setRemoteDescription({ type: 'offer', sdp: offer });
  await addMedia(options);
  return describe();
}

async function describe() {
  await peer.setLocalDescription();
  return /** @type {RTCSessionDescription} */ (peer.localDescription).sdp;
}

function begin() {
  peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  peer.onicecandidate = ({ candidate }) => { if (candidate) void found(candidate); };
  peer.ontrack = ({ track }) => received(track);
  peer.onconnectionstatechange = () => {
    if (peer.connectionState === 'connected') connectedAt ??= performance.now();
  };
}

/** @param {Options} options */
async function addMedia(options) {
  if (options.camera) {
    const constraints = { video: { width: 640, height: 480 }, audio: { echoCancellation: false, autoGainControl: false } };
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    for (const track of stream.getTracks()) peer.addTrack(track, stream);
  } else {
    if (options.video ?? true) peer.addTransceiver('video', { direction: 'recvonly' });
    if (options.audio ?? true) peer.addTransceiver('audio', { direction: 'recvonly' });
  }
  if (options.codec) prefer('video', options.codec);
  if (options.audioCodec) prefer('audio', options.audioCodec);
}

/** @param {RTCIceCandidate} candidate */
async function found({ candidate, sdpMid, sdpMLineIndex }) {
  // A server that takes no more candidates is no fault of the page; one that never connects shows by itself.
  await /** @type {any} */ (window).candidateFound({ candidate, sdpMid, sdpMLineIndex }).catch(() => {});
}

/** @param {MediaStreamTrack} track */
function received(track) {
  remote.addTrack(track);
  video.srcObject = remote;
  if (track.kind === 'video') void watchFrames(track);
  if (track.kind === 'audio') listen(track);
}

/**
 * @param {'audio' | 'video'} kind
 * @param {string} codec
 */
function prefer(kind, codec) {
  const { codecs } = /** @type {RTCRtpCapabilities} */ (RTCRtpReceiver.getCapabilities(kind));
  const chosen = codecs.filter(({ mimeType, sdpFmtpLine = '' }) => {
    if (mimeType === 'video/rtx') return true;
    if (mimeType.toUpperCase() !== `${kind}/${codec}`.toUpperCase()) return false;
    if (codec === 'H264') return sdpFmtpLine.includes('packetization-mode=1') && sdpFmtpLine.includes('42e01f');
    return codec !== 'VP9' || sdpFmtpLine.includes('profile-id=0');
  });
  for (const transceiver of peer.getTransceivers()) {
    if (transceiver.receiver.track.kind === kind) transceiver.setCodecPreferences(chosen);
  }
}

function openChannel() {
  channel = peer.createDataChannel('test');
  const keep = (/** @type {MessageEvent} */ { data }) => {
    messages.push(typeof data === 'string' ? data : `${data.byteLength} bytes`);
  };
  channel.binaryType = 'arraybuffer';
  channel.onmessage = keep;
  // The server answers on the same channel or opens one of its own: both are heard.
  peer.ondatachannel = event => {
    opened.push(event.channel);
    event.channel.binaryType = 'arraybuffer';
    event.channel.onmessage = keep;
  };
}

/** @param {string} sdp */
async function answer(sdp) {
  answeredAt = performance.now();
  await peer.setRemoteDescription({ type: 'answer', sdp });
}

/** @param {RTCIceCandidateInit} candidate */
async function addCandidate(candidate) {
  await peer.addIceCandidate(candidate);
}

/** Milliseconds from the answer to the connection, or nothing when it is not there yet. */
function connectMilliseconds() {
  if (peer.connectionState === 'failed') throw new Error('the connection failed');
  return connectedAt === undefined || answeredAt === undefined ? null : connectedAt - answeredAt;
}

/** What has been sent and received up to now. */
async function counts() {
  /** @type {Map<string, any>} */
  const reports = new Map(/** @type {any} */ (await peer.getStats()));
  const find = (/** @type {string} */ type, /** @type {string} */ kind) =>
    [...reports.values()].find(report => report.type === type && report.kind === kind) ?? {};
  const inbound = find('inbound-rtp', 'video');
  const outbound = find('outbound-rtp', 'video');
  const codec = (/** @type {any} */ report) => reports.get(report.codecId)?.mimeType?.split('/')[1] ?? null;
  return {
    sent: outbound.framesSent ?? 0,
    decoded: inbound.framesDecoded ?? 0,
    width: inbound.frameWidth ?? 0,
    height: inbound.frameHeight ?? 0,
    codecIn: codec(inbound),
    codecOut: codec(outbound),
    lost: inbound.packetsLost ?? 0,
    audioCodecIn: codec(find('inbound-rtp', 'audio')),
    audioCodecOut: codec(find('outbound-rtp', 'audio')),
    audioBytes: find('inbound-rtp', 'audio').bytesReceived ?? 0,
  };
}

/**
 * Watches every decoded frame as it arrives, whether or not it is painted.
 * @param {MediaStreamTrack} track
 */
async function watchFrames(track) {
  const Processor = /** @type {any} */ (window).MediaStreamTrackProcessor;
  const reader = new Processor({ track: track.clone() }).readable.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    value.close();
    const now = performance.now();
    if (gap.last > 0) gap.longest = Math.max(gap.longest, now - gap.last);
    gap.last = now;
  }
}

/** Forgets the gaps so far. */
function resetGaps() {
  gap.longest = 0;
  gap.last = performance.now();
}

/** The longest time without a frame since `resetGaps`, in milliseconds. */
function longestGap() {
  return Math.max(gap.longest, performance.now() - gap.last);
}

/**
 * The mean colours of parts of the picture that is shown now.
 * @param {{x: number, y: number, width: number, height: number}[]} regions in parts of the picture's size
 * @returns {{red: number, green: number, blue: number}[]}
 */
function colours(regions) {
  const canvas = new OffscreenCanvas(video.videoWidth || 1, video.videoHeight || 1);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  context.drawImage(video, 0, 0);
  return regions.map(({ x, y, width, height }) => {
    const [left, top] = [Math.round(x * canvas.width), Math.round(y * canvas.height)];
    const [across, down] = [Math.max(1, Math.round(width * canvas.width)), Math.max(1, Math.round(height * canvas.height))];
    return mean(context.getImageData(left, top, across, down).data);
  });
}

/** @param {Uint8ClampedArray} pixels */
function mean(pixels) {
  const sum = [0, 0, 0];
  for (let index = 0; index < pixels.length; index += 4) {
    for (let channel = 0; channel < 3; channel += 1) {
      sum[channel] = /** @type {number} */ (sum[channel]) + /** @type {number} */ (pixels[index + channel]);
    }
  }
  const [red = 0, green = 0, blue = 0] = sum.map(value => Math.round(value / (pixels.length / 4)));
  return { red, green, blue };
}

/** @param {MediaStreamTrack} track */
function listen(track) {
  const context = new AudioContext();
  analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
}

/** The loudness of the sound right now: the root of the mean square, 1 is full scale. */
function loudness() {
  if (!analyser) return 0;
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

/** @param {string} text */
function sendText(text) {
  if (channel?.readyState !== 'open') return false;
  channel.send(text);
  return true;
}

/** What the channels are that the server opened. */
function serverChannels() {
  return opened.map(({ id, label, ordered, maxRetransmits, maxPacketLifeTime, protocol, readyState }) =>
    ({ id, label, ordered, maxRetransmits, maxPacketLifeTime, protocol, readyState }));
}

/** Sends on a channel that the server opened. @param {{id: number, text: string}} what */
function sendOn({ id, text }) {
  const found = opened.find(candidate => candidate.id === id);
  if (found?.readyState !== 'open') return false;
  found.send(text);
  return true;
}

/** Everything that the browser itself counts. */
async function reports() {
  return [.../** @type {any} */ (await peer.getStats()).values()];
}

/** The bytes of video that were sent or received so far. @param {'inbound-rtp' | 'outbound-rtp'} direction */
async function videoBytes(direction) {
  const report = (await reports()).find(({ type, kind }) => type === direction && kind === 'video');
  return report?.bytesSent ?? report?.bytesReceived ?? 0;
}

function close() {
  peer?.close();
}

Object.assign(window, {
  trellis: {
    open, takeOffer, answer, addCandidate, connectMilliseconds, counts, resetGaps, longestGap, colours, loudness, sendText, close,
    serverChannels, sendOn, videoBytes, reports,
    messages: () => messages,
  },
});
