// The demo page, opened and clicked through as a person would.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch } from '../helpers/browser.js';
import { cameraFilm, clip, clipHasFace, RESULTS } from '../helpers/media.js';
import { Server } from '../helpers/server.js';
import { until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** The picture of the README is made by this suite: TRELLIS_SCREENSHOT=1 puts it there. */
const PICTURE = process.env.TRELLIS_SCREENSHOT
  ? fileURLToPath(new URL('../../../docs/demo.png', import.meta.url))
  : join(RESULTS, 'demo.png');

/** A hand's mirror of the page, for reading. */
class Mirror {
  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
    /** @type {string[]} */
    this.faults = [];
    page.on('pageerror', error => this.faults.push(String(error)));
    page.on('console', message => { if (message.type() === 'error') this.faults.push(message.text()); });
  }

  /** @param {import('playwright-core').Browser} browser @param {string} url */
  static async open(browser, url) {
    const page = await browser.newPage({ viewport: { width: 1180, height: 860 } });
    const mirror = new Mirror(page);
    await page.goto(url);
    return mirror;
  }

  /** @param {string} id */
  text(id) {
    return this.page.locator(`#${id}`).innerText();
  }

  /** Waits until the status, or the message of a problem, is as expected. @param {RegExp} expected */
  async status(expected) {
    const read = async () => `${await this.text('status')} ${await this.page.locator('#problem').textContent()}`;
    let last = '';
    await until(`status ${expected}`, async () => expected.test(last = await read()), 20_000)
      .catch(error => { throw new Error(`${error.message}; it is: ${last}`); });
  }

  async moves() {
    const frames = () => this.page.locator('#mirror').evaluate(video =>
      /** @type {HTMLVideoElement} */ (video).getVideoPlaybackQuality().totalVideoFrames);
    const before = await frames();
    await until('moving pictures', async () => await frames() > before + 20);
  }

  /** @param {import('node:test').TestContext} context */
  async wearsHat(context) {
    if (!clipHasFace()) context.diagnostic('no face in the clip: the hat was not looked for');
    else await until('a hat', async () => await this.felt() > 0.01, 20_000);
  }

  /** The share of the mirror's pixels that have the colour of our hat's felt, which nothing else there has. */
  felt() {
    return this.page.locator('#mirror').evaluate(element => {
      const video = /** @type {HTMLVideoElement} */ (element);
      const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
      context.drawImage(video, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let index = 0; index < data.length; index += 4) {
        const [red, green, blue] = data.subarray(index, index + 3);
        if (blue > red + 25 && red > green + 15 && blue > 70) count += 1;
      }
      return count / (data.length / 4);
    });
  }
}

describe('demo page', { timeout: SUITE_MILLISECONDS }, () => {
  const film = cameraFilm();
  const here = world({ server: { demoFile: clip() }, browser: { camera: film } });

  test('a camera comes back with a hat, is recorded, and the recording plays', async context => {
    const mirror = await Mirror.open(here.browser, here.server.url);
    const { page } = mirror;
    await page.click('#start');
    await mirror.status(/Live/);
    await mirror.moves();
    await mirror.wearsHat(context);
    await until('figures', async () => /^\d+ × \d+$/.test(await mirror.text('figure-size'))
      && /^[1-9]\d* \/s$/.test(await mirror.text('figure-rate')) && /bit\/s/.test(await mirror.text('figure-received'))
      && /ms/.test(await mirror.text('figure-trip')));
    await until('the explanation', async () => /vp8|h264|vp9/i.test(await mirror.text('explanation')));

    await page.click('#record');
    await until('the recording', () => page.locator('#recording-mark').isVisible());
    const frames = await page.locator('#mirror').evaluate(video =>
      /** @type {HTMLVideoElement} */ (video).getVideoPlaybackQuality().totalVideoFrames);
    await until('three seconds of it', async () => (await page.locator('#mirror').evaluate(video =>
      /** @type {HTMLVideoElement} */ (video).getVideoPlaybackQuality().totalVideoFrames)) > frames + 50, 20_000);
    mkdirSync(RESULTS, { recursive: true });
    await page.screenshot({ path: PICTURE });
    await page.click('#record');
    await until('the list', async () => await page.locator('#recording-list a').count() === 1, 20_000);
    await page.click('#recording-list a');
    await until('the playback', () => page.locator('#playback').evaluate(video =>
      /** @type {HTMLVideoElement} */ (video).currentTime > 1));

    await page.click('#start');
    await mirror.status(/Stopped/);
    assert.deepEqual(mirror.faults, []);
    await page.close();
  });

  test('a clip takes the place of the camera when it is asked for, with the keyboard alone', async context => {
    const mirror = await Mirror.open(here.browser, `${here.server.url}/?file=1`);
    await mirror.page.keyboard.press('Tab');
    await mirror.page.keyboard.press('Enter');
    await mirror.status(/Live/);
    await mirror.moves();
    await mirror.wearsHat(context);
    assert.deepEqual(mirror.faults, []);
    await mirror.page.close();
  });

  test('a denied camera is said, and a clip takes its place', async () => {
    const strict = await launch({ flags: ['--deny-permission-prompts'] });
    try {
      const page = await (await strict.newContext({ permissions: [] })).newPage();
      await page.addInitScript(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('denied', 'NotAllowedError'));
      });
      await page.goto(here.server.url);
      const mirror = new Mirror(page);
      await page.click('#start');
      await mirror.status(/camera was denied.*clip/i);
      await mirror.moves();
    } finally {
      await strict.close();
    }
  });

  test('a server that goes away is said, and the page can start again', async () => {
    const server = await Server.start({ demoFile: clip() });
    const mirror = await Mirror.open(here.browser, `${server.url}/?file=1`);
    await mirror.page.click('#start');
    await mirror.status(/Live/);
    await server.kill();
    await mirror.status(/connection to the server was lost/);
    assert.equal(await mirror.text('start'), 'Start');
    await mirror.page.click('#start');
    await mirror.status(/fetch|server/i);
    await mirror.page.close();
    await server.stop();
  });
});
