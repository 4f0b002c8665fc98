// One presents, many watch: the direction that a page asks for says which it is.

import { WebRtcContent } from '/sdk/index.js';
import { content, element, problem, reached, say, toggle } from './walk.js';

/** @type {WebRtcContent | undefined} */
let session;

const button = toggle(begin, async () => { await session?.terminate(); });

async function begin() {
  const name = /** @type {HTMLInputElement} */ (element('name')).value;
  const role = /** @type {HTMLInputElement} */ (document.querySelector('[name=role]:checked')).value;
  const direction = role === 'present' ? 'sendonly' : 'recvonly';
  const made = session = new WebRtcContent(content('broadcast', name), {
    autostart: false, audio: direction, video: direction, localVideoTag: 'local', remoteVideoTag: 'remote',
  });
  made.on('start', () => {
    reached('started');
    say(role === 'present' ? 'You present.' : 'You watch.');
  });
  made.on('mediaevent', ({ type, data }) => {
    if (type === 'viewers') say(`You present; ${data} watching.`);
  });
  made.on('terminate', ({ server }) => {
    reached('ended');
    say(server?.message ?? 'Over.');
    button.ended();
  });
  made.on('error', problem);
  element('remote').addEventListener('playing', () => reached('seen'), { once: true });
  reached('asked');
  await made.start();
}
