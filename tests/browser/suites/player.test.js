// A file plays to browsers: converted for those that need it, untouched for those that do not.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextEvent } from '../helpers/client.js';
import { clip, made, real } from '../helpers/media.js';
import { until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

describe('player', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  test('an H.264 file reaches a viewer that only knows VP8', async () => {
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, clip());
    const { peer } = await here.viewer(pipeline, player, { codec: 'VP8' });
    await player.play();
    const counts = await peer.seesFrames(60);
    assert.equal(counts.codecIn, 'VP8');
    assert.deepEqual([counts.width, counts.height], [640, 480]);
    await peer.hears();
    const { decoders, encoders, all } = await here.server.videoConverters();
    assert.deepEqual({ decoders, encoders }, { decoders: 1, encoders: 1 }, JSON.stringify(all));
  });

  test('an H.264 file reaches a viewer that knows H.264 without being transcoded', async () => {
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, clip());
    const { peer } = await here.viewer(pipeline, player, { codec: 'H264' });
    await player.play();
    const counts = await peer.seesFrames(60);
    assert.equal(counts.codecIn, 'H264');
    const { decoders, encoders, all } = await here.server.videoConverters();
    assert.deepEqual({ decoders, encoders }, { decoders: 0, encoders: 0 }, JSON.stringify(all));
  });

  test('both viewers of one file are served at once, and only one of them is transcoded for', async () => {
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, clip());
    const plain = await here.viewer(pipeline, player, { codec: 'H264' });
    const converted = await here.viewer(pipeline, player, { codec: 'VP8' });
    await player.play();
    assert.equal((await plain.peer.seesFrames(40)).codecIn, 'H264');
    assert.equal((await converted.peer.seesFrames(40)).codecIn, 'VP8');
    const { decoders, encoders } = await here.server.videoConverters();
    assert.deepEqual({ decoders, encoders }, { decoders: 1, encoders: 1 });
  });

  test('a film scene with B-frames and speech plays to its end', async context => {
    const film = real(context, 'face/friday.mp4');
    if (film === null) return;
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, film);
    const { peer } = await here.viewer(pipeline, player, { codec: 'VP8' });
    const end = nextEvent(player, 'EndOfStream', undefined, 20_000);
    const start = performance.now();
    await player.play();
    await peer.hears();
    await end;
    const seconds = (performance.now() - start) / 1000;
    assert.ok(Math.abs(seconds - 6.2) < 0.8, `6.2 s of film took ${seconds.toFixed(1)} s`);
    assert.ok((await peer.counts()).decoded > 150);
  });

  for (const [name, options] of /** @type {[string, string[]][]} */ ([
    ['vp8-vorbis.webm', ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libvorbis']],
    ['vp9-opus.mkv', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus']],
  ])) {
    test(`${name} plays with picture and sound`, async () => {
      const file = made(name, ['-i', clip(), '-t', '8', '-b:v', '800k', ...options]);
      const pipeline = await here.pipeline();
      const player = await here.player(pipeline, file);
      const { peer } = await here.viewer(pipeline, player);
      await player.play();
      await peer.seesFrames(60);
      await peer.hears();
    });
  }

  test('a file that is not there is an Error event, and the pipeline goes on', async () => {
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, '/nonexistent/film.mp4');
    const error = nextEvent(player, 'Error');
    await player.play().catch(() => {});
    assert.match(JSON.stringify(await error), /INVALID_URI|film\.mp4/);
    const other = await here.player(pipeline, clip());
    const { peer } = await here.viewer(pipeline, other);
    await other.play();
    await peer.seesFrames(10);
  });

  for (const name of ['cut.webm', 'flip.webm', 'cut_no_moov.mp4', 'empty.mp4', 'wav_named.mp4', 'reschange.264']) {
    test(`${name}: a broken or unusual file ends or is an Error event, and the server goes on`, async context => {
      const file = real(context, `synth/out/${name}`);
      if (file === null) return;
      const pipeline = await here.pipeline();
      const player = await here.player(pipeline, file);
      const outcome = Promise.any([
        nextEvent(player, 'Error').then(() => 'error'),
        nextEvent(player, 'EndOfStream').then(() => 'end'),
      ]).catch(() => 'neither');
      const sink = await pipeline.create('PassThrough');
      await player.connect(sink);
      const refusal = await player.play().then(() => null, (/** @type {any} */ error) => error.code);
      assert.ok(refusal >= 40000 || ['error', 'end'].includes(await outcome));
      assert.equal((await fetch(`${here.server.url}/healthz`)).status, 200);
    });
  }

  test('a viewer that joins late sees a picture within one second of its connection', async () => {
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, clip());
    const first = await here.viewer(pipeline, player, { codec: 'VP8' });
    await player.play();
    await first.peer.seesFrames(60);
    const late = await here.viewer(pipeline, player, { codec: 'VP8' });
    await until('a frame', async () => (await late.peer.counts()).decoded > 0, 1000);
  });
});
