// The browser's end of one WebRtcEndpoint: offer, answer, and candidates in both directions as they are found.

/** @import { RemoteObject } from './kurento.js' */

/**
 * Negotiates with the endpoint. What comes back from the server collects in `remote`.
 * @param {RemoteObject} endpoint a WebRtcEndpoint
 * @param {MediaStream | null} stream what to send; nothing makes the peer receive only
 * @returns {Promise<{peer: RTCPeerConnection, remote: MediaStream}>}
 */
export async function connectPeer(endpoint, stream) {
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  const remote = new MediaStream();
  peer.ontrack = event => remote.addTrack(event.track);
  peer.onicecandidate = ({ candidate }) => {
    if (candidate) void endpoint.invoke('addIceCandidate', { candidate: asRecord(candidate) }).catch(() => {});
  };
  await endpoint.on('IceCandidateFound', ({ candidate }) => {
    const { sdpMid, sdpMLineIndex } = candidate;
    void peer.addIceCandidate({ candidate: candidate.candidate, sdpMid, sdpMLineIndex }).catch(() => {});
  });
  try {
    addMedia(peer, stream);
    await peer.setLocalDescription();
    const answer = await endpoint.invoke('processOffer', { offer: peer.localDescription?.sdp });
    await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    await endpoint.invoke('gatherCandidates');
  } catch (error) {
    peer.close();
    throw error;
  }
  return { peer, remote };
}

/**
 * Settles when media can flow, or fails when it never will.
 * @param {RTCPeerConnection} peer
 * @returns {Promise<void>}
 */
export function connected(peer) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (peer.connectionState === 'connected') resolve();
      if (peer.connectionState === 'failed') reject(new Error('no way for the media between browser and server'));
      if (peer.connectionState === 'closed') reject(new Error('the connection was closed'));
    };
    peer.addEventListener('connectionstatechange', look);
    look();
  });
}

/**
 * @param {RTCPeerConnection} peer
 * @param {MediaStream | null} stream
 */
function addMedia(peer, stream) {
  if (stream === null) {
    peer.addTransceiver('video', { direction: 'recvonly' });
    peer.addTransceiver('audio', { direction: 'recvonly' });
    return;
  }
  for (const track of stream.getTracks()) peer.addTrack(track, stream);
}

/** @param {RTCIceCandidate} candidate */
function asRecord({ candidate, sdpMid, sdpMLineIndex }) {
  return { __module__: 'kurento', __type__: 'IceCandidate', candidate, sdpMid, sdpMLineIndex };
}
