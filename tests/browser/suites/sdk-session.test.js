// The SDK's session under Node: calls, events, lines that break, tokens. No browser.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionLost, ServerError, Session, SessionLost } from '../../../crates/html5/sdk/trellis.mjs';
import { Line } from '../helpers/line.js';
import { Server } from '../helpers/server.js';
import { until } from '../helpers/wait.js';
import { WebSocket } from '../helpers/websocket.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

describe('SDK session', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world({ browser: null });

  /** A session that ends with the test. @param {any} context @param {string} [url] @param {object} [options] */
  async function open(context, url = here.server.control, options = {}) {
    const session = await Session.open(url, { WebSocket, ...options });
    context.after(() => session.close());
    return session;
  }

  /** @param {any} context @param {object} [options] */
  async function lined(context, options) {
    const line = await Line.to(here.server.control);
    const session = await open(context, line.url, options);
    context.after(() => line.close());
    return { line, session };
  }

  async function pipelines() {
    return (await (await fetch(`${here.server.url}/metrics`)).json()).pipelines;
  }

  const happens = (/** @type {any} */ session, /** @type {any} */ name) => new Promise(resolve => session.once(name, resolve));

  test('objects are created, called and released; what they refuse is an error with its code', async context => {
    const session = await open(context);
    const pipeline = await session.create('MediaPipeline');
    await pipeline.invoke('setName', { name: 'one' });
    assert.equal(await pipeline.invoke('getName'), 'one');
    assert.equal(await session.object(pipeline.id).invoke('getName'), 'one');
    await assert.rejects(pipeline.invoke('fly'), error => error instanceof ServerError && error.code === 40008);
    await pipeline.release();
    await assert.rejects(pipeline.invoke('getName'), { code: 40101 });
  });

  test('an event comes to each listener until it does not listen any more', async context => {
    const session = await open(context);
    const pipeline = await session.create('MediaPipeline');
    const endpoint = await session.create('WebRtcEndpoint', { mediaPipeline: pipeline.id });
    const other = await session.create('WebRtcEndpoint', { mediaPipeline: pipeline.id });
    /** @type {string[]} */
    const heard = [];
    const end = await endpoint.on('ElementConnected', ({ mediaType }) => heard.push(`first ${mediaType}`));
    await endpoint.on('ElementConnected', ({ mediaType }) => heard.push(`second ${mediaType}`));
    await endpoint.connect(other, 'VIDEO');
    await until('both', () => heard.length === 2);
    await end();
    await endpoint.connect(other, 'AUDIO');
    await until('one more', () => heard.length === 3);
    assert.deepEqual(heard.sort(), ['first VIDEO', 'second AUDIO', 'second VIDEO']);
    await assert.rejects(endpoint.on('Nothing', () => {}), { code: 40106 });
  });

  test('a line that is cut is replaced: the same session, its objects and its events', async context => {
    const { line, session } = await lined(context);
    const id = session.id;
    const pipeline = await session.create('MediaPipeline');
    const [one, other] = [await session.create('PassThrough', { mediaPipeline: pipeline.id }),
      await session.create('PassThrough', { mediaPipeline: pipeline.id })];
    let connected = 0;
    await one.on('ElementConnected', () => { connected += 1; });
    const [breaks, comes] = [happens(session, 'reconnecting'), happens(session, 'reconnected')];
    line.cut();
    await breaks;
    // Asked while there is no socket.
    const named = pipeline.invoke('getName');
    await comes;
    assert.equal(await named, await pipeline.invoke('getName'));
    assert.equal(session.id, id);
    await one.connect(other, 'VIDEO');
    await until('an event over the new socket', () => connected > 0);
    assert.equal(line.opened, 2);
  });

  test('a call whose answer was lost with the line is done once and answered', async context => {
    const { line, session } = await lined(context);
    await session.create('MediaPipeline');
    const before = await pipelines();
    line.deaf = true;
    const created = session.create('MediaPipeline');
    await until('the server to have done it', async () => await pipelines() === before + 1);
    line.cut();
    line.deaf = false;
    assert.match((await created).id, /MediaPipeline$/);
    assert.equal(await pipelines(), before + 1);
  });

  test('a session that holds nothing yet is simply begun again', async context => {
    const { line, session } = await lined(context);
    const comes = happens(session, 'reconnected');
    line.cut();
    await comes;
    assert.match((await session.create('MediaPipeline')).id, /MediaPipeline$/);
  });

  test('a server that forgot the session says so, and waiting calls fail', async context => {
    const { line, session } = await lined(context);
    await session.create('MediaPipeline');
    line.dead = true;
    const breaks = happens(session, 'reconnecting');
    line.cut();
    await breaks;
    await forget(session.id);
    const waiting = session.create('MediaPipeline');
    const lost = happens(session, 'lost');
    line.dead = false;
    await assert.rejects(waiting, SessionLost);
    assert.ok(await lost instanceof SessionLost);
    await assert.rejects(session.create('MediaPipeline'), ConnectionLost);
  });

  /** Ends a session in the place of who has it. @param {any} id */
  async function forget(id) {
    const socket = new WebSocket(here.server.control);
    await new Promise(resolve => { socket.onopen = resolve; });
    const answered = new Promise(resolve => { socket.onmessage = resolve; });
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'closeSession', params: { sessionId: id } }));
    await answered;
    socket.close();
  }

  test('a line that has died without a word is found out and replaced', async context => {
    const { line, session } = await lined(context, { keepalive: 100 });
    const comes = happens(session, 'reconnected');
    line.deaf = true;
    await happens(session, 'reconnecting');
    line.deaf = false;
    await comes;
    assert.match((await session.create('MediaPipeline')).id, /MediaPipeline$/);
  });

  test('a server that does not come back is lost when patience ends', async context => {
    const { line, session } = await lined(context, { patience: 500 });
    const lost = happens(session, 'lost');
    line.dead = true;
    line.cut();
    assert.ok(await lost instanceof ConnectionLost);
  });

  test('closing a session takes what only it held from the server', async () => {
    const before = await pipelines();
    const session = await Session.open(here.server.control, { WebSocket });
    const pipeline = await session.create('MediaPipeline');
    const waiting = pipeline.invoke('getName');
    assert.equal(await pipelines(), before + 1);
    await session.close();
    await waiting;
    await until('its end', async () => await pipelines() === before, 2_000);
    await assert.rejects(session.create('MediaPipeline'), ConnectionLost);
  });

  test('where nobody answers, and where another path is meant, opening fails', async () => {
    const nobody = await Line.to(here.server.control);
    const { url } = nobody;
    nobody.close();
    await assert.rejects(Session.open(url, { WebSocket }), ConnectionLost);
    await assert.rejects(Session.open(`${here.server.url}/elsewhere`, { WebSocket }), ConnectionLost);
    await assert.rejects(Session.open('ftp://127.0.0.1/kurento', { WebSocket }), ConnectionLost);
  });
});

describe('SDK session with tokens', { timeout: SUITE_MILLISECONDS }, () => {
  test('a token lets in, a function is asked before each socket, and no error tells a token', async context => {
    const server = await Server.start({ config: '[tokens]\nstatic = { "sesame" = "acme" }\n' });
    context.after(() => server.stop());
    const line = await Line.to(server.control);
    context.after(() => line.close());
    let asked = 0;
    const token = async () => { asked += 1; return 'sesame'; };
    const session = await Session.open(line.url, { WebSocket, token });
    context.after(() => session.close());
    await session.create('MediaPipeline');
    const comes = new Promise(resolve => session.once('reconnected', resolve));
    line.cut();
    await comes;
    assert.equal(asked, 2);
    for (const wrong of ['', 'open-seed']) {
      const refusal = await Session.open(server.control, { WebSocket, token: wrong }).catch(error => error);
      assert.ok(refusal instanceof ConnectionLost);
      assert.ok(!refusal.message.includes('open-seed'), refusal.message);
    }
  });
});
