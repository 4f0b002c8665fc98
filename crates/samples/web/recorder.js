// A file goes up, is recorded, and is played from where it was kept.

import { ContentUploader } from '/sdk/index.js';
import { content, element, problem, reached, rewind, say } from './walk.js';

const file = /** @type {HTMLInputElement} */ (element('file'));
const video = /** @type {HTMLVideoElement} */ (element('remote'));

file.onchange = () => {
  const [chosen] = file.files ?? [];
  if (chosen) upload(chosen).catch(problem);
};

/** @param {File} chosen */
async function upload(chosen) {
  rewind();
  const name = /** @type {HTMLInputElement} */ (element('name')).value;
  const session = new ContentUploader(content('recorder', name), { autostart: false });
  session.on('start', () => {
    reached('started');
    say('Uploading.');
  });
  let recorded = '';
  session.on('mediaevent', ({ type, data }) => {
    if (type === 'recording') recorded = data;
  });
  // The server ends the session when the recording is whole.
  session.on('terminate', () => { if (recorded) play(recorded); });
  session.on('error', problem);
  reached('asked');
  await session.start();
  await session.send(chosen);
  say('Uploaded; the recording is being finished.');
}

/** @param {string} recorded */
function play(recorded) {
  reached('ended');
  say(`Recorded as ${recorded}.`);
  video.addEventListener('playing', () => reached('seen'), { once: true });
  video.src = `recordings/${encodeURIComponent(recorded)}`;
  void video.play();
}
