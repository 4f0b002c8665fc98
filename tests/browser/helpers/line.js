// The TCP line between a client and the server: it can be cut, be dead, or swallow what the server says.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class Line {
  /** Whether the server's bytes are swallowed. */ deaf = false;
  /** Whether nobody is let through any more. */ dead = false;
  /** How many connections there were. */ opened = 0;
  /** @type {Set<import('node:net').Socket>} */ #sockets = new Set();

  /** @param {URL} target */
  constructor(target) {
    this.target = target;
    this.server = createServer(socket => this.#through(socket));
  }

  /**
   * A line to where a URL leads.
   * @param {string} url
   * @returns {Promise<Line>}
   */
  static async to(url) {
    const line = new Line(new URL(url));
    line.server.listen(0, '127.0.0.1');
    await once(line.server, 'listening');
    return line;
  }

  /** The URL with the line in its way. */
  get url() {
    const url = new URL(this.target);
    url.port = String(/** @type {import('node:net').AddressInfo} */ (this.server.address()).port);
    return url.href;
  }

  /** Breaks what is connected now; who comes after is let through again. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  close() {
    this.server.close();
    this.cut();
  }

  /** @param {import('node:net').Socket} near */
  #through(near) {
    if (this.dead) {
      near.destroy();
      return;
    }
    this.opened += 1;
    const far = connect(Number(this.target.port), this.target.hostname);
    near.on('data', bytes => far.write(bytes));
    far.on('data', bytes => { if (!this.deaf) near.write(bytes); });
    for (const [one, other] of [[near, far], [far, near]]) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => { this.#sockets.delete(one); other.destroy(); });
    }
  }
}
