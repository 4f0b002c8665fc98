// A clip, through a filter, into a video element.

import { ContentPlayer } from '/sdk/index.js';
import { content, element, problem, reached, say, toggle } from './walk.js';

/** @type {ContentPlayer | undefined} */
let player;

const button = toggle(play, async () => { await player?.terminate(); });

async function play() {
  const made = player = new ContentPlayer(content('player', 'clip'), { autostart: false, remoteVideoTag: 'remote' });
  made.on('start', () => {
    reached('started');
    say('Playing.');
  });
  made.on('terminate', () => {
    reached('ended');
    say('Over.');
    button.ended();
  });
  made.on('error', problem);
  element('remote').addEventListener('playing', () => reached('seen'), { once: true });
  reached('asked');
  await made.start();
}
