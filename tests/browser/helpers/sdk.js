// A page of the server that holds the SDK: the SDK itself comes from the server, what is put around it from here.

import { readFile } from 'node:fs/promises';
import { until } from './wait.js';

const SCRIPT = new URL('../page/sdk.js', import.meta.url);

const BODY = `
  <video id="video" autoplay playsinline muted width="640" height="480"></video>
  <video id="own" autoplay playsinline muted width="160" height="120"></video>
  <input id="file" type="file">
  <div id="drop" style="width: 200px; height: 80px">drop</div>`;

/** The page's own functions and objects, of `page/sdk.js`. @typedef {any} Inside */

export class SdkPage {
  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
    /** What the page threw and what its console called an error. @type {string[]} */
    this.faults = [];
    page.on('pageerror', error => this.faults.push(String(error)));
    page.on('console', message => {
      const { url } = message.location();
      // Browsers look for an icon by themselves.
      if (message.type() === 'error' && !url.endsWith('/favicon.ico')) this.faults.push(`${message.text()} ${url}`);
    });
  }

  /**
   * @param {import('playwright-core').Browser | import('playwright-core').BrowserContext} browser
   * @param {string} url the server's
   */
  static async open(browser, url) {
    const page = await browser.newPage();
    const made = new SdkPage(page);
    // A document that really comes from the server: a browser lets no other one go to an address of this machine.
    await page.goto(`${url}/healthz`);
    await page.evaluate(body => { document.body.innerHTML = body; }, BODY);
    await page.addScriptTag({ type: 'module', content: await readFile(SCRIPT, 'utf8') });
    await page.waitForFunction(() => 'trellisTest' in window);
    return made;
  }

  /**
   * Runs a function in the page: it is given what the page has, and an argument.
   * @template Argument, Result
   * @param {(inside: Inside, argument: Argument) => Result | Promise<Result>} work
   * @param {Argument} [argument]
   * @returns {Promise<Result>}
   */
  run(work, argument) {
    const text = `argument => (${work})(window.trellisTest, argument)`;
    return this.page.evaluate(([text, argument]) => (0, eval)(/** @type {string} */ (text))(argument), [text, argument]);
  }

  /** What was told so far under a name. @param {string} name @returns {Promise<any[]>} */
  told(name) {
    return this.page.evaluate(name => /** @type {any} */ (window).trellisTest.events[name] ?? [], name);
  }

  counts() {
    return this.run(inside => inside.counts());
  }

  /** Waits for so many more decoded frames. @param {number} [frames] */
  async moves(frames = 15) {
    const { decoded } = await this.counts();
    return until(`${frames} more frames`, async () => {
      const counts = await this.counts();
      return counts.decoded >= decoded + frames ? counts : null;
    }, 20_000);
  }

  async close() {
    await this.page.close();
  }
}
