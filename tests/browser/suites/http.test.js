// Media over HTTP: a stream in <video>, and uploads that a viewer sees.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { nextEvent } from '../helpers/client.js';
import { clip, made } from '../helpers/media.js';
import { measureFor, until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** The first byte of a playing clip comes within this time. */
const FIRST_BYTE_MILLISECONDS = 150;

describe('http', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  /** A page with a <video> of a URL. @param {string} url */
  async function watching(url) {
    const page = await here.browser.newPage();
    await page.goto(`${here.server.url}/healthz`);
    await page.evaluate(url => {
      const video = document.createElement('video');
      video.muted = true;
      video.autoplay = true;
      video.src = url;
      document.body.append(video);
    }, url);
    const state = () => page.evaluate(() => {
      const video = /** @type {HTMLVideoElement} */ (document.querySelector('video'));
      const { totalVideoFrames: frames } = video.getVideoPlaybackQuality();
      return { frames, time: video.currentTime, width: video.videoWidth, error: video.error?.message };
    });
    const sees = (/** @type {number} */ count) => until(`${count} frames in <video>`, async () => {
      const now = await state();
      assert.equal(now.error, undefined);
      return now.frames >= count && now;
    });
    return { page, sees };
  }

  /** A clip that plays again and again, and what streams it. @param {string} file @param {object} parameters */
  async function streaming(file, parameters) {
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, file);
    player.on('EndOfStream', () => player.play());
    const stream = await pipeline.create('HttpGetEndpoint', parameters);
    await player.connect(stream);
    return { pipeline, player, stream, url: await stream.getUrl() };
  }

  /** A clip that WebM takes as it is. */
  const webm = () => made('http.webm', ['-i', clip(), '-t', '8', '-c:v', 'libvpx', '-g', '30', '-deadline', 'realtime',
    '-cpu-used', '8', '-b:v', '800k', '-c:a', 'libopus']);

  for (const [profile, file] of /** @type {[string, () => string][]} */ ([['WEBM', webm], ['MP4', clip]])) {
    test(`${profile}: two pages watch a stream, of which one comes late`, async () => {
      const { player, stream, url } = await streaming(file(), { mediaProfile: profile, disconnectionTimeout: 1 });
      const started = nextEvent(stream, 'MediaSessionStarted');
      await player.play();
      const first = await watching(url);
      await started;
      await first.sees(45);
      const late = await watching(url);
      const seen = await late.sees(30);
      assert.ok(seen.width > 0 && seen.time > 0, JSON.stringify(seen));
      await first.sees(75);
      const terminated = nextEvent(stream, 'MediaSessionTerminated');
      await Promise.all([first.page.close(), late.page.close()]);
      await terminated;
      assert.equal((await fetch(url)).status, 410);
    });
  }

  test('a page that is there before the media sees it from its beginning', async () => {
    const { player, stream, url } = await streaming(webm(), {});
    const started = nextEvent(stream, 'MediaSessionStarted');
    const viewer = await watching(url);
    await started;
    await player.play();
    await viewer.sees(30);
    await viewer.page.close();
  });

  test('what a page uploads is seen by a WebRTC viewer while it comes', async () => {
    const pipeline = await here.pipeline();
    const post = await pipeline.create('HttpPostEndpoint', { disconnectionTimeout: 1 });
    const { peer } = await here.viewer(pipeline, post, { codec: 'VP8' });
    const url = await post.getUrl();
    const started = nextEvent(post, 'MediaSessionStarted');
    const page = await here.browser.newPage();
    // From another origin, with a type that the browser asks leave for.
    await page.goto(`${String(here.server.url).replace('127.0.0.1', 'localhost')}/healthz`);
    const bytes = readFileSync(webm()).toString('base64');
    const answer = page.evaluate(async ([url, bytes]) => {
      const body = await (await fetch(`data:video/webm;base64,${bytes}`)).blob();
      return (await fetch(url, { method: 'POST', body })).status;
    }, [url, bytes]);
    await started;
    const ended = nextEvent(post, 'EndOfStream', undefined, 30_000);
    await peer.seesFrames(45);
    assert.equal(await answer, 200);
    await ended;
    await page.close();
  });

  test(`the first byte of a playing clip comes within ${FIRST_BYTE_MILLISECONDS} ms`, async context => {
    const { player, url } = await streaming(webm(), { disconnectionTimeout: 60 });
    await player.play();
    await measureFor(1500);
    const [bytes, media] = [[], []].map(() => /** @type {number[]} */ ([]));
    for (let reader = 0; reader < 30; reader += 1) {
      const start = performance.now();
      const leaving = new AbortController();
      const { body } = await fetch(url, { signal: leaving.signal });
      const pieces = /** @type {ReadableStream<Uint8Array>} */ (body).getReader();
      await pieces.read();
      bytes.push(performance.now() - start);
      await pieces.read();
      media.push(performance.now() - start);
      leaving.abort();
    }
    const [byte, keyframe] = [bytes, media].map(times => times.sort((a, b) => a - b)[15]);
    context.diagnostic(`first byte p50 ${byte.toFixed(1)} ms, first keyframe p50 ${keyframe.toFixed(1)} ms`);
    assert.ok(byte < FIRST_BYTE_MILLISECONDS && keyframe < FIRST_BYTE_MILLISECONDS, `${bytes} ${media}`);
  });
});
