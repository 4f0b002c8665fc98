// npm's kurento-client as it is published.
//
// Its transactions call the constructor of Node's `domain.Domain` without `new`, which no Node since version 10 allows.
// A plain function in that place, set before the package loads, is all that they need.

import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { inherits } from 'node:util';

const require = createRequire(import.meta.url);
const domain = require('node:domain');

function PlainDomain() {}
PlainDomain.prototype = Object.create(EventEmitter.prototype);
PlainDomain.prototype.run = (/** @type {() => void} */ work) => work();
domain.Domain = PlainDomain;

const kurento = require('kurento-client');

// The clients of today have no HttpGetEndpoint any more: this is what was in those of Kurento 6.
const { HttpPostEndpoint } = kurento.register.classes;
function HttpGetEndpoint() { HttpPostEndpoint.super_.call(this); }
inherits(HttpGetEndpoint, HttpPostEndpoint.super_);
HttpGetEndpoint.constructorParams = {
  disconnectionTimeout: { type: 'int' },
  mediaPipeline: { type: 'kurento.MediaPipeline', required: true },
  mediaProfile: { type: 'kurento.MediaProfileSpecType' },
  terminateOnEOS: { type: 'boolean' },
};
HttpGetEndpoint.events = HttpPostEndpoint.super_.events;
kurento.register('HttpGetEndpoint', HttpGetEndpoint);

/**
 * Connects to a server.
 * @param {string} control
 * @returns {Promise<any>} the client
 */
export async function connect(control) {
  // The client remembers answers to find duplicates, on timers that would hold up the end of the process.
  const client = kurento(control, { failAfter: 1, response_timeout: 500, duplicates_timeout: 500 });
  // Some tests kill their server. The client then tries to come back by itself, and its connector, which npm has only in
  // an older version than the one that the client was made with, throws what nobody listens to.
  client._re.on('error', () => {});
  return client;
}

/** @param {RTCIceCandidateInit} candidate */
export function iceCandidate(candidate) {
  return kurento.getComplexType('IceCandidate')(candidate);
}

/**
 * The next event of a type that satisfies the condition.
 * @param {any} object
 * @param {string} type
 * @param {(event: any) => boolean} [condition]
 * @param {number} [milliseconds]
 * @returns {Promise<any>}
 */
export function nextEvent(object, type, condition = () => true, milliseconds = 15_000) {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`no ${type} in ${milliseconds} ms`)), milliseconds);
    const listener = (/** @type {any} */ event) => {
      if (!condition(event)) return;
      clearTimeout(deadline);
      object.removeListener(type, listener);
      resolve(event);
    };
    object.on(type, listener);
  });
}

/**
 * The error that a call is answered with. The promise of a method that was called without a callback resolves to
 * nothing even then, so the error is taken from a callback.
 * @param {(done: (error: any) => void) => any} call
 * @returns {Promise<any>}
 */
export function refusal(call) {
  return new Promise((resolve, reject) => {
    const made = call(error => error ? resolve(error) : reject(new Error('the call was accepted')));
    // The promise may reject besides; the callback has the error then.
    Promise.resolve(made).catch(() => {});
  });
}
