// Waiting for a condition, with a bound.

import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again and again until the answer is neither false nor nothing.
 * @template T
 * @param {string} what for the error
 * @param {() => T | null | undefined | false | Promise<T | null | undefined | false>} look
 * @param {number} [milliseconds]
 * @returns {Promise<T>}
 */
export async function until(what, look, milliseconds = 15_000) {
  const end = performance.now() + milliseconds;
  for (;;) {
    const answer = await look();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${milliseconds} ms for ${what}`);
    await pause(25);
  }
}

/** A stretch of time over which something is measured. @param {number} milliseconds */
export function measureFor(milliseconds) {
  return pause(milliseconds);
}
