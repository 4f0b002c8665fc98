// Publishers and viewers that know nothing of this server: npm's @eyevinn/whip-web-client and @eyevinn/webrtc-player.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

const PAGE = new URL('../page/whip/', import.meta.url);
const CONFIG = '[whip]\npublish_tokens = ["gardener"]\nplay_tokens = ["guest"]\n';

describe('WHIP and WHEP', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world({ server: { config: CONFIG } });
  /** Where the pages come from: another origin than the server's, as with such pages, that browsers trust with a camera. */
  let origin = '';
  /** @type {import('node:http').Server} */
  let pages;

  before(async () => {
    const entryPoints = [fileURLToPath(new URL('whip.js', PAGE))];
    const { outputFiles } = await build({ entryPoints, bundle: true, format: 'esm', write: false, logLevel: 'error' });
    const html = await readFile(new URL('index.html', PAGE));
    pages = createServer(({ url = '' }, response) => {
      const isScript = url.endsWith('.js');
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? outputFiles[0].text : html);
    });
    await once(pages.listen(0, '127.0.0.1'), 'listening');
    origin = `http://localhost:${/** @type {import('node:net').AddressInfo} */ (pages.address()).port}/`;
  });

  after(() => { pages.close(); pages.closeAllConnections(); });

  async function open() {
    const page = await here.browser.newPage();
    await page.goto(origin);
    await page.waitForFunction('window.trellis');
    return page;
  }

  /** @param {import('playwright-core').Page} page @param {string} name @param {any} [argument] */
  const call = (page, name, argument) =>
    page.evaluate(([name, argument]) => /** @type {any} */ (window).trellis[name](argument), [name, argument]);

  /** @param {import('playwright-core').Page} page @param {number} wanted */
  const sees = (page, wanted) => until(`${wanted} frames`, async () => {
    const seen = await call(page, 'seen');
    assert.deepEqual(seen.said, []);
    return seen.frames >= wanted && seen;
  }, 40_000);

  /** Whether there is something to watch: an offer that cannot be answered is refused otherwise then. */
  async function isLive() {
    const body = 'v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=recvonly\r\n';
    const headers = { authorization: 'Bearer guest', 'content-type': 'application/sdp' };
    const { status } = await fetch(`${here.server.url}/whep/garden`, { method: 'POST', headers, body });
    return status !== 409;
  }

  test('a camera is published by one page and seen by two others, until it ends', async () => {
    const publisher = await open();
    const url = `${here.server.url}/whip/garden`;
    const resource = await call(publisher, 'publish', { url, token: 'gardener' });
    assert.match(resource, /\/whip\/garden\/[0-9a-f-]{36}$/);
    await until('the publisher is connected', () => call(publisher, 'connected'), 30_000);
    const viewers = [await open(), await open()];
    for (const viewer of viewers) {
      await call(viewer, 'watch', { url: `${here.server.url}/whep/garden`, token: 'guest' });
    }
    for (const viewer of viewers) {
      const { width, height } = await sees(viewer, 60);
      assert.equal(width / height, 4 / 3);
    }
    // One goes; the other sees on.
    await call(viewers[0], 'stopWatching');
    const { frames } = await call(viewers[1], 'seen');
    await sees(viewers[1], frames + 30);
    assert.equal(await isLive(), true);
    await call(publisher, 'unpublish');
    await until('the stream has ended', async () => !await isLive(), 30_000);
    const { pipelines } = await (await fetch(`${here.server.url}/metrics`)).json();
    assert.equal(pipelines, 0);
    for (const page of [publisher, ...viewers]) await page.close();
  });

  test('a publisher whose page is closed without a word is gone within seconds', async () => {
    const publisher = await open();
    await call(publisher, 'publish', { url: `${here.server.url}/whip/garden`, token: 'gardener' });
    await until('the publisher is connected', () => call(publisher, 'connected'), 30_000);
    assert.equal(await isLive(), true);
    await publisher.close();
    await until('the stream has ended', async () => !await isLive(), 40_000);
  });
});
