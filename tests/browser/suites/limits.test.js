// Limits of bandwidth that the application sets: the browser and the server's encoders keep to them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { clip } from '../helpers/media.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** How long a sender may take to come to its bitrate, and how long that is then measured: twice within the clip. */
const SETTLE_MILLISECONDS = 5_000;
const MEASURE_MILLISECONDS = 3_000;

/**
 * The bitrate of the video that a page sends or receives, in kbit/s, once it has settled.
 * @param {import('../helpers/peer.js').Peer} peer
 * @param {'inbound-rtp' | 'outbound-rtp'} direction
 */
async function videoBitrate(peer, direction) {
  await pause(SETTLE_MILLISECONDS);
  const before = await peer.call('videoBytes', direction);
  await pause(MEASURE_MILLISECONDS);
  return (await peer.call('videoBytes', direction) - before) * 8 / MEASURE_MILLISECONDS;
}

describe('limits', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  test('the browser sends no more than was allowed before the offer, and after it', async () => {
    const pipeline = await here.pipeline();
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.setMaxVideoRecvBandwidth(150);
    const peer = await here.peer(endpoint, { camera: true });
    const early = await videoBitrate(peer, 'outbound-rtp');
    await endpoint.setMaxVideoRecvBandwidth(70);
    const late = await videoBitrate(peer, 'outbound-rtp');
    console.log(`150 and 70 kbit/s allowed: ${early.toFixed()} and ${late.toFixed()} sent`);
    assert.ok(early > 40 && early < 190, `${early} kbit/s where 150 were allowed`);
    assert.ok(late > 10 && late < 90, `${late} kbit/s where 70 were allowed`);
  });

  test('an encoder for a viewer spends no more than may be sent, until more may be', async () => {
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, clip());
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.setMaxVideoSendBandwidth(400);
    await player.connect(endpoint);
    const peer = await here.peer(endpoint, { codec: 'VP8' });
    await player.play();
    await peer.seesFrames(1);
    const low = await videoBitrate(peer, 'inbound-rtp');
    // What the element before the encoder wishes counts too.
    await endpoint.setMaxVideoSendBandwidth(0);
    await player.setMinEncoderBitrate(900_000);
    const high = await videoBitrate(peer, 'inbound-rtp');
    console.log(`400 kbit/s may be sent: ${low.toFixed()}; at least 900 is wished: ${high.toFixed()}`);
    assert.ok(low > 200 && low < 480, `${low} kbit/s where 400 may be sent`);
    assert.ok(high > 750, `${high} kbit/s where at least 900 is wished`);
  });
});
