// The SDK as it is delivered: small, and the same in both forms.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import * as module from '../../crates/html5/sdk/trellis.mjs';

const FOLDER = new URL('../../crates/html5/sdk/', import.meta.url);
const MOST = 15_000;

/** @param {string} name */
function read(name) {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

describe('files of the SDK', () => {
  test('the script makes one global with what the module exports, and needs no browser for it', () => {
    const globals = createContext({});
    runInContext(read('trellis.js'), globals);
    assert.deepEqual(Object.keys(globals), ['trellis']);
    assert.deepEqual(Object.keys(globals.trellis).sort(), Object.keys(module).sort());
  });

  test('either file has less than 15 KB on the wire', context => {
    for (const name of ['trellis.js', 'trellis.mjs']) {
      const size = gzipSync(read(name)).length;
      context.diagnostic(`${name}: ${size} bytes gzipped`);
      assert.ok(size < MOST, `${name} has ${size} bytes gzipped`);
    }
  });

  test('the modules together, each on its own and without comments, have less than 15 KB too', context => {
    const sizes = readdirSync(FOLDER).filter(name => name.endsWith('.js') && name !== 'trellis.js')
      .map(name => gzipSync(read(name).replace(/^[ \t]*(\/\*\*[^]*?\*\/[ \t]*\n?|\/\/.*\n)/gm, '')).length);
    const sum = sizes.reduce((total, size) => total + size, 0);
    context.diagnostic(`${sizes.length} modules: ${sum} bytes gzipped`);
    assert.ok(sum < MOST, `${sum} bytes gzipped`);
  });
});
