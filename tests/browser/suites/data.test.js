// Data channels that the application opens on the server.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextEvent, refusal } from '../helpers/client.js';
import { until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** What Chromium says of a channel for which nothing was asked. */
const PLAIN = { label: '', ordered: true, maxRetransmits: null, maxPacketLifeTime: null, protocol: '', readyState: 'open' };

describe('data channels', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  /** An endpoint that echoes, and a browser with a channel open to it. */
  async function connected() {
    const { endpoint, peer } = await here.loopback({ data: true, camera: false, video: false, audio: false });
    await until('an open channel', () => peer.call('sendText', 'hello'));
    return { endpoint, peer };
  }

  test('a channel of the server has the properties that were asked for', async () => {
    const { endpoint, peer } = await connected();
    const asked = [
      { label: 'plain' },
      { label: 'lossy', ordered: false, maxRetransmits: 2 },
      { label: 'late', maxPacketLifeTime: 250, protocol: 'chat' },
    ];
    for (const { label, ordered = true, maxPacketLifeTime = -1, maxRetransmits = -1, protocol = '' } of asked) {
      const opened = nextEvent(endpoint, 'DataChannelOpened');
      await endpoint.createDataChannel(label, ordered, maxPacketLifeTime, maxRetransmits, protocol);
      const { channelId } = await opened;
      const channel = await until(`channel ${label}`, async () => {
        const channels = await peer.call('serverChannels');
        return channels.find((/** @type {any} */ channel) => channel.id === channelId && channel.readyState === 'open');
      });
      const { id, ...seen } = channel;
      const expected = { ...PLAIN, ...asked.find(one => one.label === label) };
      assert.deepEqual({ ...seen, maxRetransmits: seen.maxRetransmits ?? null, maxPacketLifeTime: seen.maxPacketLifeTime ?? null }, expected);
      assert.ok(await peer.call('sendOn', { id, text: `over ${label}` }));
      await until('the echo', async () => (await peer.call('messages')).includes(`over ${label}`));
    }
  });

  test('a channel that the server closes is closed in the browser', async () => {
    const { endpoint, peer } = await connected();
    const opened = nextEvent(endpoint, 'DataChannelOpened');
    await endpoint.createDataChannel('short');
    const { channelId } = await opened;
    await until('the channel', async () => (await peer.call('serverChannels')).length === 1);
    const closed = nextEvent(endpoint, 'DataChannelClosed', event => event.channelId === channelId);
    await endpoint.closeDataChannel(channelId);
    await closed;
    await until('its end', async () => (await peer.call('serverChannels'))[0].readyState === 'closed');
    assert.equal((await refusal(done => endpoint.closeDataChannel(channelId, done))).code, 40107);
  });

  test('a channel cannot be opened where there is no section for data', async () => {
    const { endpoint } = await here.loopback();
    assert.equal((await refusal(done => endpoint.createDataChannel('x', done))).code, 40111);
  });
});
