// A UDP path that loses packets: between a browser and one address of the server, the same losses for the same seed.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Generator of numbers in [0, 1) from a seed (mulberry32). @param {number} seed @returns {() => number} */
export function randomness(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A relay in front of one server address. */
export class LossyPath {
  counts = { forwarded: 0, lost: 0 };
  /** One socket towards the server for each address of the browser. @type {Map<string, import('node:dgram').Socket>} */
  #backs = new Map();

  /** @param {{loss: number, seed: number}} options */
  constructor({ loss, seed }) {
    this.loss = loss;
    this.random = randomness(seed);
    this.front = createSocket('udp4');
  }

  async open() {
    this.front.bind(0, '127.0.0.1');
    await once(this.front, 'listening');
    this.front.on('message', (packet, from) => this.#forward(packet, this.#back(from)));
    return this;
  }

  /**
   * Puts the path in front of a candidate line of the server.
   * @param {string} line
   * @returns {string | null} nothing for a candidate that is not UDP over IPv4
   */
  rewrite(line) {
    const fields = line.split(' ');
    if (fields[2]?.toLowerCase() !== 'udp' || !/^[\d.]+$/.test(fields[4] ?? '')) return null;
    this.server ??= { address: fields[4], port: Number(fields[5]) };
    fields[4] = '127.0.0.1';
    fields[5] = String(this.front.address().port);
    return fields.join(' ');
  }

  /** The same for every candidate within a description. @param {string} sdp */
  rewriteDescription(sdp) {
    return sdp.split('\r\n').flatMap(line => {
      if (!line.startsWith('a=candidate:')) return [line];
      const rewritten = this.rewrite(line.slice(2));
      return rewritten === null ? [] : [`a=${rewritten}`];
    }).join('\r\n');
  }

  close() {
    this.front.close();
    for (const back of this.#backs.values()) back.close();
    this.#backs.clear();
  }

  /** @param {import('node:dgram').RemoteInfo} browser */
  #back(browser) {
    const key = `${browser.address}:${browser.port}`;
    let back = this.#backs.get(key);
    if (back === undefined) {
      back = createSocket('udp4');
      back.on('message', packet => this.#pass(() => this.front.send(packet, browser.port, browser.address)));
      this.#backs.set(key, back);
    }
    return back;
  }

  /**
   * @param {Buffer} packet
   * @param {import('node:dgram').Socket} back
   */
  #forward(packet, back) {
    const server = this.server;
    if (server) this.#pass(() => back.send(packet, server.port, server.address));
  }

  /** @param {() => void} send */
  #pass(send) {
    if (this.random() < this.loss) {
      this.counts.lost += 1;
    } else {
      this.counts.forwarded += 1;
      send();
    }
  }
}
