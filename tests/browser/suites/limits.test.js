// Limits of bandwidth that the application sets: the browser and the server's encoders keep to them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { clip } from '../helpers/media.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** How long a sender may take to come to its bitrate, and how long that is then measured. */
const SETTLE_MILLISECONDS = 5_000;
const MEASURE_MILLISECONDS = 3_000;
/** What is wished works at once; an estimate alone, which grows by a tenth a second, would not get there in this time. */
const WISH_MILLISECONDS = 2_000;

/**
 * The bitrate of the video that a page sends or receives, in kbit/s, once it has settled.
 * @param {import('../helpers/peer.js').Peer} peer
 * @param {'inbound-rtp' | 'outbound-rtp'} direction
 * @param {number} settle
 */
async function videoBitrate(peer, direction, settle = SETTLE_MILLISECONDS) {
  await pause(settle);
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
    await endpoint.setMaxVideoSendBandwidth(200);
    await player.connect(endpoint);
    const peer = await here.peer(endpoint, { codec: 'VP8' });
    await player.play();
    await peer.seesFrames(1);
    const low = await videoBitrate(peer, 'inbound-rtp');
    // What the element before the encoder wishes counts too.
    await endpoint.setMaxVideoSendBandwidth(0);
    // The clip has no use for more than 640 kbit/s.
    await player.setMinEncoderBitrate(500_000);
    const high = await videoBitrate(peer, 'inbound-rtp', WISH_MILLISECONDS);
    console.log(`200 kbit/s may be sent: ${low.toFixed()}; at least 500 is wished: ${high.toFixed()}`);
    assert.ok(low > 100 && low < 240, `${low} kbit/s where 200 may be sent`);
    assert.ok(high > 400, `${high} kbit/s where at least 500 is wished`);
  });
});
