//! What decoders and the AAC encoder share of FFmpeg: opening, and pictures out of its frames.

use ffmpeg_next as ff;
use std::sync::Once;
use trellis_graph::NodeError;
use trellis_media::{Codec, Picture, PicturePool};

/// FFmpeg's name for a codec.
pub(crate) fn id_of(codec: Codec) -> ff::codec::Id {
    use ff::codec::Id;
    match codec {
        Codec::Vp8 => Id::VP8,
        Codec::Vp9 => Id::VP9,
        Codec::H264 => Id::H264,
        Codec::H265 => Id::HEVC,
        Codec::Av1 => Id::AV1,
        Codec::Mjpeg => Id::MJPEG,
        Codec::Mpeg4 => Id::MPEG4,
        Codec::Mpeg2 => Id::MPEG2VIDEO,
        Codec::Theora => Id::THEORA,
        Codec::Flv1 => Id::FLV1,
        Codec::H263 => Id::H263,
        Codec::Opus => Id::OPUS,
        Codec::Pcmu => Id::PCM_MULAW,
        Codec::Pcma => Id::PCM_ALAW,
        Codec::G722 => Id::ADPCM_G722,
        Codec::Aac => Id::AAC,
        Codec::Vorbis => Id::VORBIS,
        Codec::Mp3 => Id::MP3,
        Codec::Ac3 => Id::AC3,
        Codec::Flac => Id::FLAC,
        Codec::AmrNb => Id::AMR_NB,
        Codec::AmrWb => Id::AMR_WB,
        Codec::PcmS16 => Id::PCM_S16LE,
        Codec::AdpcmIma => Id::ADPCM_IMA_WAV,
        Codec::Speex => Id::SPEEX,
    }
}

/// Quiets FFmpeg's own log, once: what it complains of is reported by the nodes, with the element.
pub(crate) fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| ff::log::set_level(ff::log::Level::Fatal));
}

/// The parameters that a decoder is opened with.
pub(crate) struct Opening<'a> {
    pub codec: Codec,
    pub config: Option<&'a [u8]>,
    /// Sample rate and channels, for codecs whose packets do not say.
    pub sampling: Option<(u32, u16)>,
}

/// Opens a decoder with one thread: the pool is the parallelism.
#[allow(unsafe_code)]
pub(crate) fn open_decoder(opening: &Opening<'_>) -> Result<ff::decoder::Opened, NodeError> {
    init();
    let codec = ff::decoder::find(id_of(opening.codec))
        .or_else(|| (opening.codec == Codec::Av1).then(|| ff::decoder::find_by_name("libdav1d")).flatten())
        .ok_or_else(|| NodeError::new(format_args!("this FFmpeg has no decoder for {}", opening.codec)))?;
    let mut context = ff::codec::Context::new_with_codec(codec);
    // SAFETY: the context is ours and not opened yet; the extradata is allocated with av_mallocz and the padding that
    // FFmpeg asks for, and freed with the context.
    unsafe {
        let raw = context.as_mut_ptr();
        (*raw).thread_count = 1;
        (*raw).pkt_timebase = ff::ffi::AVRational { num: 1, den: 1_000_000_000 };
        if let Some((rate, channels)) = opening.sampling {
            (*raw).sample_rate = i32::try_from(rate).unwrap_or(0);
            (*raw).channels = i32::from(channels);
        }
        if let Some(config) = opening.config.filter(|config| config.len() < 1 << 20) {
            let size = config.len() + ff::ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize;
            let copy = ff::ffi::av_mallocz(size).cast::<u8>();
            if !copy.is_null() {
                std::ptr::copy_nonoverlapping(config.as_ptr(), copy, config.len());
                (*raw).extradata = copy;
                (*raw).extradata_size = config.len() as i32;
            }
        }
    }
    context
        .decoder()
        .open_as(codec)
        .map_err(|error| NodeError::new(format_args!("cannot open the decoder of {}: {error}", opening.codec)))
}

/// A scaler that may go from thread to thread, as the pool has it.
pub(crate) struct Scaler(ff::software::scaling::Context);

// SAFETY: a SwsContext has no thread affinity; it is used by one thread at a time through `&mut`.
#[allow(unsafe_code)]
unsafe impl Send for Scaler {}

/// Pixel format, width and height.
pub(crate) type Shape = (ff::format::Pixel, u32, u32);

impl Scaler {
    pub fn open(from: Shape, to: Shape) -> Result<Scaler, NodeError> {
        let flags = ff::software::scaling::Flags::BILINEAR;
        let context = ff::software::scaling::Context::get(from.0, from.1, from.2, to.0, to.1, to.2, flags);
        context.map(Scaler).map_err(NodeError::new)
    }

    pub fn takes(&self, from: Shape) -> bool {
        let input = self.0.input();
        (input.format, input.width, input.height) == from
    }

    pub fn run(&mut self, from: &ff::frame::Video, to: &mut ff::frame::Video) -> Result<(), NodeError> {
        self.0.run(from, to).map_err(NodeError::new)
    }

    /// From one picture into another of the sizes that this was opened with, without a copy on the way.
    #[allow(unsafe_code)]
    pub fn run_planes(&mut self, from: &Picture, to: &mut Picture) -> Result<(), NodeError> {
        let (input, output) = (*self.0.input(), *self.0.output());
        let (from_size, to_size) = ((from.width(), from.height()), (to.width(), to.height()));
        if from_size != (input.width, input.height) || to_size != (output.width, output.height) {
            return Err(NodeError::new("a scaler of other sizes"));
        }
        let sources = [0, 1, 2].map(|index| from.plane(index));
        let mut targets = to.planes_mut();
        let source = sources.map(|(plane, _)| plane.as_ptr());
        let source_strides = sources.map(|(_, stride)| stride as i32);
        let target_strides = [0, 1, 2].map(|index| targets[index].1 as i32);
        let target = [0, 1, 2].map(|index| targets[index].0.as_mut_ptr());
        let rows = from.height() as i32;
        // SAFETY: the context was opened for planar 4:2:0 of these sizes, so three planes are read and written, each of
        // as many rows as its slice holds. A row of a `Picture` has room up to its stride, a multiple of the 32 bytes
        // that swscale's widest vectors touch at a time, in the last row too.
        let done = unsafe {
            ff::ffi::sws_scale(
                self.0.as_mut_ptr(),
                source.as_ptr(),
                source_strides.as_ptr(),
                0,
                rows,
                target.as_ptr(),
                target_strides.as_ptr(),
            )
        };
        if done < 0 { Err(NodeError::new(ff::Error::from(done))) } else { Ok(()) }
    }
}

/// Pictures out of decoded frames; what is not 8 bit 4:2:0 is converted.
#[derive(Default)]
pub(crate) struct Pixels {
    pool: PicturePool,
    scaler: Option<Scaler>,
    converted: Option<ff::frame::Video>,
}

impl Pixels {
    pub fn picture(&mut self, frame: &ff::frame::Video) -> Result<Picture, NodeError> {
        let format = frame.format();
        if matches!(format, ff::format::Pixel::YUV420P) {
            return copy(&self.pool, frame);
        }
        let (width, height) = (frame.width(), frame.height());
        let from = (format, width, height);
        if self.scaler.as_ref().is_none_or(|scaler| !scaler.takes(from)) {
            self.scaler = Some(Scaler::open(from, (ff::format::Pixel::YUV420P, width, height))?);
            self.converted = None;
        }
        let converted = self.converted.get_or_insert_with(ff::frame::Video::empty);
        if let Some(scaler) = self.scaler.as_mut() {
            scaler.run(frame, converted)?;
        }
        copy(&self.pool, converted)
    }
}

pub(crate) fn copy(pool: &PicturePool, frame: &ff::frame::Video) -> Result<Picture, NodeError> {
    let mut picture = pool.picture(frame.width(), frame.height()).map_err(NodeError::new)?;
    let planes = picture.planes();
    for (index, (target, stride)) in picture.planes_mut().into_iter().enumerate() {
        let plane = planes[index];
        let source = frame.data(index).chunks(frame.stride(index).max(1));
        for (row, from) in target.chunks_mut(stride).zip(source).take(plane.height) {
            if let (Some(row), Some(from)) = (row.get_mut(..plane.width), from.get(..plane.width)) {
                row.copy_from_slice(from);
            }
        }
    }
    Ok(picture)
}
