// The SDK's content classes in a real browser. The application is a small one of this suite's own; the media are the
// server's and the browser's.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Application, reply, SILENCE } from '../../sdk/application.js';
import { nextEvent } from '../helpers/client.js';
import { clip, made } from '../helpers/media.js';
import { SdkPage } from '../helpers/sdk.js';
import { until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** The events of content sessions that a page notes. */
const EVENTS = ['start', 'execute', 'mediaevent', 'localstream', 'remotestream', 'localfile', 'terminate', 'error'];

/** A film of one second. */
function short() {
  return made('second.webm', ['-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=15', '-t', '1', '-c:v', 'libvpx', '-deadline', 'realtime']);
}

describe('SDK content classes in a browser', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world();

  /**
   * An application, and a page with a content object of it in `window.content`.
   * @param {any} context
   * @param {{kind: string, script: any, options?: object}} what
   */
  async function opened(context, { kind, script, options = {} }) {
    const application = await Application.start(context, { poll: [SILENCE], terminate: [{ result: {} }], ...script });
    const page = await SdkPage.open(here.browser, here.server.url);
    context.after(() => page.close());
    await page.run((inside, { kind, url, options, events }) => {
      const content = new inside.sdk[kind](url, options);
      Object.assign(window, { content });
      for (const name of events) content.on(name, inside.note(name));
    }, { kind, url: application.url, options, events: EVENTS });
    return { application, page };
  }

  /** @param {SdkPage} page @param {string} id */
  function frames(page, id) {
    return page.page.locator(`#${id}`).evaluate(video => /** @type {HTMLVideoElement} */ (video).getVideoPlaybackQuality().totalVideoFrames);
  }

  /** Plays with everybody who calls: sends back what comes. @param {any} response @param {any} asked */
  async function mirrored(response, asked) {
    const pipeline = await here.pipeline();
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    await endpoint.processOffer(asked.params.sdp);
    const gathered = nextEvent(endpoint, 'IceGatheringDone');
    await endpoint.gatherCandidates();
    await gathered;
    reply(response, asked, { result: { sessionId: 's1', sdp: await endpoint.getLocalSessionDescriptor() } });
  }

  test('a call goes to the application and back: one offer, both pictures, the end on both sides', async context => {
    const { application, page } = await opened(context, {
      kind: 'KwsWebRtcContent', script: { start: [mirrored] }, options: { localVideoTag: 'own', remoteVideoTag: 'video' },
    });
    await until('both pictures', async () => await frames(page, 'video') > 10 && await frames(page, 'own') > 10, 20_000);
    const [{ params }] = application.asked('start');
    assert.deepEqual(params.constraints, { audio: 'sendrecv', video: 'sendrecv' });
    assert.match(params.sdp, /a=candidate:/);
    assert.equal(application.asked('start').length, 1);
    assert.deepEqual([(await page.told('localstream')).length, (await page.told('remotestream')).length], [1, 1]);
    const [rate, ended] = await page.run(async () => {
      const { content } = /** @type {any} */ (window);
      const track = content.connection.getSenders().find((/** @type {any} */ one) => one.track?.kind === 'video').track;
      const rate = track.getSettings().frameRate;
      await content.terminate();
      return [rate, `${track.readyState} ${content.connection.connectionState}`];
    });
    assert.ok(rate <= 15, `${rate} pictures a second`);
    assert.equal(ended, 'ended closed');
    assert.deepEqual(await page.told('terminate'), [{ code: 1, message: 'User ended session' }]);
    assert.equal(application.asked('terminate').length, 1);
    assert.deepEqual(page.faults, []);
  });

  test('from start to the first picture of a call in less than 700 ms', async context => {
    const times = [];
    for (let run = 0; run < 5; run += 1) {
      const { page } = await opened(context, {
        kind: 'WebRtcContent', script: { start: [mirrored] }, options: { autostart: false, remoteVideoTag: 'video' },
      });
      times.push(await page.run(async () => {
        const { content } = /** @type {any} */ (window);
        const video = /** @type {HTMLVideoElement} */ (document.getElementById('video'));
        const shown = new Promise(resolve => { video.requestVideoFrameCallback(() => resolve(performance.now())); });
        const begun = performance.now();
        void content.start();
        const time = /** @type {number} */ (await shown) - begun;
        await content.terminate();
        return time;
      }));
    }
    console.log(`content session, start to first picture: ${times.map(time => time.toFixed()).join(', ')} ms`);
    assert.ok(Math.min(...times) < 700, `${times}`);
  });

  test('who only receives needs no camera', async context => {
    const { application, page } = await opened(context, {
      kind: 'WebRtcContent', script: { start: [{ result: { rejected: { code: 1, message: 'enough' } } }] },
      options: { audio: 'inactive', video: 'recvonly' },
    });
    await until('the refusal', async () => (await page.told('error')).includes('ServerError: enough'));
    const { params } = application.asked('start')[0];
    assert.match(params.sdp, /m=video/);
    assert.doesNotMatch(params.sdp, /m=audio/);
    assert.deepEqual(await page.told('localstream'), []);
  });

  test('who ends while the camera opens has it closed again, and asks nothing', async context => {
    const { application, page } = await opened(context, { kind: 'WebRtcContent', script: { start: [mirrored] }, options: { autostart: false } });
    const state = await page.run(async () => {
      const { content } = /** @type {any} */ (window);
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      /** @type {MediaStream | undefined} */
      let opened;
      mediaDevices.getUserMedia = async wanted => {
        opened = await open(wanted);
        await content.terminate();
        return opened;
      };
      await content.start();
      return opened?.getTracks().map(track => track.readyState).join();
    });
    assert.equal(state, 'ended,ended');
    assert.deepEqual([(await page.told('terminate')).length, application.requests.length], [1, 0]);
  });

  test('a page that is left ends its session within a second', async context => {
    const { application, page } = await opened(context, { kind: 'WebRtcContent', script: { start: [mirrored] } });
    await until('the start', async () => (await page.told('start')).length === 1);
    await page.page.goto('about:blank');
    await until('the end', () => application.asked('terminate').length === 1, 1_000);
  });

  test('a session that the application ends closes camera and connection within a second', async context => {
    /** @type {(() => void) | undefined} */
    let end;
    const { page } = await opened(context, {
      kind: 'WebRtcContent',
      script: {
        start: [mirrored],
        poll: [(/** @type {any} */ response, /** @type {any} */ asked) => {
          end = () => reply(response, asked, { result: { controlEvents: [{ type: 'sessionTerminated', data: { code: 1, message: 'bye' } }] } });
        }],
      },
    });
    await until('the start', async () => (await page.told('start')).length === 1);
    (await until('a poll', () => end))();
    await until('the end', async () => (await page.told('terminate')).length === 1, 1_000);
    assert.equal(await page.run(() => /** @type {any} */ (window).content.connection.connectionState), 'closed');
  });

  test('a player plays what it is given the address of, and hears what the application publishes', async context => {
    const event = { type: 'title', data: 'A clip' };
    const script = { start: [{ result: { sessionId: 's1', url: `${here.server.url}/recordings/clip.mp4` } }], poll: [{ result: { contentEvents: [event] } }, SILENCE] };
    mkdirSync(here.server.path('recordings'), { recursive: true });
    copyFileSync(clip(), here.server.path('recordings/clip.mp4'));
    const { page } = await opened(context, { kind: 'KwsContentPlayer', script, options: { remoteVideoTag: 'video' } });
    await until('the picture', async () => await frames(page, 'video') > 10, 20_000);
    await until('the event', async () => (await page.told('mediaevent')).length === 1);
    assert.deepEqual(await page.told('mediaevent'), [event]);
    await page.run(() => /** @type {any} */ (window).content.terminate());
    assert.equal(await page.page.locator('#video').getAttribute('src'), null);
    assert.deepEqual(page.faults, []);
  });

  test('what the server has ended is played to its end', async context => {
    const ended = { result: { controlEvents: [{ type: 'sessionTerminated', data: { code: 1, message: 'EOS' } }] } };
    const url = `data:video/webm;base64,${readFileSync(short()).toString('base64')}`;
    const { page } = await opened(context, {
      kind: 'ContentPlayer', script: { start: [{ result: { sessionId: 's1', url } }], poll: [ended] }, options: { remoteVideoTag: 'video' },
    });
    await until('the end of the session', async () => (await page.told('terminate')).length === 1);
    await until('the end of the film', () => page.page.locator('#video').evaluate(video => /** @type {HTMLVideoElement} */ (video).ended));
  });

  test('files that are chosen and files that are dropped are uploaded whole', async context => {
    const { application, page } = await opened(context, {
      kind: 'KwsContentUploader', script: { start: [{ result: { sessionId: 's1', url: '/upload/1' } }] },
      options: { inputTag: 'file', dragdropTag: 'drop', useFormData: false },
    });
    const file = clip();
    await page.page.setInputFiles('#file', file);
    await until('the upload', () => application.uploads.length === 1);
    assert.deepEqual(application.uploads[0]?.body, readFileSync(file));
    await page.run(() => {
      const dropped = new DataTransfer();
      dropped.items.add(new File(['dropped'], 'a.webm', { type: 'video/webm' }));
      document.getElementById('drop')?.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
    });
    await until('the second upload', () => application.uploads.length === 2);
    assert.equal(application.uploads[1]?.body.toString(), 'dropped');
    assert.equal((await page.told('localfile')).length, 2);
    await page.run(() => /** @type {any} */ (window).content.terminate());
    await page.page.setInputFiles('#file', file);
    assert.equal(application.uploads.length, 2);
  });
});
