// Five packets in a hundred are lost in both directions.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LossyPath } from '../helpers/lossy.js';
import { measureFor } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

const LOSS = 0.05;
/** Two short runs; all six, at full length, when they are asked for. */
const LONG = Boolean(process.env.TRELLIS_LONG);
const MEASURED = LONG ? 30_000 : 10_000;
const SEEDS = LONG ? [1, 2, 3, 4, 5, 6] : [1, 2];
/** A camera gives at least this many frames a second. */
const RATE = 10;

describe('loss', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  for (const seed of SEEDS) {
    test(`seed ${seed}: under 5 % loss both ways 95 % of the frames decode, and no gap is over 500 ms`, async context => {
      const path = await new LossyPath({ loss: LOSS, seed }).open();
      try {
        const { peer } = await here.loopback({ codec: 'VP8', path });
        await peer.seesFrames(20);
        await peer.call('resetGaps');
        const before = await peer.counts();
        await measureFor(MEASURED);
        const after = await peer.counts();
        const gap = await peer.call('longestGap');
        const sent = after.sent - before.sent;
        const decoded = after.decoded - before.decoded;
        context.diagnostic(`${decoded} of ${sent} frames, longest gap ${gap.toFixed(0)} ms, ${path.counts.lost} lost`);
        assert.ok(path.counts.lost > 0.03 * path.counts.forwarded, 'the path loses packets');
        assert.ok(sent >= RATE * MEASURED / 1000, `the camera sent ${sent} frames`);
        assert.ok(decoded >= 0.95 * sent, `${decoded} of ${sent} frames decoded`);
        assert.ok(gap <= 500, `a gap of ${gap} ms`);
      } finally {
        path.close();
      }
    });
  }
});
