// Trellis in the browser: everything that the SDK gives.

export { ConnectionLost, ServerError, SessionLost, TimedOut } from './errors.js';
export { Emitter } from './events.js';
export { RemoteObject, Session } from './session.js';
export { camera, devices, screen, watchDevices } from './devices.js';
export { WebRtcPeer } from './endpoint.js';
export { Content } from './content.js';
export { ContentPlayer, ContentPlayer as KwsContentPlayer } from './player.js';
export { ContentUploader, ContentUploader as KwsContentUploader } from './uploader.js';
export { WebRtcContent, WebRtcContent as KwsWebRtcContent } from './webrtc-content.js';
