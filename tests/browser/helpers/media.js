// Media files: real ones where this machine has them, made ones otherwise; and ffprobe's judgement of recordings.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MEDIA = process.env.TRELLIS_MEDIA ?? join(ROOT, '..', 'shared', 'media');

/** Where made files, screenshots and other results go. */
export const RESULTS = process.env.TRELLIS_RESULTS ?? join(ROOT, 'target', 'browser');

const QUIET = ['-nostdin', '-v', 'error', '-y'];
const BASELINE = ['-c:v', 'libx264', '-profile:v', 'baseline', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '60'];

/**
 * A file of the folder of real media, or nothing (and the test is marked as skipped) when this machine has none.
 * @param {import('node:test').TestContext} context
 * @param {string} name
 * @returns {string | null}
 */
export function real(context, name) {
  const path = join(MEDIA, name);
  if (existsSync(path)) return path;
  context.skip(`no media: ${name}`);
  return null;
}

/**
 * Makes a file once.
 * @param {string} name
 * @param {string[]} options ffmpeg's, without the output
 * @returns {string}
 */
export function made(name, options) {
  mkdirSync(RESULTS, { recursive: true });
  const path = join(RESULTS, name);
  if (existsSync(path)) return path;
  const unfinished = join(RESULTS, `part-${name}`);
  execFileSync('ffmpeg', [...QUIET, ...options, unfinished]);
  renameSync(unfinished, path);
  return path;
}

/** H.264 baseline without B-frames and AAC, 20 s: what a browser takes as it is. The demo's clip when there is one. */
export function clip() {
  if (process.env.TRELLIS_CLIP) return process.env.TRELLIS_CLIP;
  const card = ['-f', 'lavfi', '-i', 'testsrc2=s=640x480:r=30', '-f', 'lavfi', '-i', 'sine=f=440:r=48000'];
  return made('clip.mp4', [...card, '-t', '20', ...BASELINE, '-c:a', 'aac']);
}

/** Whether the clip shows a face: a machine that could not get the picture of one has a test card instead. */
export function clipHasFace() {
  return /face\.mp4$/.test(clip());
}

/** A picture that stands still, as a clip of its own size. @param {string} picture @param {string} name */
export function still(picture, name) {
  return made(name, ['-loop', '1', '-framerate', '30', '-i', picture, '-t', '20', ...BASELINE]);
}

/** A magenta square, a colour that no face has. */
export function magentaSquare() {
  return made('magenta.png', ['-f', 'lavfi', '-i', 'color=magenta:s=64x64', '-frames:v', '1', '-pix_fmt', 'rgba']);
}

/** A grey clip without sound. */
export function greyClip() {
  return made('grey.mp4', ['-f', 'lavfi', '-i', 'color=gray:s=640x480:r=30', '-t', '20', ...BASELINE]);
}

/** A white flash and a beep at every full second, for ten seconds. */
export function flashAndBeep() {
  const flash = `color=black:s=320x240:r=25:d=10,geq=lum='if(eq(mod(N,25),0),235,16)':cb=128:cr=128`;
  const beep = `aevalsrc='if(lt(mod(t,1),0.04),0.7*sin(2*PI*1000*t),0)':s=48000:d=10`;
  return made('flash.mp4', ['-f', 'lavfi', '-i', flash, '-f', 'lavfi', '-i', beep, ...BASELINE, '-c:a', 'aac']);
}

/** The demo's clip as a film for Chromium's fake camera. */
export function cameraFilm() {
  return made(`camera-${basename(clip(), '.mp4')}.mjpeg`, ['-i', clip(), '-an', '-r', '20', '-c:v', 'mjpeg', '-q:v', '4']);
}

/**
 * What ffprobe finds in a file.
 * @param {string} file
 * @returns {{video?: any, audio?: any, container: string, start: number, packets: any[]}}
 */
export function probe(file) {
  const entries = 'stream:format=format_name,start_time:packet=stream_index,pts_time,duration_time';
  const text = ffprobe(['-show_entries', entries, '-of', 'json', file]);
  const { streams, format, packets } = JSON.parse(text);
  const kind = (/** @type {string} */ name) => streams.find((/** @type {any} */ stream) => stream.codec_type === name);
  return {
    video: kind('video'),
    audio: kind('audio'),
    container: format.format_name,
    start: Number(format.start_time ?? 0),
    packets,
  };
}

/**
 * Seconds from the first to the end of the last packet, of one stream or of the whole file. A file whose writer was
 * killed has no duration in its header, so the packets are asked.
 * @param {{packets: any[]}} probed
 * @param {any} [stream]
 */
export function seconds({ packets }, stream) {
  const own = packets.filter(packet => stream === undefined || packet.stream_index === stream.index);
  const times = own.map(packet => Number(packet.pts_time)).filter(Number.isFinite);
  const last = Math.max(...own.map(packet => Number(packet.pts_time) + Number(packet.duration_time ?? 0) || 0));
  return Math.max(last, ...times) - Math.min(...times);
}

/** Decodes a whole file; throws with the decoder's words when something in it is broken. @param {string} file */
export function decodeAll(file) {
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'], { stdio: 'pipe' });
}

/** When the picture flashes white, in seconds of the file. @param {string} file @returns {number[]} */
export function flashes(file) {
  const entries = 'frame=pts_time:frame_tags=lavfi.signalstats.YAVG';
  const text = ffprobe(['-f', 'lavfi', `movie=${file},signalstats`, '-show_entries', entries, '-of', 'csv=p=0']);
  const frames = text.trim().split('\n').map(line => line.split(',').map(Number));
  return onsets(frames.map(([time, luma]) => ({ time, on: luma > 120 })), 0.3);
}

/** When a beep begins, in seconds of the file. @param {string} file @returns {number[]} */
export function beeps(file) {
  const rate = 48_000;
  const pcm = execFileSync('ffmpeg', [
    '-nostdin', '-v', 'error', '-i', file, '-map', '0:a', '-af', 'aresample=async=1000:first_pts=0',
    '-ac', '1', '-ar', String(rate), '-f', 's16le', '-',
  ], { maxBuffer: 1 << 28 });
  const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length >> 1);
  const loud = [];
  for (let index = 0; index < samples.length; index += 1) {
    if (Math.abs(samples[index]) > 6000) loud.push({ time: index / rate, on: true });
  }
  // ffmpeg moves a file's first timestamp to zero, ffprobe does not.
  const { start } = probe(file);
  return onsets(loud, 0.3).map(time => time + start);
}

/**
 * The times at which something goes on after having been off for a while.
 * @param {{time: number, on: boolean}[]} samples
 * @param {number} pause in seconds
 */
function onsets(samples, pause) {
  const starts = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { time, on } of samples) {
    if (!on) continue;
    if (time - last > pause) starts.push(time);
    last = time;
  }
  return starts;
}

/** @param {string[]} options */
function ffprobe(options) {
  return execFileSync('ffprobe', ['-v', 'error', ...options], { encoding: 'utf8', maxBuffer: 1 << 28 });
}
