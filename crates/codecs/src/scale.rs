//! Scaling of pictures, by FFmpeg's swscale.

use crate::ffmpeg::{self, Scaler, copy};
use ffmpeg_next as ff;
use trellis_graph::{Context, Node, NodeError, Weight};
use trellis_media::{Format, Item, Payload, Picture, PicturePool};

/// Scales pictures to the size that its output format states.
pub(crate) struct ScaleNode {
    size: Option<(u32, u32)>,
    pool: PicturePool,
    scaler: Option<(Scaler, ff::frame::Video, ff::frame::Video)>,
}

impl ScaleNode {
    pub fn new(output: &Format) -> ScaleNode {
        ScaleNode { size: output.size(), pool: PicturePool::new(), scaler: None }
    }

    fn scale(&mut self, picture: &Picture, width: u32, height: u32) -> Result<Picture, NodeError> {
        ffmpeg::init();
        let format = ff::format::Pixel::YUV420P;
        let from = (format, picture.width(), picture.height());
        if self.scaler.as_ref().is_none_or(|(scaler, ..)| !scaler.takes(from)) {
            let scaler = Scaler::open(from, (format, width, height))?;
            self.scaler = Some((scaler, ff::frame::Video::new(format, from.1, from.2), ff::frame::Video::empty()));
        }
        let Some((scaler, input, output)) = self.scaler.as_mut() else { return Err(NodeError::new("no scaler")) };
        fill(input, picture);
        scaler.run(input, output)?;
        copy(&self.pool, output)
    }
}

fn fill(frame: &mut ff::frame::Video, picture: &Picture) {
    for (index, plane) in picture.planes().into_iter().enumerate() {
        let (bytes, stride) = picture.plane(index);
        let target = frame.stride(index).max(1);
        for (to, from) in frame.data_mut(index).chunks_mut(target).zip(bytes.chunks(stride)).take(plane.height) {
            if let (Some(to), Some(from)) = (to.get_mut(..plane.width), from.get(..plane.width)) {
                to.copy_from_slice(from);
            }
        }
    }
}

impl Node for ScaleNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, mut item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let (Payload::Picture(picture), Some((width, height))) = (&item.payload, self.size)
            && (picture.width(), picture.height()) != (width, height)
        {
            item.payload = Payload::Picture(self.scale(picture, width, height)?);
        }
        cx.emit(0, item);
        Ok(())
    }
}
