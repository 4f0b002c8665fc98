// What TypeScript must find in the SDK's types, and what it must not let through. It is checked and never run.

import { ContentPlayer, RemoteObject, Session, WebRtcPeer } from '../../crates/html5/sdk/index.js';

/** @typedef {{CodeFound: {value: string}}} BarcodeEvents */

export async function typed() {
  const session = await Session.open('ws://127.0.0.1/kurento', { token: async () => 'sesame' });
  session.on('lost', reason => reason.message);
  // @ts-expect-error no such event
  session.on('found', () => {});

  /** @type {RemoteObject<BarcodeEvents>} */
  const filter = await session.create('ZBarFilter');
  await filter.on('CodeFound', ({ value }) => value.trim());
  // @ts-expect-error the event has no such member
  await filter.on('CodeFound', ({ code }) => code);
  // @ts-expect-error the object has no such event
  await filter.on('FaceFound', () => {});
  // @ts-expect-error there is no such kind of media
  await filter.connect(filter, 'SMELL');

  const peer = await WebRtcPeer.connect(filter, { video: 'sendrecv' });
  peer.on('channel', channel => channel.label).on('state', state => state === 'connected');
  // @ts-expect-error there is no such kind of media
  peer.mute('smell');
  // @ts-expect-error there is no such direction
  await WebRtcPeer.connect(filter, { audio: 'backwards' });

  const player = new ContentPlayer('http://127.0.0.1/player', { remoteVideoTag: 'video' });
  player.on('terminate', ({ code, message }) => code + message.length);
  // @ts-expect-error the option wants a number
  new ContentPlayer('http://127.0.0.1/player', { request_timeout: '5' });
}
