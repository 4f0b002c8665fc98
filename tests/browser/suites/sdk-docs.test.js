// The examples of docs/sdk.md run as they are written.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Application, SILENCE } from '../../sdk/application.js';
import { launch } from '../helpers/browser.js';
import { probe } from '../helpers/media.js';
import { Server } from '../helpers/server.js';
import { until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS } from '../helpers/world.js';

const PAGE = readFileSync(new URL('../../../docs/sdk.md', import.meta.url), 'utf8');

/** The blocks of code of a chapter, of a language. @param {string} chapter @param {string} language */
function examples(chapter, language) {
  const text = PAGE.split(/^## /m).find(part => part.startsWith(`${chapter}\n`)) ?? '';
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(match => match[1] ?? '');
}

describe('examples of docs/sdk.md', { timeout: SUITE_MILLISECONDS }, () => {
  /** A server, and a page of it with what the examples want there. @param {any} context */
  async function opened(context) {
    const server = await Server.start({ config: '[tokens]\nstatic = { "sesame" = "acme" }\n' });
    context.after(() => server.stop());
    const browser = await launch();
    context.after(() => browser.close());
    const page = await browser.newPage();
    /** @type {string[]} */
    const said = [];
    page.on('console', message => said.push(message.text()));
    page.on('pageerror', error => said.push(`uncaught: ${error}`));
    await page.goto(`${server.url}/healthz`);
    await page.evaluate(() => { document.body.innerHTML = '<video id="video" autoplay muted></video>'; });
    return { server, page, said };
  }

  test('the chapter on sessions is a program that calls, records and ends', async context => {
    const { server, page, said } = await opened(context);
    const program = examples('Sessions', 'js').join('\n')
      .replace('uri: \'visit.webm\'', `uri: '${server.uri('recordings/acme/visit.webm')}'`)
      // Two seconds of pictures before the end, which a reader would have.
      .replace('await recorder.invoke(\'stopAndWait\')', 'await new Promise(resolve => setTimeout(resolve, 2000));\n$&');
    await page.addScriptTag({ type: 'module', content: `${program}\ndocument.body.dataset.done = 'yes';` });
    await until('the end of the program', () => page.evaluate(() => document.body.dataset.done === 'yes'), 30_000)
      .catch(error => { throw new Error(`${error.message}: ${said.join('\n')}`); });
    assert.ok(said.includes('hello'), said.join('\n'));
    assert.deepEqual(said.filter(text => /uncaught|error/i.test(text)), []);
    const { video, audio } = probe(server.path('recordings/acme/visit.webm'));
    assert.ok(video && audio);
  });

  test('the chapter on content is a player', async context => {
    const { server, page, said } = await opened(context);
    const application = await Application.start(context, {
      start: [{ result: { sessionId: 's', url: `${server.url}/recordings/none.webm` } }],
      poll: [{ result: { contentEvents: [{ type: 'title', data: 'A clip' }] } },
        { result: { controlEvents: [{ type: 'sessionTerminated', data: { code: 1, message: 'EOS' } }] } }, SILENCE],
    });
    const [program = ''] = examples('Content', 'js');
    await page.addScriptTag({ type: 'module', content: program.replace('https://app.example.com/player/clip', application.url) });
    await until('what it says', () => said.includes('2 Server ended session'))
      .catch(error => { throw new Error(`${error.message}: ${said.join('\n')}`); });
    assert.ok(said.includes('playing') && said.includes('title A clip'), said.join('\n'));
  });

  test('both ways into a page work', async context => {
    const { page, said } = await opened(context);
    const forms = examples('Into the page', 'html');
    assert.equal(forms.length, 2);
    for (const form of forms) {
      await page.evaluate(async form => {
        for (const written of new DOMParser().parseFromString(form, 'text/html').querySelectorAll('script')) {
          const script = document.createElement('script');
          if (written.type) script.type = written.type;
          script.textContent = written.textContent && `${written.textContent}\nconsole.log('ran');`;
          if (written.src) script.src = written.getAttribute('src') ?? '';
          const loaded = new Promise(resolve => { script.onload = resolve; });
          document.body.append(script);
          if (written.src) await loaded;
        }
      }, form);
    }
    await until('both', () => said.filter(text => text === 'ran').length === 2)
      .catch(error => { throw new Error(`${error.message}: ${said.join('\n')}`); });
    assert.deepEqual(said.filter(text => text.startsWith('uncaught')), []);
  });
});
