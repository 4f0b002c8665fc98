// Files to an application's recorder.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ContentUploader, KwsContentUploader } from '../../crates/html5/sdk/trellis.mjs';
import { Application, next, SILENCE } from './application.js';

const FILE = new Blob(['\u0000media\u00ff'], { type: 'video/webm' });

async function uploader(/** @type {any} */ context, options = {}, url = '/upload/1') {
  const application = await Application.start(context, {
    start: [{ result: { sessionId: 's', url } }], poll: [SILENCE], terminate: [{ result: {} }],
  });
  const made = new ContentUploader(application.url, options);
  context.after(() => made.terminate());
  return { application, made };
}

describe('uploader', { timeout: 30_000 }, () => {
  test('start asks to send, and a file that was given before waits for the address', async context => {
    const { application, made } = await uploader(context);
    const begun = next(made, 'localfile');
    await made.send(FILE);
    assert.equal(await begun, FILE);
    assert.deepEqual(application.asked('start')[0].params.constraints, { audio: 'sendonly', video: 'sendonly' });
    const [upload] = application.uploads;
    assert.equal(upload.url, '/upload/1');
    assert.equal(upload.headers['content-type'], 'video/webm');
    assert.deepEqual(upload.body, Buffer.from(await FILE.arrayBuffer()));
    assert.equal(KwsContentUploader, ContentUploader);
  });

  test('as a form, the file is a field', async context => {
    const { application, made } = await uploader(context, { useFormData: true });
    await made.send(FILE);
    const [upload] = application.uploads;
    assert.match(upload.headers['content-type'], /^multipart\/form-data; boundary=/);
    assert.ok(upload.body.includes('name="file"'));
    assert.ok(upload.body.includes(Buffer.from(await FILE.arrayBuffer())));
  });

  test('an upload that the server refuses fails', async context => {
    const { made } = await uploader(context, {}, '/upload/broken');
    await assert.rejects(made.send(FILE), /500/);
  });

  test('a file for a session that ends before it has an address fails', async context => {
    const application = await Application.start(context, { start: [{ result: { rejected: { code: 403, message: 'full' } } }] });
    const made = new ContentUploader(application.url);
    made.on('error', () => {});
    await assert.rejects(made.send(FILE), { name: 'ConnectionLost' });
  });
});
