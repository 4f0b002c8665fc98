// Headless Chromium with a camera and a microphone of its own.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  // Several pages at once: those behind must not be slowed down.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  // Loopback candidates by address, not by a name that only multicast DNS knows.
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--allow-loopback-in-peer-connection',
];

/** @returns the browser's program, or nothing when there is none on this machine */
function program() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return names.flatMap(name => folders.map(folder => join(folder, name))).find(existsSync);
}

/**
 * @param {{camera?: string, flags?: string[]}} [options] `camera`: a Y4M or MJPEG file in the camera's place
 */
export async function launch({ camera, flags = [] } = {}) {
  const executablePath = program();
  if (!executablePath) throw new Error('no Chromium on the path: cargo xtask setup --tests');
  const film = camera ? [`--use-file-for-fake-video-capture=${camera}`] : [];
  return chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...film, ...flags] });
}
