// A UDP path that loses and delays packets: between a browser and one address of the server, the same losses for the same
// seed.

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

/**
 * How a path treats packets.
 * @typedef {object} Treatment
 * @property {number} [loss] the share that is lost
 * @property {number} [delay] milliseconds that each takes, in either direction
 * @property {number} [swing] milliseconds that every second picture, or block of sound, of a stream of RTP takes more
 * @property {number} seed
 */

/** A relay in front of one server address. */
export class LossyPath {
  counts = { forwarded: 0, lost: 0 };
  closed = false;
  /** One socket towards the server for each address of the browser. @type {Map<string, import('node:dgram').Socket>} */
  #backs = new Map();

  /** @param {Treatment} treatment */
  constructor({ loss = 0, delay = 0, swing = 0, seed }) {
    this.loss = loss;
    this.delay = delay;
    this.swing = swing;
    this.random = randomness(seed);
    this.front = createSocket('udp4');
  }

  async open() {
    this.front.bind(0, '127.0.0.1');
    await once(this.front, 'listening');
    const lanes = new Map();
    this.front.on('message', (packet, from) => this.#forward(lanes, packet, this.#back(from)));
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
    this.closed = true;
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
      const lanes = new Map();
      back.on('message', packet => this.#pass(lanes, packet, () => this.front.send(packet, browser.port, browser.address)));
      this.#backs.set(key, back);
    }
    return back;
  }

  /**
   * @param {Lanes} lanes
   * @param {Buffer} packet
   * @param {import('node:dgram').Socket} back
   */
  #forward(lanes, packet, back) {
    const server = this.server;
    if (server) this.#pass(lanes, packet, () => back.send(packet, server.port, server.address));
  }

  /**
   * @typedef {Map<number, {arrival: number, timestamp: number, second: boolean}>} Lanes of one direction: of each stream
   *   when its last packet arrives, of what it is, and whether that takes longer
   * @param {Lanes} lanes
   * @param {Buffer} packet
   * @param {() => void} send
   */
  #pass(lanes, packet, send) {
    if (this.random() < this.loss) {
      this.counts.lost += 1;
      return;
    }
    this.counts.forwarded += 1;
    if (this.delay === 0 && this.swing === 0) {
      send();
      return;
    }
    const { stream, timestamp } = place(packet);
    const lane = lanes.get(stream) ?? { arrival: 0, timestamp, second: false };
    lane.second = lane.timestamp === timestamp ? lane.second : !lane.second;
    lane.timestamp = timestamp;
    const now = performance.now();
    // A stream keeps its order.
    lane.arrival = Math.max(lane.arrival, now + this.delay + (lane.second ? this.swing : 0));
    lanes.set(stream, lane);
    setTimeout(() => { if (!this.closed) send(); }, lane.arrival - now);
  }
}

/** Of RTP its stream and what it is a part of (RFC 3550 section 5.1); all else is one stream. @param {Buffer} packet */
function place(packet) {
  const [first = 0, type = 0] = packet;
  if (packet.length < 12 || first >> 6 !== 2 || (type >= 192 && type <= 223)) return { stream: 0, timestamp: 0 };
  return { stream: packet.readUInt32BE(8), timestamp: packet.readUInt32BE(4) };
}
