// Live figures out of the browser's own statistics: rates are differences between two readings.

/**
 * @typedef {object} Figures
 * @property {string} size
 * @property {string} rate
 * @property {string} received
 * @property {string} sent
 * @property {string} trip
 * @property {string} codecs
 */

/** @import { WebRtcPeer } from './sdk/index.js' */

/** Reads one peer again and again. */
export class Gauge {
  /** @type {{at: number, frames: number, received: number, sent: number} | null} */ #last = null;

  /** @param {WebRtcPeer} peer */
  constructor(peer) {
    this.peer = peer;
  }

  /** @returns {Promise<Figures>} */
  async read() {
    /** @type {Map<string, any>} */
    const reports = new Map(/** @type {any} */ (await this.peer.connection.getStats()));
    const all = [...reports.values()];
    const inbound = all.find(report => report.type === 'inbound-rtp' && report.kind === 'video');
    const outbound = all.find(report => report.type === 'outbound-rtp' && report.kind === 'video');
    const pair = all.find(report => report.type === 'candidate-pair' && report.nominated);
    const now = {
      at: performance.now(),
      frames: inbound?.framesDecoded ?? 0,
      received: total(all, 'inbound-rtp', 'bytesReceived'),
      sent: total(all, 'outbound-rtp', 'bytesSent'),
    };
    const last = this.#last ?? now;
    this.#last = now;
    const seconds = (now.at - last.at) / 1000;
    return {
      size: inbound?.frameWidth ? `${inbound.frameWidth} × ${inbound.frameHeight}` : '–',
      rate: perSecond(now.frames - last.frames, seconds, value => `${value.toFixed(0)} /s`),
      received: perSecond(8 * (now.received - last.received), seconds, bitrate),
      sent: perSecond(8 * (now.sent - last.sent), seconds, bitrate),
      trip: pair?.currentRoundTripTime === undefined ? '–' : milliseconds(pair.currentRoundTripTime),
      codecs: codecs(reports, outbound, inbound),
    };
  }
}

/**
 * @param {any[]} reports
 * @param {string} type
 * @param {string} field
 * @returns {number}
 */
function total(reports, type, field) {
  return reports.filter(report => report.type === type).reduce((sum, report) => sum + (report[field] ?? 0), 0);
}

/**
 * @param {number} amount
 * @param {number} seconds
 * @param {(value: number) => string} show
 */
function perSecond(amount, seconds, show) {
  return seconds > 0 ? show(amount / seconds) : '–';
}

/** @param {number} seconds */
function milliseconds(seconds) {
  return seconds < 1e-4 ? '< 0.1 ms' : `${(seconds * 1000).toFixed(1)} ms`;
}

/** @param {number} bits in a second */
function bitrate(bits) {
  return bits < 1e6 ? `${(bits / 1e3).toFixed(0)} kbit/s` : `${(bits / 1e6).toFixed(2)} Mbit/s`;
}

/**
 * @param {Map<string, any>} reports
 * @param {any} outbound
 * @param {any} inbound
 */
function codecs(reports, outbound, inbound) {
  const name = (/** @type {any} */ stream) => reports.get(stream?.codecId)?.mimeType?.split('/')[1];
  const names = [name(outbound), name(inbound)].filter(Boolean);
  return names.length > 0 ? names.join(' → ') : '–';
}
