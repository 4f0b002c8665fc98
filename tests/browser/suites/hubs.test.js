// Hubs: several browsers in one picture, and one source for many.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** A small part in the middle of each cell of a grid of two columns and two rows. */
const CELLS = [[0.2, 0.2], [0.7, 0.2], [0.2, 0.7], [0.7, 0.7]].map(([x = 0, y = 0]) => ({ x, y, width: 0.1, height: 0.1 }));

/** @param {{red: number, green: number, blue: number}} colour */
const isBlack = ({ red, green, blue }) => red + green + blue < 60;

describe('hubs', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  /** @param {any} pipeline @param {any} hub */
  async function join(pipeline, hub) {
    const endpoint = await pipeline.create('WebRtcEndpoint');
    const port = await hub.createHubPort();
    await endpoint.connect(port);
    await port.connect(endpoint);
    const peer = await here.peer(endpoint, { camera: true, codec: 'VP8' });
    return { endpoint, port, peer };
  }

  test('three browsers of a composite see and hear each other in one picture, which is encoded once', async () => {
    const pipeline = await here.pipeline();
    const hub = await pipeline.create('Composite');
    const group = [];
    for (let number = 0; number < 3; number += 1) group.push(await join(pipeline, hub));
    const grid = (/** @type {any[]} */ cells) => cells.map(isBlack).join() === 'false,false,false,true';
    for (const { peer } of group) {
      await peer.seesFrames(20);
      await peer.sees('three cells and a black one', CELLS, grid);
      await peer.hears();
      const { width, height } = await peer.counts();
      assert.deepEqual([width, height], [800, 600]);
    }
    const { encoders, all } = await here.server.videoConverters();
    assert.equal(encoders, 1, JSON.stringify(all));

    const last = /** @type {(typeof group)[0]} */ (group.pop());
    await last.port.release();
    await last.endpoint.release();
    // Two are side by side: what was the black cell is half of the second.
    for (const { peer } of group) await peer.sees('two', CELLS, cells => !cells.some(isBlack));
  });

  test('a one-to-many dispatcher forwards the chosen browser untouched, and another after a change', async () => {
    const pipeline = await here.pipeline();
    const hub = await pipeline.create('DispatcherOneToMany');
    const group = [];
    for (let number = 0; number < 3; number += 1) group.push(await join(pipeline, hub));
    for (const source of group.slice(0, 2)) {
      await hub.setSource(source.port);
      for (const { peer } of group) {
        const before = (await peer.counts()).decoded;
        await peer.seesFrames(before + 20);
        await peer.hears();
      }
    }
    const { decoders, encoders, all } = await here.server.videoConverters();
    assert.deepEqual({ decoders, encoders }, { decoders: 0, encoders: 0 }, JSON.stringify(all));
    await hub.removeSource();
    for (const { peer } of group) {
      await until('no more frames', async () => {
        const before = (await peer.counts()).decoded;
        await new Promise(done => setTimeout(done, 500));
        return (await peer.counts()).decoded === before;
      });
    }
  });

  test('what is said on one data channel comes out of another, through a hub', async () => {
    const pipeline = await here.pipeline();
    const hub = await pipeline.create('Dispatcher');
    const ends = [];
    for (let number = 0; number < 2; number += 1) {
      const endpoint = await pipeline.create('WebRtcEndpoint', { useDataChannels: true });
      const port = await hub.createHubPort();
      await endpoint.connect(port);
      await port.connect(endpoint);
      ends.push({ port, peer: await here.peer(endpoint, { data: true, video: false, audio: false }) });
    }
    const [one, other] = /** @type {[typeof ends[0], typeof ends[0]]} */ (ends);
    await hub.connect(one.port, other.port);
    await until('both channels to be open', () => other.peer.call('sendText', 'ready'));
    await until('the message', async () => {
      await one.peer.call('sendText', 'hello');
      return (await other.peer.call('messages')).includes('hello');
    });
    assert.ok(!(await one.peer.call('messages')).includes('ready'), 'nothing goes the other way');
  });
});
