// Runs in the browser: a publisher and a viewer as npm has them, bundled by esbuild.

import { WHIPClient } from '@eyevinn/whip-web-client';
import { WebRTCPlayer } from '@eyevinn/webrtc-player';

const video = /** @type {HTMLVideoElement} */ (document.getElementById('video'));
/** @type {WHIPClient | undefined} */
let publisher;
/** @type {WebRTCPlayer | undefined} */
let player;
/** @type {string[]} */
const said = [];

/** Publishes the fake camera; the URL of its resource. @param {{url: string, token: string}} where */
async function publish({ url, token }) {
  publisher = new WHIPClient({ endpoint: url, opts: { authkey: token, iceServers: [] } });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: true });
  await publisher.ingest(stream);
  return publisher.getResourceUrl();
}

function connected() {
  const state = publisher?.getICEConnectionState();
  return state === 'connected' || state === 'completed';
}

async function unpublish() {
  await publisher?.destroy();
}

/** Watches. @param {{url: string, token: string}} where */
async function watch({ url, token }) {
  // This player gives its key out as it is.
  player = new WebRTCPlayer({ video, type: 'whep', iceServers: [], statsTypeFilter: '^inbound-rtp' });
  for (const event of ['no-media', 'initial-connection-failed', 'peer-connection-failed', 'connect-error']) {
    player.on(event, () => said.push(event));
  }
  await player.load(new URL(url), `Bearer ${token}`);
}

/** What is seen now. */
function seen() {
  const { totalVideoFrames } = video.getVideoPlaybackQuality();
  return { frames: totalVideoFrames, width: video.videoWidth, height: video.videoHeight, said };
}

async function stopWatching() {
  await player?.unload();
}

Object.assign(window, { trellis: { publish, connected, unpublish, watch, seen, stopWatching } });
