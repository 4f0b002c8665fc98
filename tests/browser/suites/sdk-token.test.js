// The demo page of a server that asks for tokens.

import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { clip } from '../helpers/media.js';
import { until } from '../helpers/wait.js';
import { launch } from '../helpers/browser.js';
import { Server } from '../helpers/server.js';
import { SUITE_MILLISECONDS } from '../helpers/world.js';

describe('demo page with tokens', { timeout: SUITE_MILLISECONDS }, () => {
  /** A server that asks for a token, and a page of it. @param {any} context @param {string} query */
  async function opened(context, query) {
    const folders = JSON.stringify([dirname(clip()), '/tmp']);
    const server = await Server.start({
      demoFile: clip(),
      config: `[tokens]\nstatic = { "sesame&" = "acme" }\n[uri]\nfolders = ${folders}\n`,
    });
    context.after(() => server.stop());
    const browser = await launch();
    context.after(() => browser.close());
    const page = await browser.newPage();
    /** @type {string[]} */
    const asked = [];
    page.on('request', request => asked.push(request.url()));
    await page.goto(`${server.url}/${query}`);
    return { server, page, asked };
  }

  /** @param {import('playwright-core').Page} page */
  async function goesLive(page) {
    await until('the mirror', async () => /Live/.test(await page.locator('#status').innerText()), 20_000).catch(async error => {
      throw new Error(`${error.message}: ${await page.locator('#problem').textContent()}`);
    });
    await until('its figures', async () => /^[1-9]\d* \/s$/.test(await page.locator('#figure-rate').innerText()));
    await until('the explanation', async () => /vp8|h264|vp9/i.test(await page.locator('#explanation').innerText()));
  }

  test('a token in the address is used, and is in no address, link or header that others see', async context => {
    const { page, asked, server } = await opened(context, `?file=1&access_token=${encodeURIComponent('sesame&')}`);
    assert.equal(page.url(), `${server.url}/?file=1`);
    await page.click('#start');
    await goesLive(page);
    await page.click('#record');
    await until('the recording', () => page.locator('#recording-mark').isVisible());
    await page.waitForTimeout(1_500);
    await page.click('#record');
    await until('the playback', () => page.locator('#playback').evaluate(video =>
      /** @type {HTMLVideoElement} */ (video).readyState >= 2), 20_000);
    const links = await page.locator('a').evaluateAll(all => all.map(link => /** @type {HTMLAnchorElement} */ (link).href));
    assert.equal(links.length, 1);
    assert.ok(links.every(link => !link.includes('sesame')), `${links}`);
    // The page itself, before it could take the token out, and the player, which cannot send headers.
    const telling = asked.filter(url => url.includes('sesame')).map(url => new URL(url).pathname.split('/')[1]);
    assert.deepEqual([...new Set(telling)], ['', 'recordings']);
    assert.ok(asked.every(url => url.startsWith(server.url) || /^(data|blob):/.test(url)), `${asked}`);
    assert.equal(await page.locator('meta[name=referrer]').getAttribute('content'), 'no-referrer');
    await page.reload();
    await page.click('#start');
    await goesLive(page);
  });

  test('a page without one asks the person, until the server takes it', async context => {
    const { page } = await opened(context, '?file=1');
    await page.click('#start');
    await until('the question', () => page.locator('#door').isVisible());
    assert.match(await page.locator('#door-reason').innerText(), /asks for a token/);
    await page.fill('#door-token', 'open-seed');
    await page.keyboard.press('Enter');
    await until('the refusal', async () => /does not take/.test(await page.locator('#door-reason').innerText()));
    await page.fill('#door-token', 'sesame&');
    await page.click('#door button');
    await goesLive(page);
  });

  test('who gives no token is told so, and can try again', async context => {
    const { page } = await opened(context, '?file=1');
    await page.click('#start');
    await until('the question', () => page.locator('#door').isVisible());
    await page.keyboard.press('Escape');
    await until('the problem', async () => /asks for a token/.test(await page.locator('#problem').innerText()));
    await page.click('#start');
    await until('the question again', () => page.locator('#door').isVisible());
  });
});
