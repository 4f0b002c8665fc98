// Where the picture comes from: the camera, or the server's clip where there is none.

import { camera } from './sdk/index.js';

/** @import { Source } from './mirror.js' */

/**
 * What the server says of the demo.
 * @typedef {object} Demo
 * @property {string | null} clip the clip's URI
 * @property {string} recordings the folder that recordings go to, as a URI with a slash at its end
 */

/**
 * Opens the camera, or says why the clip takes its place.
 * @param {'camera' | 'clip'} wanted
 * @param {Demo} demo
 * @returns {Promise<{source: Source, reason: string}>} `reason` is empty when the wish was met
 */
export async function open(wanted, { clip }) {
  if (wanted === 'camera') {
    try {
      return { source: { stream: await camera(), clip: null }, reason: '' };
    } catch (error) {
      const reason = refusal(/** @type {DOMException} */ (error));
      if (clip === null) throw new Error(`${reason}, and the server has no clip to take its place`);
      return { source: { stream: null, clip }, reason: `${reason}: a clip takes its place` };
    }
  }
  if (clip === null) throw new Error('the server was started without a clip');
  return { source: { stream: null, clip }, reason: '' };
}

/** @param {DOMException} error */
function refusal({ name, message }) {
  switch (name) {
    case 'NotAllowedError': return 'The camera was denied';
    case 'NotFoundError': return 'There is no camera';
    case 'NotReadableError': return 'The camera is in use by another program';
    case 'SecurityError': return 'A browser opens the camera only on https or on this machine';
    default: return `The camera does not open (${message || name})`;
  }
}
