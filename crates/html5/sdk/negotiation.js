// What every negotiation of WebRTC needs: sections for media, and waiting for candidates and for the connection.

/**
 * What a page does with one kind of media, as it sees it.
 * @typedef {'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'} Direction
 */

export const KINDS = /** @type {const} */ (['audio', 'video']);

/** @param {string} direction */
export function sends(direction) {
  return direction.startsWith('send');
}

/**
 * Adds a section for a kind of media. One that sends without a track is a place that a track may take later, for which
 * nothing is negotiated again.
 * @param {RTCPeerConnection} connection
 * @param {'audio' | 'video'} kind
 * @param {{direction: Direction, track?: MediaStreamTrack | null, stream?: MediaStream | null}} what
 */
export function addSection(connection, kind, { direction, track, stream }) {
  if (direction === 'inactive') return;
  connection.addTransceiver(track ?? kind, { direction, streams: stream ? [stream] : [] });
}

/**
 * Settles when all candidates are in the description, or the time is over: then with those that are.
 * @param {RTCPeerConnection} connection
 * @param {number} milliseconds
 * @returns {Promise<void>}
 */
export function gathered(connection, milliseconds) {
  return new Promise(resolve => {
    const late = setTimeout(resolve, milliseconds);
    const look = () => {
      if (connection.iceGatheringState !== 'complete') return;
      clearTimeout(late);
      resolve();
    };
    connection.addEventListener('icegatheringstatechange', look);
    look();
  });
}

/**
 * Settles when media can flow, or fails when it never will.
 * @param {RTCPeerConnection} connection
 * @returns {Promise<void>}
 */
export function connected(connection) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (connection.connectionState === 'connected') resolve();
      if (connection.connectionState === 'failed') reject(new Error('no way for the media between browser and server'));
      if (connection.connectionState === 'closed') reject(new Error('the connection was closed'));
    };
    connection.addEventListener('connectionstatechange', look);
    look();
  });
}
