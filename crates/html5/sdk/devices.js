// Cameras, microphones and screens.

/**
 * @typedef {object} Devices
 * @property {MediaDeviceInfo[]} cameras
 * @property {MediaDeviceInfo[]} microphones
 * @property {MediaDeviceInfo[]} speakers
 */

/** What a camera is asked for unless the application says otherwise. */
const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };

/** @returns {MediaDevices} */
function source() {
  // Pages that a browser does not trust have none at all.
  if (!globalThis.navigator?.mediaDevices) {
    throw new DOMException('a browser opens the camera only on https or on this machine', 'SecurityError');
  }
  return navigator.mediaDevices;
}

/** The devices that there are. Their names are empty until the person has let the page use one. @returns {Promise<Devices>} */
export async function devices() {
  const all = await source().enumerateDevices();
  const of = (/** @type {MediaDeviceKind} */ kind) => all.filter(device => device.kind === kind);
  return { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') };
}

/**
 * Calls back whenever a device comes or goes.
 * @param {(devices: Devices) => void} listener
 * @returns {() => void} ends it
 */
export function watchDevices(listener) {
  const tell = () => { void devices().then(listener); };
  source().addEventListener('devicechange', tell);
  return () => source().removeEventListener('devicechange', tell);
}

/**
 * Opens a camera and a microphone.
 * @param {{video?: boolean | MediaTrackConstraints, audio?: boolean | MediaTrackConstraints}} [wanted] `audio: true`
 *   takes a camera alone where there is no microphone
 * @returns {Promise<MediaStream>}
 */
export async function camera({ video = true, audio = true } = {}) {
  const picture = video === true ? PICTURE : typeof video === 'object' ? { ...PICTURE, ...video } : false;
  try {
    return await source().getUserMedia({ video: picture, audio });
  } catch (error) {
    if (/** @type {DOMException} */ (error).name !== 'NotFoundError' || !picture || audio !== true) throw error;
    return source().getUserMedia({ video: picture });
  }
}

/**
 * Asks the person for a screen, a window or a tab.
 * @param {DisplayMediaStreamOptions} [wanted]
 * @returns {Promise<MediaStream>}
 */
export function screen(wanted = { video: true }) {
  return source().getDisplayMedia(wanted);
}
