// The elements of the page and the states that they show.

/** @import { Figures } from './figures.js' */
/** @import { Plan } from './plans.js' */

import { withToken } from './access.js';
import { drawn } from './plans.js';

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}

const picture = element('picture', HTMLElement);
const mirror = element('mirror', HTMLVideoElement);
const camera = element('camera', HTMLVideoElement);
const start = element('start', HTMLButtonElement);
const record = element('record', HTMLButtonElement);
const sound = element('sound', HTMLButtonElement);
const source = element('source', HTMLFieldSetElement);
const status = element('status', HTMLElement);
const problem = element('problem', HTMLElement);
const mark = element('recording-mark', HTMLElement);
const explanation = element('explanation', HTMLElement);
const recordings = element('recordings', HTMLElement);
const recordingList = element('recording-list', HTMLElement);
const playback = element('playback', HTMLVideoElement);
const door = element('door', HTMLDialogElement);
const doorReason = element('door-reason', HTMLElement);
const doorToken = element('door-token', HTMLInputElement);

/** @typedef {{start(): Promise<void>, stop(): Promise<void>, toggleRecording(): Promise<void>}} Actions */

/** @param {boolean} heard */
function setSound(heard) {
  mirror.muted = !heard;
  sound.setAttribute('aria-pressed', String(heard));
  sound.textContent = heard ? 'Sound on' : 'Sound off';
}

/** @param {string} name */
function show(name) {
  playback.src = withToken(`recordings/${encodeURIComponent(name)}`);
}

export const view = {
  /** @param {Actions} actions */
  bind(actions) {
    if (new URLSearchParams(location.search).has('file')) {
      const clip = source.querySelector('input[value=clip]');
      if (clip instanceof HTMLInputElement) clip.checked = true;
    }
    start.onclick = () => { void (picture.dataset.state === 'live' ? actions.stop() : actions.start()); };
    record.onclick = () => { void actions.toggleRecording(); };
    sound.onclick = () => setSound(mirror.muted);
  },

  /** Which source the person chose. @returns {'camera' | 'clip'} */
  wanted() {
    return source.querySelector('input[value=clip]:checked') ? 'clip' : 'camera';
  },

  /** @param {string} text */
  busy(text) {
    status.textContent = text;
    problem.hidden = true;
    start.disabled = record.disabled = sound.disabled = source.disabled = true;
  },

  /** @param {string} text */
  idle(text) {
    status.textContent = text;
    picture.dataset.state = 'idle';
    mirror.srcObject = camera.srcObject = null;
    delete camera.dataset.live;
    delete picture.dataset.mirrored;
    start.textContent = 'Start';
    start.disabled = source.disabled = false;
    view.notRecording();
    record.disabled = sound.disabled = true;
    for (const figure of document.querySelectorAll('#figures dd')) figure.textContent = '–';
    explanation.textContent = 'Nothing runs.';
    delete explanation.dataset.plans;
  },

  /**
   * @param {MediaStream} remote
   * @param {MediaStream | null} own
   */
  live(remote, own) {
    picture.dataset.state = 'live';
    mirror.srcObject = remote;
    // Only a person's own picture is turned round as a mirror does, and one's own voice is not played back at once.
    picture.toggleAttribute('data-mirrored', own !== null);
    camera.srcObject = own;
    camera.toggleAttribute('data-live', own !== null);
    setSound(own === null);
    start.textContent = 'Stop';
    start.disabled = record.disabled = sound.disabled = false;
  },

  /** @param {string} text */
  says(text) {
    status.textContent = text;
  },

  /**
   * Asks the person for a token.
   * @param {boolean} refused whether the one before was
   * @returns {Promise<string>}
   */
  asksToken(refused) {
    doorReason.textContent = refused ? 'The server does not take this token.' : 'The server asks for a token.';
    doorToken.value = '';
    if (!door.open) door.showModal();
    return new Promise((resolve, reject) => {
      door.onclose = () => {
        if (doorToken.value) resolve(doorToken.value);
        else reject(new Error('The server asks for a token.'));
      };
    });
  },

  /** @param {string} text */
  problem(text) {
    problem.textContent = text;
    problem.hidden = false;
  },

  recordingStarts() {
    record.disabled = true;
  },

  recording() {
    record.disabled = false;
    record.textContent = 'Stop recording';
    record.toggleAttribute('data-active', true);
    mark.hidden = false;
  },

  notRecording() {
    record.disabled = picture.dataset.state !== 'live';
    record.textContent = 'Record';
    record.toggleAttribute('data-active', false);
    mark.hidden = true;
  },

  /** Adds a finished recording to the list and shows it. @param {string} name */
  recorded(name) {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = `recordings/${encodeURIComponent(name)}`;
    link.textContent = name;
    link.onclick = event => { event.preventDefault(); show(name); void playback.play(); };
    item.append(link);
    recordingList.prepend(item);
    recordings.hidden = false;
    show(name);
  },

  /** @param {Figures} figures */
  figures(figures) {
    for (const [name, text] of Object.entries(figures)) element(`figure-${name}`, HTMLElement).textContent = text;
  },

  /** @param {Plan[]} plans */
  explanation(plans) {
    const text = JSON.stringify(plans);
    if (explanation.dataset.plans === text) return;
    explanation.dataset.plans = text;
    explanation.replaceChildren(...plans.map(drawn));
  },
};
