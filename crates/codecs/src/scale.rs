//! Scaling of pictures, by FFmpeg's swscale.

use crate::ffmpeg::{self, Scaler};
use ffmpeg_next as ff;
use trellis_graph::{Context, Node, NodeError, Weight};
use trellis_media::{Format, Item, Payload, Picture, PicturePool};

/// Scales pictures of one stream; what it has set up is kept from one picture to the next of the same sizes.
#[derive(Default)]
pub struct PictureScaler {
    pool: PicturePool,
    open: Option<((u32, u32), Scaler)>,
}

impl PictureScaler {
    /// The picture stretched to a size in pixels; the picture itself when that is its size.
    ///
    /// # Errors
    /// A size that no picture can have, or one that swscale refuses.
    pub fn scale(&mut self, picture: &Picture, width: u32, height: u32) -> Result<Picture, NodeError> {
        if (picture.width(), picture.height()) == (width, height) {
            return Ok(picture.clone());
        }
        ffmpeg::init();
        let format = ff::format::Pixel::YUV420P;
        let from = (format, picture.width(), picture.height());
        if self.open.as_ref().is_none_or(|(to, scaler)| *to != (width, height) || !scaler.takes(from)) {
            self.open = Some(((width, height), Scaler::open(from, (format, width, height))?));
        }
        let mut scaled = self.pool.picture(width, height).map_err(NodeError::new)?;
        if let Some((_, scaler)) = self.open.as_mut() {
            scaler.run_planes(picture, &mut scaled)?;
        }
        Ok(scaled)
    }
}

/// Scales pictures to the size that its output format states.
pub(crate) struct ScaleNode {
    size: Option<(u32, u32)>,
    scaler: PictureScaler,
}

impl ScaleNode {
    pub fn new(output: &Format) -> ScaleNode {
        ScaleNode { size: output.size(), scaler: PictureScaler::default() }
    }
}

impl Node for ScaleNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, mut item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let (Payload::Picture(picture), Some((width, height))) = (&item.payload, self.size) {
            item.payload = Payload::Picture(self.scaler.scale(picture, width, height)?);
        }
        cx.emit(0, item);
        Ok(())
    }
}
