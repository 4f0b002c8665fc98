// A WebSocket of our own making, for frames that no client library would send (RFC 6455). Text up to 64 KiB.

import { randomBytes } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { once } from 'node:events';

const TEXT = 1;
const BINARY = 2;

export class RawConnection {
  /** Answers that belong to no call, and notifications. @type {any[]} */
  strays = [];
  /** @type {Map<number, (message: any) => void>} */
  #calls = new Map();
  #lastId = 1000;
  #received = Buffer.alloc(0);

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.socket = socket;
  }

  /** @param {string} url @returns {Promise<RawConnection>} */
  static async open(url) {
    const { hostname, port, pathname } = new URL(url);
    const socket = connectTcp(Number(port), hostname);
    await once(socket, 'connect');
    const key = randomBytes(16).toString('base64');
    socket.write([
      `GET ${pathname} HTTP/1.1`, `Host: ${hostname}:${port}`, 'Upgrade: websocket', 'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13', '', '',
    ].join('\r\n'));
    const connection = new RawConnection(socket);
    await new Promise((resolve, reject) => {
      socket.once('data', data => {
        const end = data.indexOf('\r\n\r\n');
        if (!data.subarray(0, end).toString().includes(' 101 ')) reject(new Error(data.toString()));
        connection.#take(data.subarray(end + 4));
        socket.on('data', more => connection.#take(more));
        resolve(undefined);
      });
    });
    return connection;
  }

  /** @param {string} method @param {object} params @returns {Promise<any>} the whole answer */
  call(method, params) {
    const id = this.#lastId++;
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`no answer to ${method}`)), 10_000);
      this.#calls.set(id, message => { clearTimeout(deadline); resolve(message); });
      this.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** @param {string} text */
  send(text) {
    this.#frame(TEXT, Buffer.from(text));
  }

  /** @param {Buffer} bytes */
  sendBinary(bytes) {
    this.#frame(BINARY, bytes);
  }

  close() {
    this.socket.destroy();
  }

  /** @param {number} kind @param {Buffer} payload */
  #frame(kind, payload) {
    const mask = randomBytes(4);
    const length = payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 255]);
    const masked = Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]));
    this.socket.write(Buffer.concat([Buffer.from([0x80 | kind]), length, mask, masked]));
  }

  /** @param {Buffer} bytes */
  #take(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const [, short = 0] = this.#received;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (this.#received.length < header) return;
      const length = short < 126 ? short
        : short === 126 ? this.#received.readUInt16BE(2) : Number(this.#received.readBigUInt64BE(2));
      if (this.#received.length < header + length) return;
      const payload = this.#received.subarray(header, header + length);
      const kind = this.#received[0] & 15;
      this.#received = this.#received.subarray(header + length);
      if (kind === TEXT) this.#message(JSON.parse(payload.toString()));
    }
  }

  /** @param {any} message */
  #message(message) {
    const call = this.#calls.get(message.id);
    if (call === undefined) {
      this.strays.push(message);
    } else {
      this.#calls.delete(message.id);
      call(message);
    }
  }
}
