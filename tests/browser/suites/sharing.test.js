// Work that several viewers need is done once, and no longer than they need it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clip, probe } from '../helpers/media.js';
import { until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

describe('sharing', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  test('a browser is asked for the codec that what is connected already takes', async () => {
    const pipeline = await here.pipeline();
    const endpoint = await pipeline.create('WebRtcEndpoint');
    const filter = await pipeline.create('PassThrough');
    const uri = here.server.uri('asked.mp4');
    const recorder = await pipeline.create('RecorderEndpoint', { uri, mediaProfile: 'MP4' });
    await endpoint.connect(filter);
    await filter.connect(recorder);
    const peer = await here.peer(endpoint, { camera: true });
    await recorder.record();
    await until('frames are sent', async () => await peer.call('videoBytes', 'outbound-rtp') > 50_000);
    const { decoders, encoders, all } = await here.server.videoConverters();
    assert.deepEqual({ decoders, encoders }, { decoders: 0, encoders: 0 }, JSON.stringify(all));
    await recorder.stopAndWait();
    assert.equal(probe(here.server.path('asked.mp4')).video?.codec_name, 'h264');
  });

  test('three viewers of one source have one encoder, which goes when they have gone', async () => {
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, clip());
    const viewers = [];
    for (let number = 0; number < 3; number += 1) viewers.push(await here.viewer(pipeline, player, { codec: 'VP8' }));
    await player.play();
    for (const { peer } of viewers) await peer.seesFrames(40);
    const { decoders, encoders, all } = await here.server.videoConverters();
    assert.deepEqual({ decoders, encoders }, { decoders: 1, encoders: 1 }, JSON.stringify(all));

    await viewers[0].endpoint.release();
    await viewers[1].endpoint.release();
    const before = (await viewers[2].peer.counts()).decoded;
    await viewers[2].peer.seesFrames(before + 20);
    assert.equal((await here.server.videoConverters()).encoders, 1);

    await viewers[2].endpoint.release();
    await until('no encoder', async () => {
      const { decoders, encoders } = await here.server.videoConverters();
      return decoders + encoders === 0;
    });
  });
});
