// Codes before the camera become text.

import { WebRtcContent } from '/sdk/index.js';
import { content, element, problem, reached, say, toggle } from './walk.js';

/** How many codes the page keeps. */
const MOST = 20;

/** @type {WebRtcContent | undefined} */
let session;

const button = toggle(look, async () => { await session?.terminate(); });

async function look() {
  const made = session = new WebRtcContent(content('codes', 'me'), {
    autostart: false, audio: 'inactive', localVideoTag: 'local', remoteVideoTag: 'remote',
  });
  made.on('start', () => {
    reached('started');
    say('Show a code to the camera.');
  });
  made.on('mediaevent', ({ type, data }) => {
    if (type !== 'code') return;
    reached('seen');
    say('Found one.');
    const item = document.createElement('li');
    item.textContent = data;
    element('found').prepend(item);
    while (element('found').childElementCount > MOST) element('found').lastElementChild?.remove();
  });
  made.on('terminate', () => {
    reached('ended');
    say('Over.');
    button.ended();
  });
  made.on('error', problem);
  reached('asked');
  await made.start();
}
