// What all content classes do: the exchanges of the Open API, on real sockets.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionLost, ContentPlayer, KwsContentPlayer, ServerError, TimedOut } from '../../crates/html5/sdk/trellis.mjs';
import { Application, next, SILENCE } from './application.js';

const STARTED = { result: { sessionId: '5d2f0a3e', url: '/media/7b1c' } };
const ENDED = { result: { controlEvents: [{ type: 'sessionTerminated', data: { code: 1, message: 'EOS' } }] } };

/** A player that has started, of an application that answers so. */
async function started(/** @type {any} */ context, /** @type {any} */ script, options = {}) {
  const application = await Application.start(context, { start: [STARTED], poll: [SILENCE], terminate: [{ result: {} }], ...script });
  const player = new ContentPlayer(application.url, { retry_delay: 1, ...options });
  context.after(() => player.terminate());
  await next(player, 'start');
  return { application, player };
}

describe('content sessions', { timeout: 60_000 }, () => {
  test('start is one request, as the specification writes it, and is followed by polls', async context => {
    const { application, player } = await started(context, { poll: [{ result: {} }, SILENCE] });
    const [start] = application.asked('start');
    assert.equal(start.text,
      '{"jsonrpc":"2.0","method":"start","params":{"constraints":{"audio":"recvonly","video":"recvonly"}},"id":0}');
    assert.equal(start.headers['content-type'], 'application/json');
    const poll = await application.until('poll', 2);
    assert.equal(poll.text, '{"jsonrpc":"2.0","method":"poll","params":{"sessionId":"5d2f0a3e"},"id":2}');
    assert.equal(player.sessionId, '5d2f0a3e');
  });

  test('the class has the name that it had in the first SDK', () => assert.equal(KwsContentPlayer, ContentPlayer));

  test('the address of the media is told in full', async context => {
    const application = await Application.start(context, { start: [STARTED] });
    const player = new ContentPlayer(application.url);
    context.after(() => player.terminate());
    assert.deepEqual(await next(player, 'remotestream'), { url: new URL('/media/7b1c', application.url).href });
  });

  test('audio and video that are both inactive are refused at once, and nothing is asked', async context => {
    const application = await Application.start(context, { start: [STARTED] });
    assert.throws(() => new ContentPlayer(application.url, { audio: 'inactive', video: 'inactive' }), RangeError);
    await pause(50);
    assert.equal(application.requests.length, 0);
  });

  test('nothing is asked before start when the application wants it so, and a second start is refused', async context => {
    const application = await Application.start(context, { start: [STARTED] });
    const player = new ContentPlayer(application.url, { autostart: false });
    context.after(() => player.terminate());
    await pause(50);
    assert.equal(application.requests.length, 0);
    await player.start();
    await assert.rejects(player.start(), /active/);
    assert.equal(application.asked('start').length, 1);
  });

  test('events of the application arrive in order, each once', async context => {
    const event = (/** @type {string} */ data) => ({ type: 'news', data });
    const polls = [{ result: { contentEvents: [event('a'), event('ü')] } }, { result: { contentEvents: [event('c')] } }, SILENCE];
    const { application, player } = await started(context, { poll: polls });
    /** @type {any[]} */
    const heard = [];
    player.on('mediaevent', (/** @type {any} */ event) => heard.push(event));
    await application.until('poll', 3);
    assert.deepEqual(heard, [event('a'), event('ü'), event('c')]);
  });

  test('a server that ends the session is heard, and asked nothing more', async context => {
    const { application, player } = await started(context, { poll: [ENDED] });
    const reason = await next(player, 'terminate');
    assert.deepEqual(reason, { code: 2, message: 'Server ended session', server: { code: 1, message: 'EOS' } });
    await pause(250);
    assert.equal(application.asked('poll').length, 1);
    assert.equal(application.asked('terminate').length, 0);
  });

  test('a failure of the media is an error, and then the end', async context => {
    const failed = { result: { controlEvents: [{ type: 'sessionError', data: { code: 20012, message: 'no such file' } }] } };
    const { player } = await started(context, { poll: [failed] });
    const ended = next(player, 'terminate');
    const error = await next(player, 'error');
    assert.ok(error instanceof ServerError);
    assert.equal(error.code, 20012);
    assert.equal((await ended).code, 2);
  });

  test('the user ends the session: its poll is given up, and the server told', async context => {
    const { application, player } = await started(context, {});
    await application.until('poll');
    const ended = next(player, 'terminate');
    await player.terminate();
    assert.deepEqual(await ended, { code: 1, message: 'User ended session' });
    const [terminate] = application.asked('terminate');
    assert.deepEqual(terminate.params, { sessionId: '5d2f0a3e', reason: { code: 1, message: 'User ended session' } });
    await player.terminate();
    assert.equal(application.asked('terminate').length, 1);
    assert.equal(application.asked('poll').length, 1);
  });

  test('who ends before the answer to start begins nothing, and the session that comes is ended', async context => {
    const application = await Application.start(context, {
      start: [response => setTimeout(() => response.end(JSON.stringify({ jsonrpc: '2.0', id: 0, ...STARTED })), 100)],
      terminate: [{ result: {} }],
    });
    const player = new ContentPlayer(application.url);
    let begun = false;
    player.on('start', () => { begun = true; });
    await application.until('start');
    await player.terminate();
    const terminate = await application.until('terminate');
    assert.equal(terminate.params.sessionId, '5d2f0a3e');
    assert.equal(begun, false);
    assert.equal(application.asked('poll').length, 0);
  });

  test('a start that the application rejects is an error with its code', async context => {
    const rejected = { result: { rejected: { code: 403, message: 'not you' } } };
    const application = await Application.start(context, { start: [rejected] });
    const player = new ContentPlayer(application.url);
    const ended = next(player, 'terminate');
    const error = await next(player, 'error');
    assert.deepEqual([error.code, error.message], [403, 'not you']);
    await ended;
    assert.equal(application.asked('poll').length, 0);
  });

  test('an error of the protocol keeps its code, message and data, whatever the HTTP status', async context => {
    const error = { code: -32603, message: 'illegal state', data: '10011' };
    const application = await Application.start(context, { start: [{ error, status: 403 }] });
    const told = await next(new ContentPlayer(application.url), 'error');
    assert.deepEqual({ code: told.code, message: told.message, data: told.data }, error);
  });

  test('what is no answer at all is told with its status', async context => {
    const application = await Application.start(context, { start: [response => response.writeHead(502).end('<h1>Bad gateway</h1>')] });
    const error = await next(new ContentPlayer(application.url), 'error');
    assert.ok(error instanceof ConnectionLost);
    assert.match(error.message, /502/);
  });

  test('a server that does not answer in time is an error', async context => {
    const application = await Application.start(context, { start: [SILENCE] });
    const error = await next(new ContentPlayer(application.url, { request_timeout: 50 }), 'error');
    assert.ok(error instanceof TimedOut);
  });

  test('a token goes with every request', async context => {
    const { application } = await started(context, {}, { token: 'sesame' });
    await application.until('poll');
    assert.ok(application.requests.every(({ headers }) => headers.authorization === 'Bearer sesame'));
  });

  test('a poll that fails is tried again after 1, 2, 4 ... of the delay, and the count begins anew after a success', async context => {
    const refused = { error: { code: -32603, message: 'busy' }, status: 500 };
    const polls = [refused, refused, refused, { result: {} }, refused, SILENCE];
    const { application } = await started(context, { poll: polls }, { retry_delay: 40 });
    await application.until('poll', 6);
    const at = application.asked('poll').map(poll => poll.at);
    const gaps = at.slice(1).map((time, index) => time - at[index]);
    // Timers of Node may be a millisecond early.
    [39, 79, 159].forEach((least, index) => assert.ok(gaps[index] >= least, `${gaps}`));
    assert.ok(gaps[4] >= 39 && gaps[4] < 159, `${gaps}`);
  });

  test('after ten tries it is given up', async context => {
    const { application, player } = await started(context, { poll: [{ error: { code: -32603, message: 'busy' } }] });
    const ended = next(player, 'terminate');
    assert.equal((await next(player, 'error')).message, 'busy');
    assert.equal((await ended).code, 2);
    assert.equal(application.asked('poll').length, 11);
  });

  test('a session that the server does not know is not asked for again', async context => {
    const unknown = { error: { code: -32602, message: 'unknown session', data: '10021' }, status: 400 };
    const { application, player } = await started(context, { poll: [unknown] });
    const ended = next(player, 'terminate');
    await next(player, 'error');
    await ended;
    assert.equal(application.asked('poll').length, 1);
  });

  test('a server that answers polls at once is not flooded', async context => {
    const { application } = await started(context, { poll: [{ result: {} }] });
    await pause(520);
    const count = application.asked('poll').length;
    assert.ok(count >= 2 && count <= 6, `${count} polls in half a second`);
  });

  test('an error that nobody listens to is not swallowed', async context => {
    const application = await Application.start(context, { start: [{ error: { code: -32603, message: 'unheard' } }] });
    const uncaught = new Promise(resolve => {
      context.mock.method(globalThis, 'queueMicrotask', (/** @type {() => void} */ work) => {
        try { work(); } catch (error) { resolve(error); }
      });
    });
    const player = new ContentPlayer(application.url, { autostart: false });
    await player.start();
    assert.equal((/** @type {any} */ (await uncaught)).message, 'unheard');
  });
});

describe('commands', { timeout: 60_000 }, () => {
  const done = { result: { sessionId: '5d2f0a3e', commandResult: 'ok' } };

  test('a command without a session makes one, which is polled; the next names it', async context => {
    const application = await Application.start(context, { execute: [done] });
    const player = new ContentPlayer(application.url, { autostart: false });
    context.after(() => player.terminate());
    assert.equal(await player.execute('zoom', '2'), 'ok');
    assert.deepEqual(application.asked('execute')[0].params, { command: { type: 'zoom', data: '2' } });
    await application.until('poll');
    await player.execute('zoom', '3');
    assert.deepEqual(application.asked('execute')[1].params, { sessionId: '5d2f0a3e', command: { type: 'zoom', data: '3' } });
    assert.equal(application.asked('poll').length, 1);
  });

  test('commands at the same time make one session, not two', async context => {
    const application = await Application.start(context, { execute: [done] });
    const player = new ContentPlayer(application.url, { autostart: false });
    context.after(() => player.terminate());
    await Promise.all([player.execute('a', ''), player.execute('b', ''), player.execute('c', '')]);
    assert.deepEqual(application.asked('execute').map(({ params }) => params.sessionId), [undefined, '5d2f0a3e', '5d2f0a3e']);
  });

  test('the answer comes to the callback, to the promise and as an event', async context => {
    const { player } = await started(context, { execute: [done] });
    const event = next(player, 'execute');
    const called = new Promise(resolve => player.execute('zoom', '2', (error, result) => resolve([error, result])));
    assert.deepEqual(await called, [null, 'ok']);
    assert.equal((await event).commandResult, 'ok');
  });

  test('a command that the application refuses fails, and the session goes on', async context => {
    const refused = { error: { code: -32600, message: 'no onContentCommand' }, status: 400 };
    const { application, player } = await started(context, { execute: [refused] });
    await assert.rejects(player.execute('x', ''), { name: 'ServerError', code: -32600 });
    const called = await new Promise(resolve => player.execute('x', '', error => resolve(error)));
    assert.equal(/** @type {any} */ (called).code, -32600);
    await application.until('poll');
    assert.equal(application.asked('terminate').length, 0);
  });

  test('a session that is over takes no command', async context => {
    const { player } = await started(context, {});
    await player.terminate();
    await assert.rejects(player.execute('x', ''), /ended/);
  });
});
