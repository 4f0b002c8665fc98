// What the server counts of a call, against what Chromium counts of the same streams; and what a call tells.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LossyPath } from '../helpers/lossy.js';
import { measureFor, until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

const MEASURED = 6_000;
const SETTLED = 6_500;
/** How far two counters of one stream may be apart. */
const CLOSE = 0.05;
/** Counters of one side go on while the other's are read, and reports are a second old. */
const FEW = 12;

/**
 * Compares counters of one stream.
 * @param {string} what
 * @param {number} ours
 * @param {number} theirs
 * @param {number} [slack] a difference that says nothing
 */
function close(what, ours, theirs, slack = 0) {
  const apart = Math.abs(ours - theirs);
  assert.ok(apart <= Math.max(CLOSE * theirs, slack), `${what}: ${ours} here, ${theirs} in Chromium`);
}

/** @param {any} endpoint @param {string} [mediaType] @returns {Promise<any[]>} the records of Kurento's `getStats` */
async function recordsOf(endpoint, mediaType) {
  return Object.values(await (mediaType ? endpoint.getStats(mediaType) : endpoint.getStats()) ?? {});
}

/** @param {any} endpoint @returns {Promise<any[]>} the dictionaries of `getRtcStats`, which kurento-client does not know */
async function dictionariesOf(endpoint) {
  return Object.values(JSON.parse(await endpoint._invoke(undefined, 'getRtcStats', {})));
}

/**
 * @param {any[]} reports
 * @param {string} type
 * @param {string} [kind]
 */
function find(reports, type, kind) {
  const found = reports.find(report => report.type === type && (kind === undefined || report.kind === kind));
  assert.ok(found, `no ${type} of ${kind ?? 'anything'}: ${reports.map(report => report.type)}`);
  return found;
}

describe('statistics', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  for (const loss of [0, 0.05]) {
    test(`with ${loss * 100} % loss both sides count the same`, async context => {
      const path = await new LossyPath({ loss, seed: 1 }).open();
      try {
        const { endpoint, peer } = await here.loopback({ codec: 'VP8', path });
        await peer.seesFrames(20);
        await measureFor(MEASURED);
        // Chromium reports sound every five seconds: with nothing lost any more, its last report is the whole truth.
        path.loss = 0;
        await measureFor(SETTLED);
        const share = path.counts.lost / (path.counts.lost + path.counts.forwarded);
        const theirs = await peer.call('reports');
        const [records, dictionaries] = [await recordsOf(endpoint), await dictionariesOf(endpoint)];
        for (const kind of ['audio', 'video']) {
          const sent = find(theirs, 'outbound-rtp', kind);
          const told = find(theirs, 'remote-inbound-rtp', kind);
          const received = find(theirs, 'inbound-rtp', kind);
          const inbound = records.find(record => record.type === 'inboundrtp' && record.ssrc === String(sent.ssrc));
          const outbound = records.find(record => record.type === 'outboundrtp' && record.ssrc === String(received.ssrc));
          context.diagnostic(`${kind} in: ${JSON.stringify(inbound)}`);
          context.diagnostic(`${kind} sent by Chromium: ${JSON.stringify({ ...sent, told })}`);
          context.diagnostic(`${kind} out: ${JSON.stringify(outbound)}`);
          context.diagnostic(`${kind} received by Chromium: ${JSON.stringify(received)}`);
          // What is sent again counts again, on both sides.
          close('packetsReceived', inbound.packetsReceived, sent.packetsSent - inbound.packetsLost, FEW);
          close('bytesReceived', inbound.bytesReceived, sent.bytesSent * (1 - share), FEW * 1_000);
          close('packetsLost', inbound.packetsLost, told.packetsLost, FEW);
          close('jitter', inbound.jitter, told.jitter, 0.01);
          close('bytesSent', outbound.bytesSent * (1 - share), received.bytesReceived, FEW * 1_000);
          close('packetsSent', outbound.packetsSent, received.packetsReceived + received.packetsLost, FEW);
          close('packetsLost of what was sent', outbound.packetsLost, received.packetsLost, FEW);
          const remote = find(dictionaries, 'remote-inbound-rtp', kind);
          close('jitter of what was sent', remote.jitter, received.jitter, 0.01);
          assert.equal(dictionaries.find(({ id }) => id === remote.localId)?.remoteId, remote.id);
          assert.ok(loss === 0 || inbound.packetsLost > 0, 'nothing was lost');
          if (kind === 'video') {
            close('pliCount', inbound.pliCount, sent.pliCount, 2);
            close('nackCount', inbound.nackCount * (1 - share), sent.nackCount, FEW);
            close('nackCount of what was sent', outbound.nackCount, received.nackCount * (1 - share), FEW);
          }
        }
        const [pair, transport] = [find(dictionaries, 'candidate-pair'), find(dictionaries, 'transport')];
        const there = theirs.find((/** @type {any} */ report) => report.type === 'candidate-pair' && report.nominated);
        close('bytes of the path, to us', pair.bytesReceived, there.bytesSent * (1 - share));
        close('bytes of the path, from us', pair.bytesSent * (1 - share), there.bytesReceived);
        close('round trip of the path', pair.currentRoundTripTime, there.currentRoundTripTime, 0.03);
        assert.equal(transport.selectedCandidatePairId, pair.id);
        assert.equal(transport.dtlsState, 'connected');
        const video = find(dictionaries, 'inbound-rtp', 'video');
        const codecs = [dictionaries, theirs].map((reports, side) => {
          const { codecId } = side === 0 ? video : find(theirs, 'outbound-rtp', 'video');
          const { mimeType, payloadType, clockRate } = reports.find((/** @type {any} */ report) => report.id === codecId);
          return { mimeType, payloadType, clockRate };
        });
        assert.deepEqual(codecs[0], codecs[1]);
        close('framesReceived', video.framesReceived, find(theirs, 'outbound-rtp', 'video').framesSent, 3);
        const remote = find(dictionaries, 'remote-inbound-rtp', 'video');
        assert.ok(remote.roundTripTime < 0.2, `${remote.roundTripTime} s`);
      } finally {
        path.close();
      }
    });
  }

  test('kinds are filtered, ids stay, latencies are measured when they are wanted', async () => {
    const { pipeline, endpoint, peer } = await here.loopback({ data: true });
    await pipeline.setLatencyStats(true);
    await peer.seesFrames(30);
    await until('an open channel', () => peer.call('sendText', 'once'));
    const types = async (/** @type {string} */ mediaType) =>
      (await recordsOf(endpoint, mediaType)).map(record => record.type).sort();
    assert.deepEqual(await types('AUDIO'), ['endpoint', 'inboundrtp', 'outboundrtp']);
    assert.deepEqual(await types('VIDEO'), ['endpoint', 'inboundrtp', 'outboundrtp']);
    assert.ok((await types('DATA')).includes('datachannel') && (await types('DATA')).includes('session'));
    const [first, second] = [await endpoint.getStats(), await endpoint.getStats()];
    assert.deepEqual(Object.keys(first).sort(), Object.keys(second).sort());
    for (const [id, record] of Object.entries(first)) assert.equal(id, /** @type {any} */ (record).id);
    const { E2ELatency } = /** @type {any} */ (first)[endpoint.id];
    const latency = E2ELatency.find((/** @type {any} */ entry) => entry.type === 'VIDEO');
    assert.ok(latency.avg > 0 && latency.avg < 1e9, `${latency.avg} ns`);
  });

  test('a call tells how it begins and how it ends', async context => {
    const pipeline = await here.pipeline();
    const endpoint = await pipeline.create('WebRtcEndpoint');
    /** @type {string[]} */
    const told = [];
    const types = [
      'IceGatheringDone', 'IceComponentStateChanged', 'NewCandidatePairSelected', 'DtlsConnectionStateChange',
      'ConnectionStateChanged', 'MediaStateChanged', 'MediaFlowInStateChanged', 'MediaFlowOutStateChanged',
      'MediaTranscodingStateChanged', 'ElementConnected', 'ElementDisconnected',
    ];
    for (const type of types) {
      await endpoint.on(type, (/** @type {any} */ event) =>
        told.push([type, event.newState ?? event.state, event.mediaType].filter(Boolean).join(' ')));
    }
    await endpoint.connect(endpoint);
    const peer = await here.peer(endpoint, { camera: true });
    await peer.seesFrames(20);
    const begins = [
      'ElementConnected VIDEO', 'IceGatheringDone', 'IceComponentStateChanged CONNECTED',
      'IceComponentStateChanged READY', 'ConnectionStateChanged CONNECTED', 'MediaStateChanged CONNECTED',
      'MediaFlowInStateChanged FLOWING VIDEO',
    ];
    await until('the beginning', () => begins.every(event => told.includes(event)));
    assert.deepEqual(told.filter(event => begins.includes(event)), begins);
    for (const event of [
      'IceComponentStateChanged CONNECTING', 'NewCandidatePairSelected', 'DtlsConnectionStateChange CONNECTED',
      'MediaFlowOutStateChanged FLOWING AUDIO', 'MediaTranscodingStateChanged NOT_TRANSCODING VIDEO',
    ]) assert.ok(told.includes(event), `${event} is not among ${told}`);
    assert.deepEqual([await endpoint.getConnectionState(), await endpoint.getMediaState()], ['CONNECTED', 'CONNECTED']);
    assert.equal(await endpoint.isMediaFlowingIn('VIDEO'), true);
    const [pairs, ice, dtls] = [
      await endpoint.getICECandidatePairs(), await endpoint.getIceConnectionState(), await endpoint.getDtlsConnectionState(),
    ];
    assert.equal(pairs.length, 1);
    assert.deepEqual([ice[0].state, dtls[0].state], ['READY', 'CONNECTED']);

    told.length = 0;
    await peer.close();
    const ends = ['MediaFlowInStateChanged NOT_FLOWING VIDEO', 'MediaStateChanged DISCONNECTED', 'ConnectionStateChanged DISCONNECTED'];
    await until('the end', () => ends.every(event => told.includes(event)), 20_000);
    context.diagnostic(told.join(', '));
    assert.deepEqual([await endpoint.getConnectionState(), await endpoint.getMediaState()], ['DISCONNECTED', 'DISCONNECTED']);
    assert.equal(await endpoint.isMediaFlowingIn('VIDEO'), false);
    await endpoint.disconnect(endpoint);
    await until('the disconnection', () => told.includes('ElementDisconnected VIDEO'));
  });
});
