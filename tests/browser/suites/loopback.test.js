// A camera goes to the server and comes back, with each codec that a browser sends.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { describe, test } from 'node:test';
import { randomness } from '../helpers/lossy.js';
import { measureFor, until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** How long frames are counted. */
const MEASURED = 10_000;

describe('loopback', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  for (const codec of ['VP8', 'VP9', 'H264', 'AV1']) {
    test(`${codec}: at least 90 % of the frames sent are decoded, untouched, and the sound is heard`, async () => {
      const { peer } = await here.loopback({ codec });
      await peer.seesFrames(20);
      const before = await peer.counts();
      await measureFor(MEASURED);
      const after = await peer.counts();
      const sent = after.sent - before.sent;
      const decoded = after.decoded - before.decoded;
      assert.ok(sent >= 100, `the camera sent ${sent} frames`);
      assert.ok(decoded >= 0.9 * sent, `${decoded} of ${sent} frames decoded`);
      assert.equal(after.codecOut, codec);
      assert.equal(after.codecIn, codec);
      const { decoders, encoders } = await here.server.videoConverters();
      assert.deepEqual({ decoders, encoders }, { decoders: 0, encoders: 0 });
      await peer.hears();
    });
  }

  for (const audioCodec of ['PCMU', 'PCMA']) {
    test(`${audioCodec}: the sound comes back untouched`, async () => {
      const { peer } = await here.loopback({ audioCodec });
      await peer.hears();
      const counts = await peer.counts();
      assert.equal(counts.audioCodecOut, audioCodec);
      assert.equal(counts.audioCodecIn, audioCodec);
    });
  }

  test('garbage on the UDP port is dropped while pictures flow', async () => {
    const { peer } = await here.loopback({ codec: 'VP8' });
    await peer.seesFrames(10);
    const candidate = peer.serverCandidates.map(line => line.split(' ')).find(fields => /udp/i.test(fields[2]));
    assert.ok(candidate, `${peer.serverCandidates}`);
    const socket = createSocket('udp4');
    try {
      const random = randomness(7);
      for (let number = 0; number < 2000; number += 1) {
        const length = 1 + Math.floor(random() * 1400);
        const packet = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
        // The first byte says which protocol a packet claims to be (RFC 7983): every one of them in turn.
        packet[0] = [0, 20, 63, 128, 144, 200][number % 6];
        await new Promise(resolve => socket.send(packet, Number(candidate[5]), candidate[4], resolve));
      }
    } finally {
      socket.close();
    }
    const { decoded } = await peer.counts();
    await peer.seesFrames(decoded + 40);
    await here.loopback({ codec: 'VP8' });
  });

  test('connects in under 500 ms', async () => {
    const { peer } = await here.loopback();
    assert.ok(peer.connectMilliseconds < 500, `${peer.connectMilliseconds} ms`);
  });

  test('a data channel message comes back', async () => {
    const { peer } = await here.loopback({ data: true });
    await until('the channel', () => peer.call('sendText', 'from the vine'));
    await until('the message', async () => (await peer.call('messages')).includes('from the vine'));
  });

  test('flow and connection states are reported as a client expects them', async () => {
    const pipeline = await here.pipeline();
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    /** @type {string[]} */
    const seen = [];
    for (const type of ['IceGatheringDone', 'ConnectionStateChanged', 'MediaStateChanged', 'MediaFlowInStateChanged']) {
      await endpoint.on(type, (/** @type {any} */ event) => seen.push(`${type} ${event.newState ?? event.state ?? ''}`.trim()));
    }
    await here.peer(endpoint, { camera: true });
    const expected = [
      'IceGatheringDone', 'ConnectionStateChanged CONNECTED', 'MediaStateChanged CONNECTED',
      'MediaFlowInStateChanged FLOWING',
    ];
    await until(expected.join(', '), () => expected.every(event => seen.includes(event)));
  });

  test('packets, bytes and the round trip are counted in getStats', async () => {
    const { endpoint, peer } = await here.loopback();
    await peer.seesFrames(60);
    const stats = async (/** @type {string} */ type) => /** @type {any} */ (Object.values(await endpoint.getStats('VIDEO') ?? {})
      .find((/** @type {any} */ entry) => entry.type === type));
    const [inbound, outbound] = [await stats('inboundrtp'), await stats('outboundrtp')];
    assert.ok(inbound.packetsReceived > 50 && inbound.bytesReceived > 10_000, JSON.stringify(inbound));
    assert.ok(outbound.packetsSent > 50 && outbound.targetBitrate > 10_000, JSON.stringify(outbound));
    await until('a round trip', async () => (await stats('outboundrtp')).roundTripTime > 0);
  });

  test('the browser answers an offer of the server', async () => {
    const pipeline = await here.pipeline();
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    const peer = await here.peer(endpoint, { camera: true, answers: true });
    await peer.seesFrames(20);
    await peer.hears();
  });
});
