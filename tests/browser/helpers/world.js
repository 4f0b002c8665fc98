// What a suite needs: a server, a browser, a client, and the end of all of them.

import { after, afterEach, before } from 'node:test';
import { launch } from './browser.js';
import { connect } from './client.js';
import { Peer } from './peer.js';
import { Server } from './server.js';

/** A backstop: every wait within a suite has a shorter bound of its own. */
export const SUITE_MILLISECONDS = 600_000;

/**
 * Starts server and browser before the tests of the suite that this is called in, and ends them after. Pipelines and
 * peers that a test makes through it end with the test.
 * @param {{server?: Parameters<typeof Server.start>[0], browser?: Parameters<typeof launch>[0] | null}} [options]
 */
export function world(options = {}) {
  const world = new World();
  before(async () => {
    world.server = await Server.start(options.server);
    world.client = await connect(world.server.control);
    if (options.browser !== null) world.browser = await launch(options.browser);
  });
  afterEach(() => world.tidy());
  after(async () => {
    await world.browser?.close();
    world.client?.close();
    await world.server?.stop();
  });
  return world;
}

class World {
  /** @type {Server} */ server = /** @type {any} */ (undefined);
  /** @type {import('playwright-core').Browser} */ browser = /** @type {any} */ (undefined);
  /** @type {any} kurento-client */ client;
  /** @type {Peer[]} */ #peers = [];
  /** @type {any[]} */ #pipelines = [];

  async pipeline() {
    const pipeline = await this.client.create('MediaPipeline');
    this.#pipelines.push(pipeline);
    return pipeline;
  }

  /**
   * @param {any} endpoint
   * @param {Parameters<typeof Peer.connect>[2]} [options]
   */
  async peer(endpoint, options) {
    const peer = await Peer.connect(this.browser, endpoint, options);
    this.#peers.push(peer);
    return peer;
  }

  /** A camera whose picture and sound the server sends back. @param {Parameters<typeof Peer.connect>[2]} [options] */
  async loopback(options = {}) {
    const pipeline = await this.pipeline();
    const endpoint = await pipeline.create('WebRtcEndpoint', options.data ? { useDataChannels: true } : {});
    await endpoint.connect(endpoint);
    const peer = await this.peer(endpoint, { camera: true, ...options });
    return { pipeline, endpoint, peer };
  }

  /**
   * A page that only receives what an element gives.
   * @param {any} pipeline
   * @param {any} source
   * @param {Parameters<typeof Peer.connect>[2]} [options]
   */
  async viewer(pipeline, source, options = {}) {
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await source.connect(endpoint);
    return { endpoint, peer: await this.peer(endpoint, options) };
  }

  /** A player of a file of this machine. @param {any} pipeline @param {string} file */
  async player(pipeline, file) {
    return pipeline.create('PlayerEndpoint', { uri: new URL(`file://${file}`).href });
  }

  async tidy() {
    for (const peer of this.#peers.splice(0)) await peer.close().catch(() => {});
    for (const pipeline of this.#pipelines.splice(0)) await pipeline.release().catch(() => {});
  }
}
