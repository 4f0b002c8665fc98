// The SDK's session and peer in a real browser, with real media.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clip } from '../helpers/media.js';
import { Line } from '../helpers/line.js';
import { SdkPage } from '../helpers/sdk.js';
import { Server } from '../helpers/server.js';
import { measureFor, until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** Of the three cameras that Chromium makes, the second sees depth, which no codec takes; the third is one like the first. */
const OTHER = 2;

describe('SDK in a browser', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world({ browser: { flags: ['--use-fake-device-for-media-stream=device-count=3', '--auto-select-desktop-capture-source=Entire screen'] } });

  async function pipelines(server = here.server) {
    return (await (await fetch(`${server.url}/metrics`)).json()).pipelines;
  }

  /** A page with a loop through the server. @param {any} context @param {object} [options] */
  async function looped(context, options = {}) {
    const page = await SdkPage.open(here.browser, here.server.url);
    context.after(() => page.close());
    await page.run((inside, options) => inside.loop(options), { control: here.server.control, ...options });
    return page;
  }

  test('a camera goes to the server and back, with sound, and both sides count it', async context => {
    const page = await looped(context);
    const { width, sent, serverReceived } = await page.moves();
    assert.ok(width > 0 && sent > 0 && serverReceived > 0, JSON.stringify({ width, sent, serverReceived }));
    await until('sound', async () => await page.run(inside => inside.loudness()) > 0.01);
    assert.deepEqual(page.faults, []);
  });

  test('from nothing to the first decoded frame in less than 700 ms', async context => {
    const page = await SdkPage.open(here.browser, here.server.url);
    context.after(() => page.close());
    const times = [];
    for (let run = 0; run < 5; run += 1) {
      times.push(await page.run((inside, where) => inside.firstFrame(where), {
        control: here.server.control, uri: `file://${clip()}`,
      }));
    }
    console.log(`start to first frame: ${times.map(time => time.toFixed()).join(', ')} ms`);
    assert.ok(Math.min(...times) < 700, `${times}`);
  });

  test('another camera and another microphone take the place of the first without a new negotiation', async context => {
    const page = await looped(context);
    await page.moves();
    const result = await page.run(async (inside, other) => {
      const { peer } = inside;
      const { cameras, microphones } = await inside.sdk.devices();
      const before = { video: peer.sent('video').getSettings().deviceId, audio: peer.sent('audio').getSettings().deviceId };
      const camera = cameras[other];
      const microphone = microphones.find((/** @type {any} */ one) =>
        one.deviceId !== before.audio && !['default', 'communications'].includes(one.deviceId));
      const description = peer.connection.localDescription.sdp;
      await peer.switchCamera(cameras[0].deviceId);
      const first = peer.sent('video');
      await peer.switchCamera(camera.deviceId);
      await peer.switchMicrophone(microphone.deviceId);
      return {
        cameras: cameras.length, wanted: [camera.deviceId, microphone.deviceId],
        sent: [peer.sent('video').getSettings().deviceId, peer.sent('audio').getSettings().deviceId],
        ended: first.readyState, same: peer.connection.localDescription.sdp === description,
      };
    }, OTHER);
    assert.equal(result.cameras, 3);
    assert.deepEqual(result.sent, result.wanted);
    assert.deepEqual([result.ended, result.same], ['ended', true]);
    await page.moves();
    await until('sound', async () => await page.run(inside => inside.loudness()) > 0.01);
  });

  test('a screen takes the place of the camera, until it is ended', async context => {
    const page = await looped(context);
    const { width } = await page.moves();
    assert.equal(width, 640);
    const first = await page.run(async (inside, other) => {
      await inside.peer.shareScreen({ video: { width: 1024, height: 576 } });
      inside.first = inside.peer.sent('video');
      // Another screen ends the first; another camera waits behind it.
      await inside.peer.shareScreen({ video: { width: 1024, height: 576 } });
      const { cameras } = await inside.sdk.devices();
      await inside.peer.switchCamera(cameras[other].deviceId);
      return inside.first.readyState;
    }, OTHER);
    assert.equal(first, 'ended');
    await until('the screen', async () => ![0, 640].includes((await page.counts()).width), 20_000);
    // As the browser does when the person presses its button.
    await page.run(inside => inside.peer.sent('video').dispatchEvent(new Event('ended')));
    await until('the camera again', async () => (await page.counts()).width === 640, 20_000);
    assert.equal((await page.told('screenended')).length, 1);
    assert.equal(await page.run(inside => inside.peer.sent('video').label), `fake_device_${OTHER}`);
  });

  test('who closes a peer that is not connected yet does not wait for it for ever', async context => {
    const page = await SdkPage.open(here.browser, here.server.url);
    context.after(() => page.close());
    const outcome = await page.run(async (inside, control) => {
      const session = await inside.sdk.Session.open(control);
      const pipeline = await session.create('MediaPipeline');
      const endpoint = await session.create('WebRtcEndpoint', { mediaPipeline: pipeline.id });
      const made = inside.sdk.WebRtcPeer.connect(endpoint, {}, (/** @type {any} */ peer) => {
        peer.connection.addEventListener('signalingstatechange', () => peer.close());
      });
      const outcome = await made.then(() => 'connected', (/** @type {any} */ error) => 'failed');
      await session.close();
      return outcome;
    }, here.server.control);
    assert.equal(outcome, 'failed');
  });

  test('a page without a camera can share its screen later', async context => {
    const page = await looped(context, { camera: false, peer: { video: 'sendrecv', audio: 'inactive' } });
    await page.run(inside => inside.peer.shareScreen());
    await page.moves();
  });

  test('who is muted is neither seen nor heard, also after the camera was switched', async context => {
    const page = await looped(context);
    await page.moves();
    const bright = () => page.run(inside => inside.brightness());
    const loud = () => page.run(inside => inside.loudness());
    await until('sound', async () => await loud() > 0.01);
    await until('a picture', async () => await bright() > 40);
    await page.run(inside => { inside.peer.mute('video'); inside.peer.mute('audio'); });
    await until('black', async () => await bright() < 5);
    await until('silence', async () => await loud() < 0.0005);
    await page.run(async (inside, other) => {
      const { cameras } = await inside.sdk.devices();
      await inside.peer.switchCamera(cameras[other].deviceId);
    }, OTHER);
    await page.moves(5);
    assert.ok(await bright() < 5);
    assert.deepEqual(await page.run(inside => [inside.peer.isMuted('video'), inside.peer.isMuted('audio')]), [true, true]);
    await page.run(inside => { inside.peer.unmute('video'); inside.peer.unmute('audio'); });
    await until('the picture again', async () => await bright() > 40);
    await until('sound', async () => await loud() > 0.01);
  });

  test('data channels of both sides carry messages', async context => {
    const page = await looped(context, {
      camera: false, peer: { channels: ['chat'], audio: 'inactive', video: 'inactive' }, endpoint: { useDataChannels: true },
    });
    await until('the channel', async () => (await page.told('channel')).includes('chat'));
    await page.run(inside => {
      const later = inside.peer.openChannel('later');
      later.onmessage = (/** @type {any} */ { data }) => inside.note('message')(data);
      later.onopen = () => later.send('hello');
    });
    await until('the echo', async () => (await page.told('message')).includes('hello'));
    await page.run(inside => inside.peer.endpoint.invoke('createDataChannel', { label: 'of the server' }));
    await until('the channel of the server', async () => (await page.told('channel')).includes('of the server'));
  });

  test('a control line that is cut disturbs no media, and the session goes on', async context => {
    const line = await Line.to(here.server.control);
    context.after(() => line.close());
    const page = await looped(context, { control: line.url });
    await page.moves();
    line.dead = true;
    line.cut();
    await until('the loss', async () => (await page.told('session reconnecting')).length === 1);
    const frames = () => page.run(inside => inside.peer.connection.getStats().then((/** @type {any} */ reports) =>
      [...reports.values()].find(one => one.type === 'inbound-rtp' && one.kind === 'video').framesDecoded));
    const before = await frames();
    await until('frames without control', async () => await frames() > before + 15);
    line.dead = false;
    await until('the session', async () => (await page.told('session reconnected')).length === 1);
    assert.match(await page.run(inside => inside.pipeline.invoke('getName')), /MediaPipeline/);
    assert.deepEqual(await page.told('reconnecting'), []);
  });

  test('an endpoint that can negotiate again is given an ICE restart, and the connection stays', async context => {
    const page = await SdkPage.open(here.browser, here.server.url);
    context.after(() => page.close());
    // The server's endpoints cannot, so the browser plays one that can.
    const [before, after, same] = await page.run(async inside => {
      const far = new RTCPeerConnection();
      /** @type {(event: any) => void} */
      let tell = () => {};
      far.onicecandidate = ({ candidate }) => { if (candidate) tell({ candidate }); };
      const operations = {
        processOffer: async (/** @type {any} */ { offer }) => {
          await far.setRemoteDescription({ type: 'offer', sdp: offer });
          await far.setLocalDescription();
          return far.localDescription?.sdp;
        },
        gatherCandidates: async () => {},
        addIceCandidate: (/** @type {any} */ { candidate }) => far.addIceCandidate(candidate),
      };
      const endpoint = {
        on: async (/** @type {string} */ _type, /** @type {any} */ listener) => { tell = listener; return async () => {}; },
        invoke: async (/** @type {keyof typeof operations} */ name, /** @type {any} */ parameters) => operations[name](parameters),
        release: async () => far.close(),
      };
      const peer = await inside.sdk.WebRtcPeer.connect(endpoint, { channels: ['x'] });
      const fragment = () => /a=ice-ufrag:(\S+)/.exec(peer.connection.remoteDescription.sdp)?.[1];
      const [connection, first] = [peer.connection, fragment()];
      await peer.restart();
      return [first, fragment(), peer.connection === connection && connection.signalingState === 'stable'];
    });
    assert.ok(before && after && before !== after, `${before} ${after}`);
    assert.equal(same, true);
  });

  test('when the endpoint on the server is gone, a new one takes its place at once and the picture goes on', async context => {
    const page = await looped(context);
    await page.moves();
    const first = await page.run(inside => {
      const { endpoint } = inside.peer;
      void inside.session.call('release', { object: endpoint.id });
      return endpoint.id;
    });
    await until('another way', async () => (await page.told('reconnected')).length === 1, 5_000);
    await page.moves();
    assert.notEqual(await page.run(inside => inside.peer.endpoint.id), first);
    await until('the picture', async () => await page.run(inside => inside.brightness()) > 40);
    assert.deepEqual(await page.told('failed'), []);
  });

  test('a peer without a way to renew its endpoint says that it failed, once', async context => {
    const page = await looped(context, { peer: { renew: null } });
    await page.moves();
    // The server's endpoints negotiate once; what flows goes on.
    const refusal = await page.run(inside => inside.peer.restart().then(() => null, (/** @type {any} */ error) => error.code));
    assert.equal(refusal, 40208);
    await page.moves();
    await page.run(inside => { void inside.session.call('release', { object: inside.peer.endpoint.id }); });
    await until('the failure', async () => (await page.told('failed')).length > 0, 5_000);
    await measureFor(6_000);
    assert.equal((await page.told('failed')).length, 1);
  });

  test('closing the peer and the session leaves nothing on the server, and closes what the SDK opened', async context => {
    const before = await pipelines();
    const page = await looped(context);
    await page.moves();
    const states = await page.run(async inside => {
      const { cameras } = await inside.sdk.devices();
      await inside.peer.switchCamera(cameras[1].deviceId);
      const opened = inside.peer.sent('video');
      await inside.peer.close();
      await inside.session.close();
      return [opened.readyState, inside.stream.getAudioTracks()[0].readyState];
    });
    assert.deepEqual(states, ['ended', 'live']);
    await until('the end on the server', async () => await pipelines() === before, 2_000);
  });

  test('a page that is closed or left ends its session within a second', async context => {
    const before = await pipelines();
    const closed = await looped(context);
    assert.equal(await pipelines(), before + 1);
    await closed.close();
    await until('the end of the one closed', async () => await pipelines() === before, 1_000);
    const left = await looped(context);
    assert.equal(await pipelines(), before + 1);
    await left.page.goto('about:blank');
    await until('the end of the one left', async () => await pipelines() === before, 1_000);
  });

  test('the script of one file, the module of one file and the modules serve pages of other origins', async context => {
    const page = await here.browser.newPage();
    context.after(() => page.close());
    await page.goto(`${here.server.url.replace('127.0.0.1', 'localhost')}/healthz`);
    await page.addScriptTag({ url: `${here.server.url}/sdk/trellis.js` });
    const names = await page.evaluate(async url => {
      const names = (/** @type {any} */ from) => Object.keys(from).sort().join();
      const modules = await Promise.all(['index.js', 'trellis.mjs'].map(file => import(`${url}/sdk/${file}`)));
      return [names(/** @type {any} */ (window).trellis), ...modules.map(names)];
    }, here.server.url);
    assert.match(String(names[0]), /KwsContentPlayer.*Session.*WebRtcPeer/);
    assert.deepEqual([names[1], names[2]], [names[0], names[0]]);
  });

  test('with tokens, the right one lets a page in and a wrong one does not', async context => {
    const server = await Server.start({ config: '[tokens]\nstatic = { "sesame" = "acme" }\n' });
    context.after(() => server.stop());
    const page = await SdkPage.open(here.browser, server.url);
    context.after(() => page.close());
    await page.run((inside, options) => inside.loop(options), { control: server.control, token: 'sesame' });
    await page.moves();
    const refusal = await page.run((inside, control) => inside.sdk.Session.open(control, { token: 'open-seed' })
      .then(() => 'let in', (/** @type {any} */ error) => `${error.name} ${error.message}`), server.control);
    assert.match(refusal, /^ConnectionLost/);
    assert.ok(!refusal.includes('open-seed'));
  });
});
