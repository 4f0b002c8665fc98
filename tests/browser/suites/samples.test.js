// The sample applications, used as people would: buttons pressed, pictures looked at.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { launch } from '../helpers/browser.js';
import { clip, made, probe, real, RESULTS } from '../helpers/media.js';
import { SAMPLES } from '../helpers/server.js';
import { until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** @import { Page } from 'playwright-core' */

describe('sample applications', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world({ server: { binary: SAMPLES, demoFile: clip() } });
  /** @type {string[]} */
  let faults = [];

  /** Opens the page of a sample. @param {string} name @param {Record<string, string>} [fields] */
  async function open(name, fields = {}) {
    const page = await here.browser.newPage({ viewport: { width: 1180, height: 760 } });
    page.on('pageerror', error => faults.push(`${name}: ${error}`));
    page.on('console', message => { if (message.type() === 'error') faults.push(`${name}: ${message.text()}`); });
    await page.goto(`${here.server.url}/samples/${name}.html`);
    for (const [id, value] of Object.entries(fields)) await page.fill(`#${id}`, value);
    return page;
  }

  /** @param {Page} page @param {string} step */
  const reaches = (page, step) => until(`step ${step}`,
    async () => await page.locator(`#${step}[data-reached]`).count() === 1, 20_000)
    .catch(async error => { throw new Error(`${error.message}; the page says: ${await words(page)}`); });

  /** @param {Page} page */
  const words = async page => `${await page.locator('#status').textContent()} ${await page.locator('#problem').textContent()}`;

  /** @param {Page} page @param {string} video */
  const frames = (page, video) => page.locator(`#${video}`).evaluate(element =>
    /** @type {HTMLVideoElement} */ (element).getVideoPlaybackQuality().totalVideoFrames);

  /** @param {Page} page @param {string} [video] */
  async function moves(page, video = 'remote') {
    const before = await frames(page, video);
    await until('moving pictures', async () => await frames(page, video) > before + 15, 20_000)
      .catch(async error => { throw new Error(`${error.message}; the page says: ${await words(page)}`); });
  }

  /** @param {Page} page @param {string} name */
  async function picture(page, name) {
    mkdirSync(RESULTS, { recursive: true });
    await page.screenshot({ path: join(RESULTS, `sample-${name}.png`) });
  }

  /** Nothing went wrong on any page, and nothing is left of the samples' pipelines. */
  async function clean() {
    await until('no pipeline left', async () => {
      const { pipelines } = await (await fetch(`${here.server.url}/metrics`)).json();
      return pipelines === 0;
    });
    assert.deepEqual(faults.splice(0), []);
  }

  test('two people call each other, and both are recorded', async () => {
    const [one, other] = [await open('call', { name: 'room 1' }), await open('call', { name: 'room 1' })];
    await one.click('#go');
    await reaches(one, 'started');
    await other.click('#go');
    await Promise.all([reaches(one, 'met'), reaches(other, 'met')]);
    await Promise.all([moves(one), moves(other)]);
    await picture(one, 'call');
    const third = await open('call', { name: 'room 1' });
    await third.click('#go');
    await until('a refusal', async () => /two are in this room/.test(await words(third)));
    await one.click('#go');
    await reaches(one, 'ended');
    await until('the end told', async () => /left/.test(await words(other)));
    await other.click('#go');
    await reaches(other, 'ended');
    await clean();
    const files = readdirSync(here.server.path('recordings/samples')).filter(file => file.startsWith('room1-'));
    assert.equal(files.length, 2);
    for (const file of files) {
      const { audio, video } = probe(join(here.server.path('recordings/samples'), file));
      assert.ok(audio && video, `${file} has both`);
    }
    await Promise.all([one, other, third].map(page => page.close()));
  });

  test('one presents, two watch, and the end of the broadcast ends all', async () => {
    const presenter = await open('broadcast', { name: 'news' });
    await presenter.click('#go');
    await reaches(presenter, 'started');
    const viewers = [await open('broadcast', { name: 'news' }), await open('broadcast', { name: 'news' })];
    for (const viewer of viewers) {
      await viewer.check('[value=watch]');
      await viewer.click('#go');
      await reaches(viewer, 'seen');
      await moves(viewer);
    }
    await until('two counted', async () => /2 watching/.test(await words(presenter)));
    await picture(viewers[0], 'broadcast');
    await presenter.click('#go');
    for (const viewer of viewers) await reaches(viewer, 'ended');
    await clean();
    await Promise.all([presenter, ...viewers].map(page => page.close()));
  });

  test('a group sees everybody in one picture', async () => {
    const pages = [];
    for (const count of [1, 2, 3]) {
      const page = await open('group', { name: 'team' });
      pages.push(page);
      await page.click('#go');
      await reaches(page, 'seen');
      if (count > 1) await until(`${count} counted`, async () => new RegExp(`${count} in the room`).test(await words(page)));
    }
    await Promise.all(pages.map(page => moves(page)));
    await picture(pages[0], 'group');
    for (const page of pages) await page.click('#go');
    await Promise.all(pages.map(page => reaches(page, 'ended')));
    await clean();
    await Promise.all(pages.map(page => page.close()));
  });

  test('a clip plays with a filter in a plain video element', async () => {
    const page = await open('player');
    await page.click('#go');
    await reaches(page, 'seen');
    await moves(page);
    await picture(page, 'player');
    await page.click('#go');
    await reaches(page, 'ended');
    await clean();
    await page.close();
  });

  test('an upload is recorded and plays', async () => {
    const page = await open('recorder', { name: 'mine' });
    const file = made('upload.webm', ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=30', '-f', 'lavfi', '-i', 'sine=f=440:r=48000',
      '-t', '4', '-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libopus']);
    await page.setInputFiles('#file', file);
    await reaches(page, 'ended');
    await reaches(page, 'seen');
    await picture(page, 'recorder');
    await clean();
    await page.close();
  });

  test('a code before the camera is read', async context => {
    const drawn = real(context, 'codes/qrcode-3_01.png');
    if (!drawn) return;
    const text = readFileSync(drawn.replace('.png', '.txt'), 'utf8').trim();
    const code = made('code.y4m', ['-loop', '1', '-framerate', '15', '-t', '4', '-i', drawn, '-vf',
      'scale=440:440,pad=640:480:(ow-iw)/2:(oh-ih)/2:white,format=yuv420p']);
    const browser = await launch({ camera: code });
    try {
      const page = await browser.newPage();
      await page.goto(`${here.server.url}/samples/codes.html`);
      await page.click('#go');
      await reaches(page, 'seen');
      await until('the text', async () => (await page.locator('#found li').allTextContents()).includes(text));
      await picture(page, 'codes');
      await page.click('#go');
      await reaches(page, 'ended');
      await clean();
    } finally {
      await browser.close();
    }
  });

  test('an offer that is none is refused and leaves nothing behind', async () => {
    for (const sample of ['call', 'broadcast', 'group', 'codes']) {
      const params = { constraints: { audio: 'sendonly', video: 'sendonly' }, sdp: 'no description' };
      const response = await fetch(`${here.server.url}/samples/app/${sample}/nobody`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'start', params }),
      });
      assert.ok((await response.json()).error, sample);
    }
    await clean();
  });

  test('every sample is linked, and the demo page leads to them', async () => {
    const page = await here.browser.newPage();
    await page.goto(here.server.url);
    await page.click('a[href="/samples/"]');
    const links = await page.locator('.cards a').evaluateAll(all => all.map(link => link.getAttribute('href')));
    assert.equal(links.length, 6);
    for (const link of links) assert.equal((await fetch(`${here.server.url}/samples/${link}`)).status, 200);
    await picture(page, 'index');
    await page.close();
  });
});
