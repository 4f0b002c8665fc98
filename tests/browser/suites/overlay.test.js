// Hats and images are seen in the pixels of what a viewer gets.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clip, greyClip, magentaSquare, real, still } from '../helpers/media.js';
import { RawConnection } from '../helpers/raw.js';
import { SUITE_MILLISECONDS, world } from '../helpers/world.js';

/** Where the one face of `face/astronaut.png` is, by OpenCV's own measurement. */
const FACE = { x: 177 / 512, y: 66 / 512, width: 95 / 512, height: 95 / 512 };

/** A part of the middle of a region. @param {typeof FACE} region @param {number} part */
function middle({ x, y, width, height }, part) {
  const edge = (1 - part) / 2;
  return { x: x + width * edge, y: y + height * edge, width: width * part, height: height * part };
}

/** The middle of the picture, as `addImage` takes it. */
const MIDDLE = { offsetXPercent: 0.25, offsetYPercent: 0.25, widthPercent: 0.5, heightPercent: 0.5 };

/** An image over the whole picture, as `addImage` takes it. @param {string} id @param {string} uri */
const image = (id, uri) => ({
  id, uri, offsetXPercent: 0, offsetYPercent: 0, widthPercent: 1, heightPercent: 1, keepAspectRatio: false, center: false,
});

/** @typedef {{red: number, green: number, blue: number}} Colour */

/** @param {Colour} colour */
const isMagenta = ({ red, green, blue }) => red > 180 && blue > 180 && green < 90;
/** @param {Colour} colour */
const isGrey = ({ red, green, blue }) => [red, green, blue].every(value => Math.abs(value - 128) < 25);
/** The violet of our own hat. @param {Colour} colour */
const isFelt = ({ red, green, blue }) => blue > red + 25 && red > green + 15;
/** How far two colours are apart. @param {Colour} a @param {Colour} b */
const distance = (a, b) => Math.abs(a.red - b.red) + Math.abs(a.green - b.green) + Math.abs(a.blue - b.blue);

describe('overlay', { timeout: SUITE_MILLISECONDS }, () => {
  // The hat comes from the server's own port, which URIs may not lead to unless that is said.
  const here = world({ server: { config: '[uri]\nhosts = ["loopback"]\n' } });

  /**
   * A method whose parameters have a member `id`: kurento-client sends that member in the place of all of them.
   * @param {any} object
   * @param {string} operation
   * @param {object} operationParams
   */
  async function invoke(object, operation, operationParams) {
    const raw = await RawConnection.open(here.server.control);
    try {
      return await raw.call('invoke', { object: object.id, operation, operationParams });
    } finally {
      raw.close();
    }
  }

  /** @param {any} pipeline @param {any} player @param {any} filter */
  async function throughFilter(pipeline, player, filter) {
    await player.connect(filter);
    const { peer } = await here.viewer(pipeline, filter, { codec: 'VP8', audio: false });
    await player.play();
    await peer.seesFrames(5);
    return peer;
  }

  test('an image that covers the face lies on the face, and nowhere else', async context => {
    const picture = real(context, 'face/astronaut.png');
    if (picture === null) return;
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, still(picture, 'astronaut.mp4'));
    const filter = await pipeline.create('FaceOverlayFilter');
    await filter.setOverlayedImage(magentaSquare(), 0, 0, 1, 1);
    const peer = await throughFilter(pipeline, player, filter);
    const around = [{ x: 0.02, y: 0.02, width: 0.1, height: 0.1 }, { x: 0.3, y: 0.8, width: 0.2, height: 0.15 }];
    await peer.sees('magenta on the face', [middle(FACE, 0.5), ...around],
      ([face, ...others]) => isMagenta(face) && !others.some(isMagenta));

    await filter.unsetOverlayedImage();
    await peer.sees('the face again', [middle(FACE, 0.5)], ([face]) => !isMagenta(face));
  });

  test('a hat with alpha sits above the face, and the picture shows beside it', async context => {
    const picture = real(context, 'face/astronaut.png');
    if (picture === null) return;
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, still(picture, 'astronaut.mp4'));
    const filter = await pipeline.create('FaceOverlayFilter');
    const peer = await throughFilter(pipeline, player, filter);
    // The crown of our own hat: in the middle above the forehead. Its picture is transparent left and right of it.
    const crown = { x: FACE.x + 0.4 * FACE.width, y: FACE.y - 0.5 * FACE.height, width: 0.2 * FACE.width, height: 0.15 * FACE.height };
    const mouth = { x: FACE.x + 0.35 * FACE.width, y: FACE.y + 0.7 * FACE.height, width: 0.3 * FACE.width, height: 0.2 * FACE.height };
    const beside = { x: FACE.x - 0.25 * FACE.width, y: FACE.y - 0.5 * FACE.height, width: 0.1 * FACE.width, height: 0.1 * FACE.height };
    const plain = await peer.call('colours', [crown, mouth, beside]);
    await filter.setOverlayedImage(`${here.server.url}/hat.png`, -0.3, -1.14, 1.6, 1.35);
    await peer.sees('a hat', [crown, mouth, beside], ([top, lips, side]) =>
      isFelt(top) && !isFelt(plain[0]) && distance(lips, plain[1]) < 45 && distance(side, plain[2]) < 45);
  });

  test('an image is drawn where it was asked for, and goes when it is removed', async () => {
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, greyClip());
    const filter = await pipeline.create('ImageOverlayFilter');
    const added = await invoke(filter, 'addImage', { ...image('mark', magentaSquare()), ...MIDDLE });
    assert.equal(added.error, undefined);
    const peer = await throughFilter(pipeline, player, filter);
    const regions = [
      { x: 0.3, y: 0.3, width: 0.4, height: 0.4 },
      { x: 0.05, y: 0.05, width: 0.15, height: 0.15 },
      { x: 0.8, y: 0.8, width: 0.15, height: 0.15 },
    ];
    await peer.sees('the image in the middle', regions,
      ([inside, ...outside]) => isMagenta(inside) && outside.every(isGrey));
    assert.equal((await invoke(filter, 'removeImage', { id: 'mark' })).error, undefined);
    await peer.sees('grey everywhere', regions, colours => colours.every(isGrey));
  });

  test('an image that is not one is refused with a numbered error, and the picture goes on', async () => {
    const pipeline = await here.pipeline();
    const player = await here.player(pipeline, greyClip());
    const filter = await pipeline.create('ImageOverlayFilter');
    const peer = await throughFilter(pipeline, player, filter);
    const { error } = await invoke(filter, 'addImage', image('x', clip()));
    assert.ok(error?.code >= 40000 && error.code < 50000, JSON.stringify(error));
    const { decoded } = await peer.counts();
    await peer.seesFrames(decoded + 10);
  });
});
