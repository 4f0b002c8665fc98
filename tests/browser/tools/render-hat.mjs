// Renders crates/html5/web/hat.svg to hat.png beside it: node tools/render-hat.mjs
//
// ffmpeg packs the picture: without the lowest bits of the gradients, a third of the browser's size.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch } from '../helpers/browser.js';

const folder = new URL('../../../crates/html5/web/', import.meta.url);
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 512, height: 512 } });
  await page.setContent(`<style>body { margin: 0 }</style>${await readFile(new URL('hat.svg', folder), 'utf8')}`);
  pack(await page.screenshot({ omitBackground: true }), fileURLToPath(new URL('hat.png', folder)));
} finally {
  await browser.close();
}

/**
 * @param {Buffer} png
 * @param {string} path
 */
function pack(png, path) {
  const coarse = ['r', 'g', 'b'].map(channel => `${channel}='bitand(val,252)'`).join(':');
  const filter = `format=gbrap,lutrgb=${coarse},format=rgba`;
  const output = ['-vf', filter, '-pred', 'none', '-compression_level', '100', path];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'png_pipe', '-i', '-', ...output], { input: png });
}
