// The page: buttons, states and messages. What it shows is in `view`, what it does in `Application`.

import { authorization, fetchHere, token } from './access.js';
import { Gauge } from './figures.js';
import { Mirror } from './mirror.js';
import { ServerError } from './sdk/index.js';
import { open } from './source.js';
import { view } from './view.js';

/** @import { Demo } from './source.js' */
/** @import { WebRtcPeer } from './sdk/index.js' */

/** How often the figures are read. */
const READ_MILLISECONDS = 1000;

class Application {
  /** @type {Mirror | null} */ #mirror = null;
  /** @type {MediaStream | null} */ #camera = null;
  /** Ends the running recording. @type {(() => Promise<string>) | null} */ #stopRecording = null;
  /** @type {number | undefined} */ #readings;

  async start() {
    view.busy('Opening …');
    try {
      const server = await demo();
      const { source, reason } = await open(view.wanted(), server);
      this.#camera = source.stream;
      const mirror = await Mirror.open({ token: () => token() ?? '', source, onproblem: problem => view.problem(problem) });
      this.#mirror = mirror;
      const peer = /** @type {WebRtcPeer} */ (mirror.peer);
      const wait = () => view.says('The server does not answer: trying again …');
      const live = () => view.says(reason || 'Live.');
      mirror.session.on('reconnecting', wait).on('reconnected', live).on('lost', () => this.#lost());
      peer.on('reconnecting', wait).on('reconnected', live).on('failed', error => view.problem(explained(error)));
      view.live(peer.remote, source.stream);
      live();
      this.#watch(mirror, peer);
    } catch (error) {
      await this.#end();
      view.idle('Stopped.');
      view.problem(explained(error));
    }
  }

  async stop() {
    view.busy('Stopping …');
    await this.#finishRecording();
    await this.#end();
    view.idle('Stopped.');
  }

  async toggleRecording() {
    if (this.#stopRecording) {
      await this.#finishRecording();
      return;
    }
    const mirror = this.#mirror;
    if (!mirror) return;
    view.recordingStarts();
    try {
      const name = `mirror-${new Date().toISOString().replace(/[:.]/g, '-')}.webm`;
      const { recordings } = await demo();
      const stop = await mirror.record(recordings + name);
      this.#stopRecording = async () => { await stop(); return name; };
      view.recording();
    } catch (error) {
      view.notRecording();
      view.problem(explained(error));
    }
  }

  async #finishRecording() {
    const stop = this.#stopRecording;
    if (!stop) return;
    this.#stopRecording = null;
    view.recordingStarts();
    try {
      view.recorded(await stop());
    } catch (error) {
      view.problem(explained(error));
    }
    view.notRecording();
  }

  async #end() {
    clearInterval(this.#readings);
    this.#camera?.getTracks().forEach(track => track.stop());
    this.#camera = null;
    const mirror = this.#mirror;
    this.#mirror = null;
    await mirror?.close();
  }

  #lost() {
    this.#stopRecording = null;
    void this.#end();
    view.idle('Stopped.');
    view.problem('The connection to the server was lost. Start again when it is back.');
  }

  /**
   * @param {Mirror} mirror
   * @param {WebRtcPeer} peer
   */
  #watch(mirror, peer) {
    const gauge = new Gauge(peer);
    const read = async () => {
      view.figures(await gauge.read());
      const path = `explain?format=json&pipeline=${encodeURIComponent(mirror.pipeline.id)}`;
      const answer = await fetch(path, { headers: authorization() });
      if (answer.ok) view.explanation(await answer.json());
    };
    // A reading that fails is followed by the next one; a lost connection is reported by the session.
    this.#readings = setInterval(() => { void read().catch(() => {}); }, READ_MILLISECONDS);
    void read().catch(() => {});
  }
}

/** What the server says of the demo. @returns {Promise<Demo>} */
async function demo() {
  const response = await fetchHere('demo.json', refused => view.asksToken(refused));
  if (!response.ok) throw new Error(`the server answers ${response.status} to demo.json`);
  return response.json();
}

/** @param {unknown} error */
function explained(error) {
  if (error instanceof ServerError) return `The server refuses: ${error.message} (error ${error.code})`;
  return error instanceof Error ? error.message : String(error);
}

view.bind(new Application());
