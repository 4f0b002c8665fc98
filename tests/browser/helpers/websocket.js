// The browser's WebSocket for a Node that has none (before version 22): as much of it as a client of JSON-RPC needs.

import { randomBytes } from 'node:crypto';
import { request } from 'node:http';

const [TEXT, CLOSE] = [1, 8];

class PlainWebSocket {
  readyState = 0;
  /** @type {any} */ onopen = null;
  /** @type {any} */ onclose = null;
  /** @type {any} */ onerror = null;
  /** @type {any} */ onmessage = null;
  #received = Buffer.alloc(0);
  /** @type {import('node:stream').Duplex | undefined} */ #socket;

  /** @param {string | URL} url */
  constructor(url) {
    const headers = {
      Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    };
    const asked = request(String(url).replace(/^ws/, 'http'), { headers });
    this.asked = asked;
    asked.on('error', () => this.#closed('no connection'));
    asked.on('response', () => { asked.destroy(); this.#closed('no WebSocket'); });
    asked.on('upgrade', (_response, socket, head) => this.#opened(socket, head));
    asked.end();
  }

  /** @param {string} text */
  send(text) {
    this.#frame(TEXT, Buffer.from(text));
  }

  close() {
    if (this.#socket) this.#frame(CLOSE, Buffer.alloc(0));
    this.#socket?.end();
    this.asked.destroy();
  }

  /** @param {import('node:stream').Duplex} socket @param {Buffer} head */
  #opened(socket, head) {
    this.#socket = socket;
    this.readyState = 1;
    socket.on('error', () => {});
    socket.on('close', () => this.#closed('the line broke'));
    socket.on('data', bytes => this.#take(bytes));
    this.onopen?.();
    this.#take(head);
  }

  /** @param {string} reason */
  #closed(reason) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code: 1006, reason });
  }

  /** @param {number} kind @param {Buffer} payload */
  #frame(kind, payload) {
    const mask = randomBytes(4);
    const long = Buffer.alloc(2);
    long.writeUInt16BE(payload.length);
    const length = payload.length < 126 ? [Buffer.from([0x80 | payload.length])] : [Buffer.from([0x80 | 126]), long];
    const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    this.#socket?.write(Buffer.concat([Buffer.from([0x80 | kind]), ...length, mask, masked]));
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const [kind = 0, short = 0] = this.#received;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (this.#received.length < header) return;
      const length = short < 126 ? short
        : short === 126 ? this.#received.readUInt16BE(2) : Number(this.#received.readBigUInt64BE(2));
      if (this.#received.length < header + length) return;
      const payload = this.#received.subarray(header, header + length);
      this.#received = this.#received.subarray(header + length);
      if ((kind & 15) === TEXT) this.onmessage?.({ data: payload.toString() });
      if ((kind & 15) === CLOSE) this.#socket?.end();
    }
  }
}

/** @type {any} */
export const WebSocket = globalThis.WebSocket ?? PlainWebSocket;
