// One-to-one call: whoever enters the same room is the other.

import { WebRtcContent } from '/sdk/index.js';
import { content, element, problem, reached, say, toggle } from './walk.js';

/** @type {WebRtcContent | undefined} */
let call;

const button = toggle(enter, async () => { await call?.terminate(); });

async function enter() {
  const name = /** @type {HTMLInputElement} */ (element('name')).value;
  const made = call = new WebRtcContent(content('call', name), {
    autostart: false, localVideoTag: 'local', remoteVideoTag: 'remote',
  });
  made.on('start', () => {
    reached('started');
    say('Waiting for the other.');
  });
  made.on('mediaevent', ({ type, data }) => {
    if (type === 'met') {
      reached('met');
      say('Connected.');
    }
    if (type === 'left') say('The other has left.');
    if (type === 'recording') keep(data);
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

/** Links a recording. @param {string} file */
function keep(file) {
  const link = document.createElement('a');
  link.href = `recordings/${encodeURIComponent(file)}`;
  link.textContent = file;
  const item = document.createElement('li');
  item.append('Your recording, whole when you hang up: ', link);
  element('recordings').append(item);
}
