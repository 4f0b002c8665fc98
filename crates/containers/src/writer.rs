//! The file while it is written: FFmpeg's muxer, and what it must be told.
//!
//! Every packet is written with its exact duration, known when the next one of its track comes: each track holds one
//! frame back. FFmpeg orders the tracks' packets among themselves and waits for a silent track at most
//! [`INTERLEAVE_MICROS`]; a part of the file (cluster or fragment) is closed and given to the operating system after
//! [`PART_MILLIS`]. Together they are what a kill can cost.

use crate::ContainerKind;
use crate::error::ContainerError;
use crate::time::to_ticks;
use ffmpeg_next as ff;
use ffmpeg_next::codec::Parameters;
use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context::{Output, StreamIo};
use std::io::{Seek, Write};
use trellis_media::{Codec, EncodedFrame, Kind, MediaTime};

/// How much media a cluster or fragment holds.
const PART_MILLIS: u32 = 400;
/// How long a packet waits for the other tracks.
const INTERLEAVE_MICROS: &str = "400000";

/// How many bytes a cluster may have.
const CLUSTER_BYTES: &str = "5242880";

/// Bytes gathered for one write: a part of the file as a rule, so that a kill leaves whole parts.
const BUFFER: usize = 512 * 1024;

/// What a file is written to.
pub(crate) trait Sink: Write + Seek + Send {}
impl<T: Write + Seek + Send> Sink for T {}

/// Where a file goes.
pub(crate) enum Out {
    /// Where the header can be gone back to.
    File(Box<dyn Sink>),
    /// Where it cannot.
    Onward(Box<dyn Write + Send>),
}

/// A file with its header written.
pub(crate) struct Writer {
    output: Output,
    lanes: Vec<Lane>,
}

/// A track of the file.
struct Lane {
    video: bool,
    /// Whether it may go on: video begins with a keyframe.
    begun: bool,
    time_base: ff::Rational,
    /// Whether decoding and presentation order may differ.
    reorders: bool,
    /// Added to all times.
    delay: MediaTime,
    held: Option<Held>,
    last_decode: Option<i64>,
    last_duration: i64,
}

/// A frame whose duration is not known yet, in ticks.
struct Held {
    frame: EncodedFrame,
    presentation: i64,
    decode: i64,
}

fn failed(error: ff::Error) -> ContainerError {
    ContainerError::Write(error.to_string())
}

impl Writer {
    /// Writes the header of a file with these tracks, of which none decodes before `earliest`.
    pub fn start(
        container: ContainerKind,
        tracks: Vec<(Codec, Parameters)>,
        earliest: MediaTime,
        out: Out,
    ) -> Result<Writer, ContainerError> {
        let options = options(container, &out);
        let stream = match out {
            Out::File(out) => StreamIo::from_write_seek_with_capacity(out, BUFFER),
            Out::Onward(out) => StreamIo::from_write_with_capacity(out, BUFFER),
        };
        let stream = stream.map_err(failed)?;
        let mut output = ff::format::output_to_stream(stream, None, Some(container.muxer())).map_err(failed)?;
        let mut lanes = Vec::new();
        for (codec, parameters) in tracks {
            let time_base = time_base(codec, &parameters);
            let delay = delay(container, codec, &parameters, earliest);
            let mut stream = output.add_stream(ff::codec::Id::None).map_err(failed)?;
            stream.set_time_base(time_base);
            stream.set_parameters(parameters);
            lanes.push(Lane {
                video: codec.kind() == Kind::Video,
                begun: codec.kind() == Kind::Audio,
                time_base,
                reorders: matches!(codec, Codec::H264 | Codec::H265),
                delay,
                held: None,
                last_decode: None,
                last_duration: 0,
            });
        }
        output.write_header_with(options).map_err(failed)?;
        for (lane, stream) in lanes.iter_mut().zip(output.streams()) {
            lane.time_base = stream.time_base();
        }
        Ok(Writer { output, lanes })
    }

    /// Writes a frame of a track.
    pub fn write(&mut self, track: usize, time: MediaTime, frame: &EncodedFrame) -> Result<(), ContainerError> {
        let lane = self.lanes.get_mut(track).ok_or(ContainerError::Item(track))?;
        match lane.hold(time, frame) {
            Some(packet) => self.write_packet(track, packet),
            None => Ok(()),
        }
    }

    /// Whether a track of the file is video.
    pub fn is_video(&self, track: usize) -> bool {
        self.lanes.get(track).is_some_and(|lane| lane.video)
    }

    /// Closes the cluster or fragment, and gives out everything but what is held back.
    pub fn cut(&mut self) -> Result<(), ContainerError> {
        crate::flush::flush(&mut self.output).map_err(failed)
    }

    /// Writes what is held back, and gives everything to the operating system.
    pub fn flush(&mut self) -> Result<(), ContainerError> {
        self.write_held()?;
        self.cut()
    }

    /// Writes what is held back, and what the container has at its end: sizes, duration, index.
    pub fn finish(mut self) -> Result<(), ContainerError> {
        self.write_held()?;
        self.output.write_trailer().map_err(failed)
    }

    fn write_held(&mut self) -> Result<(), ContainerError> {
        for track in 0..self.lanes.len() {
            if let Some(packet) = self.lanes.get_mut(track).and_then(Lane::last) {
                self.write_packet(track, packet)?;
            }
        }
        Ok(())
    }

    fn write_packet(&mut self, track: usize, mut packet: Packet) -> Result<(), ContainerError> {
        packet.set_stream(track);
        packet.write_interleaved(&mut self.output).map_err(failed)
    }
}

/// Ticks that the codec's times fall on; the container may choose another.
fn time_base(codec: Codec, parameters: &Parameters) -> ff::Rational {
    let rate = crate::parameters::describe(parameters).sample_rate;
    if codec.kind() == Kind::Audio && rate > 0 { ff::Rational(1, rate) } else { ff::Rational(1, 90_000) }
}

/// What is added to a track's times.
fn delay(container: ContainerKind, codec: Codec, parameters: &Parameters, earliest: MediaTime) -> MediaTime {
    match container {
        // Fragments cannot decode before zero, as reordered pictures want to: everything moves.
        ContainerKind::Mp4 => MediaTime::ZERO - earliest.min(MediaTime::ZERO),
        // A reader takes CodecDelay, Opus' pre-skip, from the times of the blocks; this version of FFmpeg writes the
        // one without adding the other.
        ContainerKind::WebM | ContainerKind::Matroska if codec == Codec::Opus => {
            MediaTime::from_ticks(crate::parameters::describe(parameters).padding.into(), 48_000)
        }
        ContainerKind::WebM | ContainerKind::Matroska => MediaTime::ZERO,
    }
}

fn options(container: ContainerKind, out: &Out) -> ff::Dictionary<'static> {
    let onward = matches!(out, Out::Onward(_));
    let mut options = ff::Dictionary::new();
    options.set("flush_packets", "1");
    options.set("max_interleave_delta", INTERLEAVE_MICROS);
    // Nothing may be moved: the muxer of MP4 would make the first time of every track zero.
    options.set("avoid_negative_ts", "disabled");
    match container {
        ContainerKind::WebM | ContainerKind::Matroska => {
            options.set("cluster_time_limit", &PART_MILLIS.to_string());
            if onward {
                options.set("live", "1");
                // Without it clusters have 32 KB where nothing can be gone back to.
                options.set("cluster_size_limit", CLUSTER_BYTES);
            }
        }
        ContainerKind::Mp4 => {
            // `frag_discont` lets a track that starts late say so in its first fragment, as there are no edit lists:
            // those are for files whose header is written last. An index at the end has no use where there is no end.
            let index = if onward { "+skip_trailer" } else { "" };
            options.set("movflags", &format!("empty_moov+default_base_moof+frag_discont{index}"));
            options.set("use_editlist", "0");
            options.set("frag_duration", &(PART_MILLIS * 1_000).to_string());
        }
    }
    options
}

impl Lane {
    /// Holds a frame back, and answers with the one before it, whose duration is known now.
    fn hold(&mut self, time: MediaTime, frame: &EncodedFrame) -> Option<Packet> {
        self.begun |= frame.keyframe;
        if !self.begun {
            return None;
        }
        let presentation = to_ticks(time + self.delay, self.time_base);
        let wish = if self.reorders { to_ticks(frame.decode_time + self.delay, self.time_base) } else { presentation };
        // Decoding times rise strictly; a source that repeats one, or goes back, is put right by a tick.
        let earliest = self.last_decode.map_or(i64::MIN, |last| last.saturating_add(1));
        let decode = wish.min(presentation).max(earliest);
        self.last_decode = Some(decode);
        let held = Held { frame: frame.clone(), presentation: presentation.max(decode), decode };
        let previous = self.held.replace(held)?;
        self.last_duration = decode.saturating_sub(previous.decode);
        Some(previous.packet(self.last_duration))
    }

    /// The frame held back, when no other is there to end it: it lasts as long as it says, or as the one before it did.
    fn last(&mut self) -> Option<Packet> {
        let held = self.held.take()?;
        let own = to_ticks(held.frame.duration, self.time_base);
        Some(held.packet(if own > 0 { own } else { self.last_duration }))
    }
}

impl Held {
    fn packet(&self, duration: i64) -> Packet {
        let mut packet = Packet::copy(&self.frame.data);
        packet.set_pts(Some(self.presentation));
        packet.set_dts(Some(self.decode));
        packet.set_duration(duration);
        if self.frame.keyframe {
            packet.set_flags(ff::codec::packet::Flags::KEY);
        }
        packet
    }
}
