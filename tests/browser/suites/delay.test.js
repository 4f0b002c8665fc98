// What both ends measure of a path with delay: the time to the other end and back, and how unevenly packets travel.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { LossyPath } from '../helpers/lossy.js';
import { measureFor } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** Milliseconds of each way, and what every second block of sound and every second picture takes more. */
const PATH = { delay: 200, swing: 10, seed: 1 };
const SETTLED = 3_000;
/** Chromium reports sound every five seconds. */
const MEASURED = 30_000;
/** Six reports may be too few for one of them to find a busy machine idle: what that may add to a round trip, in seconds. */
const FEW_REPORTS = 0.03;
const POLL = 50;
/** How far two measurements of one thing may be apart. */
const CLOSE = 0.05;
/** Chromium tells the jitter of what it receives in whole milliseconds, so nothing nearer can be told apart. */
const JITTER_STEP = 0.001;
/** The estimate forgets a packet within sixteen, and is read at other moments than it is told: of pictures, whose packets
 * come in bursts, and of sound in few reports, it may differ by so much. */
const JITTER_MOMENT = 0.002;

/** @typedef {{time: number, kinds: Record<string, {[name: string]: number | undefined}>, pair: number[]}} Sample */

/** The middle one: other work on the machine makes outliers. @param {number[]} values */
const median = values => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/** @param {string} what @param {number} ours @param {number} theirs @param {number} [floor] */
function close(what, ours, theirs, floor = 0) {
  const apart = Math.abs(ours - theirs);
  assert.ok(apart <= Math.max(CLOSE * theirs, floor), `${what}: ${ours} s here, ${theirs} s in Chromium`);
}

/** The different values in their order: of what the remote told, the reports. @param {number[]} values */
const reports = values => values.filter((value, place) => value !== values[place - 1]);

describe('a path with delay', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  test('round trips and jitter are what Chromium says of the same streams', async context => {
    const path = await new LossyPath(PATH).open();
    try {
      const { endpoint, peer } = await here.loopback({ codec: 'VP8', path });
      await peer.seesFrames(20);
      await measureFor(SETTLED);
      const samples = await watch(endpoint, peer);
      for (const kind of ['audio', 'video']) {
        const all = (/** @type {string} */ name) => samples.flatMap(sample => sample.kinds[kind]?.[name] ?? []);
        // Other work on the machine only ever adds to a round trip.
        const trips = [Math.min(...all('ourTrip')), Math.min(...all('theirTrip'))];
        context.diagnostic(`${kind}: shortest round trip ${trips}`);
        close(`round trip of ${kind}`, trips[0], trips[1], kind === 'audio' ? FEW_REPORTS : 0);
        assert.ok(trips[0] > 2 * PATH.delay / 1_000, `${trips[0]} s is less than the path takes`);
        // What we count is what our reports tell Chromium; what it counts is what its reports tell us.
        const [countedIn, toldIn] = [median(all('countedIn')), median(reports(all('toldIn')))];
        const [countedOut, toldOut] = [median(all('countedOut')), median(reports(all('toldOut')))];
        context.diagnostic(`${kind}: jitter in ${countedIn}, told ${toldIn}; out, told ${toldOut}, counted ${countedOut}`);
        close(`jitter of ${kind} that comes`, countedIn, toldIn, kind === 'audio' ? JITTER_STEP : JITTER_MOMENT);
        close(`jitter of ${kind} that is sent`, toldOut, countedOut, JITTER_MOMENT);
        assert.ok(kind === 'video' || countedIn > 0.8 * PATH.swing / 1_000, `${countedIn} s is less than the path makes`);
      }
      const trips = [0, 1].map(side => Math.min(...samples.map(({ pair }) => pair[side])));
      context.diagnostic(`shortest round trip of the path: ${trips}`);
      close('round trip of the path', trips[0], trips[1]);
    } finally {
      path.close();
    }
  });
});

/**
 * Looks at both sides again and again.
 * @param {any} endpoint
 * @param {import('../helpers/peer.js').Peer} peer
 * @returns {Promise<Sample[]>}
 */
async function watch(endpoint, peer) {
  /** @type {Sample[]} */
  const samples = [];
  const end = performance.now() + MEASURED;
  while (performance.now() < end) {
    const [records, theirs, text] = await Promise.all([
      endpoint.getStats(), peer.call('reports'), endpoint._invoke(undefined, 'getRtcStats', {}),
    ]);
    const ours = Object.values(JSON.parse(text));
    samples.push({ time: performance.now(), kinds: { audio: look('audio'), video: look('video') }, pair: [pair(ours), pair(theirs)] });
    await pause(POLL);

    /** @param {string} kind */
    function look(kind) {
      const find = (/** @type {any[]} */ reports, /** @type {string} */ type) =>
        reports.find(report => report.type === type && report.kind === kind) ?? {};
      const [sent, received] = [find(theirs, 'outbound-rtp'), find(theirs, 'inbound-rtp')];
      const record = (/** @type {string} */ type, /** @type {any} */ { ssrc }) =>
        /** @type {any[]} */ (Object.values(records)).find(record => record.type === type && record.ssrc === String(ssrc)) ?? {};
      const told = find(theirs, 'remote-inbound-rtp');
      return {
        ourTrip: record('outboundrtp', received).roundTripTime,
        theirTrip: told.roundTripTime,
        countedIn: record('inboundrtp', sent).jitter,
        toldIn: told.jitter,
        countedOut: received.jitter,
        toldOut: find(ours, 'remote-inbound-rtp').jitter,
      };
    }
  }
  return samples;
}

/** @param {any[]} reports */
function pair(reports) {
  return reports.find(report => report.type === 'candidate-pair' && report.nominated)?.currentRoundTripTime;
}
