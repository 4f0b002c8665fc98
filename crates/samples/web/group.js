// Group call: one picture and one sound for everybody.

import { WebRtcContent } from '/sdk/index.js';
import { content, element, problem, reached, say, toggle } from './walk.js';

/** @type {WebRtcContent | undefined} */
let party;

const button = toggle(enter, async () => { await party?.terminate(); });

async function enter() {
  const name = /** @type {HTMLInputElement} */ (element('name')).value;
  const made = party = new WebRtcContent(content('group', name), {
    autostart: false, localVideoTag: 'local', remoteVideoTag: 'remote',
  });
  made.on('start', () => {
    reached('started');
    say('You are in.');
  });
  made.on('mediaevent', ({ type, data }) => {
    if (type === 'parties') say(data === '1' ? 'You are alone here.' : `${data} in the room.`);
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
