// Recordings, judged by ffprobe.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { nextEvent } from '../helpers/client.js';
import { beeps, clip, decodeAll, flashAndBeep, flashes, probe, seconds } from '../helpers/media.js';
import { Server } from '../helpers/server.js';
import { connect } from '../helpers/client.js';
import { measureFor, until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** How far sound and picture may be apart, in seconds. */
const SKEW = 0.04;

const PROFILES = [
  { profile: 'WEBM', file: 'recording.webm', container: /matroska|webm/, video: /^vp[89]$/, audio: /^opus$/ },
  { profile: 'MP4', file: 'recording.mp4', container: /mp4/, video: /^h264$/, audio: /^(aac|opus)$/ },
];

describe('recorder', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  for (const { profile, file, container, video, audio } of PROFILES) {
    test(`${profile}: a browser's camera is recorded with the right codecs and duration`, async () => {
      const codec = profile === 'MP4' ? 'H264' : 'VP8';
      const { pipeline, endpoint, peer } = await here.loopback({ codec });
      await peer.seesFrames(20);
      const recorder = await pipeline.create('RecorderEndpoint', { uri: here.server.uri(`camera-${file}`), mediaProfile: profile });
      await endpoint.connect(recorder);
      await recorder.record();
      const start = performance.now();
      await measureFor(8000);
      const expected = (performance.now() - start) / 1000;
      const { encoders } = await here.server.videoConverters();
      assert.equal(encoders, 0, 'the container takes what the browser sends');
      await recorder.stopAndWait();

      const path = here.server.path(`camera-${file}`);
      const probed = probe(path);
      assert.match(probed.container, container);
      assert.match(probed.video?.codec_name, video);
      assert.match(probed.audio?.codec_name, audio);
      for (const stream of [probed.video, probed.audio]) {
        const length = seconds(probed, stream);
        assert.ok(Math.abs(length - expected) <= 0.05 * expected, `${stream.codec_type}: ${length} s of ${expected} s`);
      }
      decodeAll(path);
    });

    test(`${profile}: sound and picture of a file stay within 40 ms`, async () => {
      const pipeline = await here.pipeline();
      const player = await here.player(pipeline, flashAndBeep());
      const recorder = await pipeline.create('RecorderEndpoint', { uri: here.server.uri(`skew-${file}`), mediaProfile: profile });
      await player.connect(recorder);
      const end = nextEvent(player, 'EndOfStream', undefined, 20_000);
      await recorder.record();
      await player.play();
      await end;
      await recorder.stopAndWait();

      const path = here.server.path(`skew-${file}`);
      const [seen, heard] = [flashes(path), beeps(path)];
      assert.ok(seen.length >= 9, `flashes at ${seen}`);
      for (const flash of seen) {
        const nearest = Math.min(...heard.map(beep => Math.abs(beep - flash)));
        assert.ok(nearest <= SKEW, `flash at ${flash}, beeps at ${heard}`);
      }
    });

    test(`${profile}: a server killed while it records leaves a file that plays and lacks at most a second`, async () => {
      const server = await Server.start();
      try {
        const client = await connect(server.control);
        const pipeline = await client.create('MediaPipeline');
        const player = await here.player(pipeline, clip());
        const recorder = await pipeline.create('RecorderEndpoint', { uri: server.uri(file), mediaProfile: profile });
        await player.connect(recorder);
        await recorder.record();
        await player.play();
        const start = performance.now();
        await until('the first bytes', () => statSync(server.path(file), { throwIfNoEntry: false })?.size);
        await measureFor(7000);
        const expected = (performance.now() - start) / 1000;
        await server.kill();
        client.close();

        const probed = probe(server.path(file));
        const length = seconds(probed);
        assert.ok(length >= expected - 1, `${length} s of ${expected} s`);
        assert.match(probed.video?.codec_name, video);
        assert.match(probed.audio?.codec_name, audio);
      } finally {
        await server.stop();
      }
    });
  }

  test('a pause is cut out of the recording', async () => {
    const { pipeline, endpoint, peer } = await here.loopback({ codec: 'VP8' });
    await peer.seesFrames(20);
    const recorder = await pipeline.create('RecorderEndpoint', { uri: here.server.uri('pause.webm'), mediaProfile: 'WEBM' });
    await endpoint.connect(recorder);
    await recorder.record();
    await measureFor(3000);
    await recorder.pause();
    await measureFor(3000);
    await recorder.record();
    await measureFor(3000);
    await recorder.stopAndWait();
    const length = seconds(probe(here.server.path('pause.webm')));
    assert.ok(length > 5 && length < 7, `${length} s`);
  });

  test('a folder that cannot be written is an Error event or a numbered error', async () => {
    const { pipeline, endpoint, peer } = await here.loopback();
    await peer.seesFrames(5);
    const recorder = await pipeline.create('RecorderEndpoint', { uri: 'file:///proc/nowhere/a.webm', mediaProfile: 'WEBM' });
    const event = nextEvent(recorder, 'Error').then(() => 'event', () => 'no event');
    await endpoint.connect(recorder);
    const refused = recorder.record().then(() => 'accepted', (/** @type {any} */ error) => error.code);
    const outcome = await refused;
    assert.ok(outcome >= 40000 || (await event) === 'event', `record: ${outcome}`);
    const { decoded } = await peer.counts();
    await peer.seesFrames(decoded + 10);
  });
});
