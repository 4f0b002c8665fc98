// A clip, through a filter, into a video element.

import { ContentPlayer } from '/sdk/index.js';
import { content, element, problem, reached, say, toggle } from './walk.js';

/** @type {ContentPlayer | undefined} */
let player;

const video = /** @type {HTMLVideoElement} */ (element('remote'));

const button = toggle(play, async () => {
  // What the element still reads ends with it, and not in an error.
  video.removeAttribute('src');
  video.load();
  await player?.terminate();
});

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
  video.addEventListener('playing', () => reached('seen'), { once: true });
  reached('asked');
  await made.start();
}
