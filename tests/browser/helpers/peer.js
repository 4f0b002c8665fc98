// One page of the browser as the peer of one WebRtcEndpoint.

import { readFile } from 'node:fs/promises';
import { iceCandidate } from './client.js';
import { until } from './wait.js';

const PAGE = new URL('../page/', import.meta.url);

/** A place that browsers trust with a camera; the requests to it never leave the browser. */
const ORIGIN = 'http://localhost/';

export class Peer {
  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
    /** What the page threw. @type {Error[]} */
    this.errors = [];
    /** The candidate lines that the server trickled. @type {string[]} */
    this.serverCandidates = [];
    page.on('pageerror', error => this.errors.push(error));
  }

  /**
   * Opens a page and connects it to the endpoint.
   * @param {import('playwright-core').Browser} browser
   * @param {any} endpoint of kurento-client
   * @param {import('../page/peer.js').Options & {path?: import('./lossy.js').LossyPath}} [options] `path`: what lies
   *   between browser and server
   * @returns {Promise<Peer>}
   */
  static async connect(browser, endpoint, { path, ...options } = {}) {
    const page = await browser.newPage();
    const peer = new Peer(page);
    await page.route(`${ORIGIN}**`, async route => {
      const name = new URL(route.request().url()).pathname.slice(1) || 'index.html';
      const contentType = name.endsWith('.js') ? 'text/javascript' : 'text/html';
      await route.fulfill({ body: await readFile(new URL(name, PAGE)), contentType });
    });
    await page.exposeFunction('candidateFound', async (/** @type {RTCIceCandidateInit} */ candidate) => {
      // Behind a path the server must not learn the browser's own addresses: it would send round the path.
      if (!path) await endpoint.addIceCandidate(iceCandidate(candidate));
    });
    await page.goto(ORIGIN);
    await peer.#negotiate(endpoint, options, path);
    return peer;
  }

  /**
   * @param {any} endpoint
   * @param {import('../page/peer.js').Options} options
   * @param {import('./lossy.js').LossyPath} [path]
   */
  async #negotiate(endpoint, options, path) {
    /** @type {any[]} */
    const early = [];
    let take = (/** @type {any} */ candidate) => { early.push(candidate); };
    endpoint.on('IceCandidateFound', (/** @type {any} */ { candidate }) => take(candidate));
    const remember = (/** @type {string} */ description) => {
      this.serverCandidates.push(...[...description.matchAll(/^a=(candidate:.*)$/gm)].map(match => match[1].trim()));
      return path ? path.rewriteDescription(description) : description;
    };
    if (options.answers) {
      const offer = await endpoint.generateOffer();
      await endpoint.processAnswer(await this.call('takeOffer', { ...options, offer: remember(offer) }));
    } else {
      const offer = await this.call('open', options);
      await this.call('answer', remember(await endpoint.processOffer(offer)));
    }
    take = ({ candidate, sdpMid, sdpMLineIndex }) => {
      this.serverCandidates.push(candidate);
      const line = path ? path.rewrite(candidate) : candidate;
      if (line !== null) void this.call('addCandidate', { candidate: line, sdpMid, sdpMLineIndex }).catch(() => {});
    };
    early.forEach(take);
    await endpoint.gatherCandidates();
    this.connectMilliseconds = await until('the connection', () => this.call('connectMilliseconds'));
  }

  /**
   * Calls a function of the page.
   * @param {string} name
   * @param {unknown} [argument]
   * @returns {Promise<any>}
   */
  call(name, argument) {
    return this.page.evaluate(([name, argument]) =>
      /** @type {any} */ (window).trellis[/** @type {string} */ (name)](argument), [name, argument]);
  }

  counts() {
    return this.call('counts');
  }

  /** Waits until this many frames have been decoded. @param {number} [frames] @param {number} [milliseconds] */
  async seesFrames(frames = 10, milliseconds = 20_000) {
    const enough = async () => {
      const counts = await this.counts();
      return counts.decoded >= frames ? counts : null;
    };
    return until(`${frames} decoded frames`, enough, milliseconds);
  }

  /** Waits until sound is heard. */
  hears() {
    return until('sound', async () => (await this.call('loudness')) > 0.01);
  }

  /**
   * Waits until the mean colours of some regions satisfy a condition.
   * @param {string} what
   * @param {{x: number, y: number, width: number, height: number}[]} regions
   * @param {(colours: {red: number, green: number, blue: number}[]) => boolean} condition
   */
  async sees(what, regions, condition) {
    /** @type {any} */
    let last;
    const look = async () => condition(last = await this.call('colours', regions));
    await until(what, look, 20_000).catch(error => {
      throw new Error(`${error.message}; last seen: ${JSON.stringify(last)}`);
    });
  }

  async close() {
    await this.call('close').catch(() => {});
    await this.page.close();
  }
}
