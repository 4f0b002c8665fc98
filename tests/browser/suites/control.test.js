// The control protocol as kurento-client speaks it, and as raw frames.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect, nextEvent, refusal } from '../helpers/client.js';
import { RawConnection } from '../helpers/raw.js';
import { collectorPeriod } from '../helpers/server.js';
import { until } from '../helpers/wait.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

const ABANDON = fileURLToPath(new URL('../helpers/abandon.js', import.meta.url));

describe('control', { timeout: SUITE_MILLISECONDS }, () => {
  const here = world({ browser: null, server: { config: collectorPeriod(1) } });

  test('the server introduces itself as the client expects it', async () => {
    const manager = await here.client.getServerManager();
    const info = await manager.getInfo();
    assert.equal(info.type, 'KMS');
    assert.ok(info.capabilities.includes('transactions'));
    const names = info.modules.map((/** @type {any} */ module) => module.name);
    assert.deepEqual(names.slice(0, 3), ['core', 'elements', 'filters']);
  });

  test('elements are created, named, connected, listed and released', async () => {
    const pipeline = await here.pipeline();
    const first = await pipeline.create('PassThrough');
    const second = await pipeline.create('WebRtcEndpoint');
    await first.setName('vine');
    assert.equal(await first.getName(), 'vine');
    await first.connect(second);
    const connections = await first.getSinkConnections();
    assert.deepEqual(connections.map((/** @type {any} */ connection) => connection.type).sort(), ['AUDIO', 'DATA', 'VIDEO']);
    await first.disconnect(second);
    assert.equal((await first.getSinkConnections()).length, 0);
    await second.release();
    assert.deepEqual((await pipeline.getChildren()).map((/** @type {any} */ child) => child.id), [first.id]);
  });

  test('a transaction creates and connects in one request', async () => {
    const transaction = await here.client.beginTransaction();
    const pipeline = here.client.create(transaction, 'MediaPipeline');
    const element = pipeline.create(transaction, 'PassThrough');
    await transaction.commit();
    const [made, child] = await Promise.all([pipeline, element]);
    assert.match(child.id, /^[^/]+_kurento\.MediaPipeline\/[^/]+_kurento\.PassThrough$/);
    await made.release();
  });

  test('unknown classes, methods and objects are numbered errors', async () => {
    const raw = await RawConnection.open(here.server.control);
    try {
      const created = await raw.call('create', { type: 'MediaPipeline' });
      const pipeline = created.result.value;
      const invoke = (/** @type {string} */ object, /** @type {string} */ operation, operationParams = {}) =>
        raw.call('invoke', { object, operation, operationParams });
      const code = async (/** @type {Promise<any>} */ answer) => (await answer).error?.code;
      assert.equal(await code(raw.call('create', { type: 'Trellis' })), 40108);
      assert.equal(await code(raw.call('create', { type: 'WebRtcEndpoint' })), 40001);
      assert.equal(await code(raw.call('create', { type: 'WebRtcEndpoint', constructorParams: { mediaPipeline: 5 } })), 40001);
      assert.equal(await code(raw.call('subscribe', { object: pipeline, type: 'Harvest' })), 40106);
      assert.equal(await code(raw.call('invoke', { object: 'nobody', operation: 'getName' })), 40101);
      assert.equal(await code(invoke(pipeline, 'harvest')), 40008);
      assert.equal(await code(raw.call('connect', { sessionId: 'nobody' })), 40007);
      assert.equal(await code(raw.call('harvest', {})), -32601);
      assert.equal((await raw.call('release', { object: 'nobody' })).error, undefined);
      await raw.call('release', { object: pipeline });
    } finally {
      raw.close();
    }
  });

  test('a broken offer is a numbered error and the endpoint is still there', async () => {
    const pipeline = await here.pipeline();
    const endpoint = await pipeline.create('WebRtcEndpoint');
    const offered = await refusal(done => endpoint.processOffer('v=0\r\nthis is not an offer', done));
    assert.ok(offered.code >= 40200 && offered.code < 40300, offered.message);
    const answered = await refusal(done => endpoint.processAnswer('v=0\r\n', done));
    assert.equal(answered.code, 40209, answered.message);
    assert.equal(typeof await endpoint.getName(), 'string');
  });

  test('garbage on the WebSocket is answered or dropped, and the connection goes on', async () => {
    const raw = await RawConnection.open(here.server.control);
    try {
      raw.send('this is not JSON');
      raw.send('[{"jsonrpc":"2.0","id":1,"method":"ping"}]');
      raw.send('{"jsonrpc":"1.0","id":2,"method":"ping"}');
      raw.sendBinary(Buffer.from([0, 255, 1, 254]));
      assert.equal((await raw.call('ping', {})).result.value, 'pong');
      const codes = raw.strays.map(message => message.error?.code);
      assert.ok(codes.includes(-32600), JSON.stringify(raw.strays));
    } finally {
      raw.close();
    }
  });

  test('a wrong path is closed, and health is told', async () => {
    const response = await fetch(`${here.server.url}/healthz`);
    assert.equal(response.status, 200);
    const page = await fetch(`${here.server.url}/`);
    assert.match(page.headers.get('content-type') ?? '', /text\/html/);
    assert.equal((await fetch(`${here.server.url}/../../etc/passwd`)).status, 404);
    assert.equal((await fetch(`${here.server.url}/recordings/..%2f..%2fetc%2fpasswd`)).status, 404);
  });

  test('a client that comes back to its session finds its objects', async () => {
    const first = await RawConnection.open(here.server.control);
    const { result } = await first.call('create', { type: 'MediaPipeline' });
    first.close();
    const second = await RawConnection.open(here.server.control);
    try {
      const again = await second.call('connect', { sessionId: result.sessionId });
      assert.equal(again.result.sessionId, result.sessionId);
      const described = await second.call('describe', { object: result.value });
      assert.equal(described.result.qualifiedType, 'kurento.MediaPipeline');
      await second.call('release', { object: result.value });
    } finally {
      second.close();
    }
  });

  test('the objects of a client that was killed are collected', async () => {
    const manager = await here.client.getServerManager();
    /** @type {Set<string>} */
    const destroyed = new Set();
    await manager.on('ObjectDestroyed', (/** @type {any} */ { objectId }) => destroyed.add(objectId));
    const child = spawn(process.execPath, [ABANDON, here.server.control], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await once(child.stdout, 'data');
    const { pipeline, endpoint } = JSON.parse(String(output));
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(!destroyed.has(pipeline), 'a killed client keeps its objects for a while');
    await until('the collection', () => destroyed.has(pipeline) && destroyed.has(endpoint));
  });

  test('an idle client that is connected keeps its objects', async () => {
    const client = await connect(here.server.control);
    const manager = await here.client.getServerManager();
    const pipeline = await client.create('MediaPipeline');
    const early = nextEvent(manager, 'ObjectDestroyed', ({ objectId }) => objectId === pipeline.id, 4000);
    await assert.rejects(early, /no ObjectDestroyed/);
    await pipeline.release();
    client.close();
  });
});
