//! Reading files.

use crate::error::ContainerError;
use crate::filter::Filter;
use crate::parameters::{describe, duration_is_stated};
use crate::pcm::Layout;
use crate::time::from_ticks;
use crate::track::whole_duration;
use crate::{Track, codec};
use bytes::Bytes;
use ffmpeg_next as ff;
use ffmpeg_next::codec::packet::{Packet, side_data};
use ffmpeg_next::format::context::{Input, StreamIo};
use std::collections::VecDeque;
use std::ffi::CStr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use trellis_media::{Codec, EncodedFrame, Item, Kind, MediaTime, Payload};

/// Demuxers that read one file and nothing beside it: no playlists, which name other files and hosts.
const DEMUXERS: &str = "mov,matroska,avi,flv,mpegts,mpeg,ogg,wav,mp3,ivf,aac,amr,amrnb,amrwb,h264,hevc,obu,flac,ac3,\
    aiff,au,asf,mpegvideo,m4v,h263";
/// Bytes, and microseconds of media, that may be read to find out what the tracks are.
const PROBE_BYTES: &str = "5000000";
const PROBE_MICROS: &str = "5000000";
/// A file with more streams than this is refused.
const MOST_STREAMS: &str = "64";
const OPTIONS: &[(&str, &str)] = &[
    ("format_whitelist", DEMUXERS),
    ("protocol_whitelist", "none"),
    ("probesize", PROBE_BYTES),
    ("analyzeduration", PROBE_MICROS),
    ("max_streams", MOST_STREAMS),
];
/// What comes at its own pace is not waited for longer than it takes to know its tracks: no rate is measured.
const STREAM_OPTIONS: &[(&str, &str)] = &[("fpsprobesize", "0"), ("analyzeduration", "1000000")];
/// Packets read at the start to find the earliest time of any track.
const LOOK_AHEAD: usize = 256;
/// Packets that may fail in a row in a bitstream filter before the file counts as damaged.
const MOST_UNFILTERED: usize = 100;

/// A file that ends this much before its stated end, and a tenth of it, has been cut off.
const SHORTEST_LOSS: MediaTime = MediaTime::from_secs(1);

/// Reads a file, item by item, in the order of the file.
///
/// Times start at zero, which is the earliest presentation time in the file, the same for all tracks. H.264 and H.265
/// come as Annex B with parameter sets before every IDR picture, AAC as raw access units with their configuration.
pub struct Demuxer {
    input: Input,
    lanes: Vec<Option<Lane>>,
    /// The file's time that is our zero.
    origin: MediaTime,
    ready: VecDeque<(usize, Item)>,
    failure: Option<ContainerError>,
    ended: bool,
    unfiltered: usize,
    /// How long the file says it is; zero when it does not say.
    promised: MediaTime,
    seekable: bool,
}

/// A track on its way through.
struct Lane {
    codec: Codec,
    time_base: ff::Rational,
    filter: Option<Filter>,
    config: Option<Arc<[u8]>>,
    /// Of plain samples, which are cut into short frames.
    layout: Option<Layout>,
    /// Where the last frame ended, for packets without a time.
    end: MediaTime,
}

impl Demuxer {
    /// Opens a file.
    ///
    /// # Errors
    /// [`ContainerError::Open`], [`ContainerError::NotMedia`] and [`ContainerError::NoTrack`].
    pub fn open(path: impl AsRef<Path>) -> Result<(Demuxer, Vec<Track>), ContainerError> {
        let path = path.as_ref();
        let failed = |error| ContainerError::Open(path.to_path_buf(), error);
        // Asked before it is opened: opening a pipe without a writer, or reading a terminal, would wait for ever.
        let kind = std::fs::metadata(path).map_err(failed)?.file_type();
        if kind.is_dir() {
            return Err(failed(std::io::ErrorKind::IsADirectory.into()));
        }
        if !kind.is_file() {
            return Err(failed(std::io::Error::other("not a file but a device, pipe or socket")));
        }
        Demuxer::read(File::open(path).map_err(failed)?)
    }

    /// Reads from what comes only once, such as a connection. [`Demuxer::seek`] fails. Blocks while nothing comes.
    ///
    /// # Errors
    /// [`ContainerError::NotMedia`], also for what could be read if it were seekable (an MP4 whose index is at its end),
    /// and [`ContainerError::NoTrack`].
    pub fn stream(reader: impl Read + Send + 'static) -> Result<(Demuxer, Vec<Track>), ContainerError> {
        crate::prepare();
        let options = OPTIONS.iter().chain(STREAM_OPTIONS).collect();
        let opened = StreamIo::from_read(reader).and_then(|io| ff::format::input_from_stream(io, None, Some(options)));
        let (demuxer, tracks) = Demuxer::of(opened.map_err(|error| ContainerError::NotMedia(error.to_string()))?)?;
        Ok((Demuxer { seekable: false, ..demuxer }, tracks))
    }

    /// Reads from anything seekable.
    ///
    /// # Errors
    /// [`ContainerError::NotMedia`] and [`ContainerError::NoTrack`].
    pub fn read(reader: impl Read + Seek + Send + 'static) -> Result<(Demuxer, Vec<Track>), ContainerError> {
        Demuxer::of(open_input(reader).map_err(|error| ContainerError::NotMedia(error.to_string()))?)
    }

    fn of(input: Input) -> Result<(Demuxer, Vec<Track>), ContainerError> {
        let whole = whole_duration(&input);
        let tracks: Vec<Track> = input.streams().filter_map(|stream| Track::of(&stream, whole)).collect();
        if tracks.is_empty() {
            let names: Vec<&str> = input.streams().map(|stream| stream.parameters().id().name()).collect();
            return Err(ContainerError::NoTrack(names.join(", ")));
        }
        let lanes = input.streams().map(|stream| Lane::of(&stream, &tracks)).collect();
        let mut demuxer = Demuxer {
            lanes,
            origin: MediaTime::ZERO,
            ready: VecDeque::new(),
            failure: None,
            ended: false,
            unfiltered: 0,
            promised: if duration_is_stated(&input) { whole } else { MediaTime::ZERO },
            seekable: true,
            input,
        };
        demuxer.find_origin(tracks.len());
        Ok((demuxer, tracks))
    }

    /// The next item of the file, with the id of its track; `None` at the end.
    ///
    /// # Errors
    /// [`ContainerError::Damaged`], once; after it comes the end.
    #[allow(clippy::should_implement_trait, reason = "it answers a Result of an Option, and is no iterator")]
    pub fn next(&mut self) -> Result<Option<(usize, Item)>, ContainerError> {
        loop {
            if let Some((track, mut item)) = self.ready.pop_front() {
                item.time = item.time - self.origin;
                if let Payload::Frame(frame) = &mut item.payload {
                    frame.decode_time = frame.decode_time - self.origin;
                }
                return Ok(Some((track, item)));
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if self.ended {
                return Ok(None);
            }
            self.read_packet();
        }
    }

    /// Goes to the last keyframe at or before `time`; the next items are from there on.
    ///
    /// # Errors
    /// [`ContainerError::Seek`]; the place in the file is then not defined.
    pub fn seek(&mut self, time: MediaTime) -> Result<(), ContainerError> {
        if !self.seekable {
            return Err(ContainerError::Seek("it comes only once".into()));
        }
        let micros = (time + self.origin).nanos().div_euclid(1_000);
        let result = self.input.seek(micros, ..micros).or_else(|_| self.input.seek(micros, ..));
        result.map_err(|error| ContainerError::Seek(error.to_string()))?;
        self.ready.clear();
        self.failure = None;
        self.ended = false;
        for lane in self.lanes.iter_mut().flatten() {
            if let Some(filter) = &mut lane.filter {
                filter.flush();
            }
            lane.end = time + self.origin;
        }
        Ok(())
    }

    /// Reads until every track has shown its first time.
    fn find_origin(&mut self, tracks: usize) {
        let mut seen = Vec::new();
        for _ in 0..LOOK_AHEAD {
            if seen.len() == tracks || self.ended {
                break;
            }
            self.read_packet();
            if let Some((track, _)) = self.ready.back().filter(|(track, _)| !seen.contains(track)) {
                seen.push(*track);
            }
        }
        self.origin = self.ready.iter().map(|(_, item)| item.time).min().unwrap_or(MediaTime::ZERO);
    }

    /// Reads one packet of the file into `ready`, or notes the end.
    fn read_packet(&mut self) {
        let mut packet = Packet::empty();
        match packet.read(&mut self.input) {
            Ok(()) => {}
            Err(ff::Error::Eof) => return self.end(),
            Err(error) => return self.fail(error),
        }
        let id = packet.stream();
        // Streams may come to light after the start (MPEG-TS): those are not played.
        let Some(lane) = self.lanes.get_mut(id).and_then(Option::as_mut) else { return };
        let corrupt = packet.is_corrupt();
        let mut filtered = Vec::new();
        match lane.filter(packet, &mut filtered) {
            Ok(()) => self.unfiltered = 0,
            Err(error) => {
                tracing::debug!(track = id, %error, corrupt, "packet left out");
                self.unfiltered += 1;
                if self.unfiltered > MOST_UNFILTERED {
                    return self.fail(error);
                }
            }
        }
        for packet in filtered {
            let Some(item) = lane.item(packet) else { continue };
            match lane.layout {
                Some(layout) => self.ready.extend(layout.cut(item).into_iter().map(|item| (id, item))),
                None => self.ready.push_back((id, item)),
            }
        }
    }

    /// The end, which has come too early when the file says that it is much longer. FFmpeg itself takes the end of a
    /// Matroska file that was cut off for a good one.
    fn end(&mut self) {
        self.ended = true;
        let end = self.lanes.iter().flatten().map(|lane| lane.end).max().unwrap_or_default() - self.origin;
        let tolerance = MediaTime::from_nanos(self.promised.nanos() / 10).max(SHORTEST_LOSS);
        if end + tolerance < self.promised {
            self.failure = Some(ContainerError::Damaged(format!("it ends at {end} of {}", self.promised)));
        }
    }

    fn fail(&mut self, error: ff::Error) {
        self.ended = true;
        self.failure = Some(ContainerError::Damaged(error.to_string()));
    }
}

fn open_input(reader: impl Read + Seek + Send + 'static) -> Result<Input, ff::Error> {
    crate::prepare();
    let mut reader = Shared(Arc::new(Mutex::new(reader)));
    let open = |reader, options: &[(&str, &str)]| {
        ff::format::input_from_stream(StreamIo::from_read_seek(reader)?, None, Some(options.iter().collect()))
    };
    open(reader.clone(), OPTIONS).or_else(|error| {
        // FFmpeg looks through all fragments of an MP4 first, and refuses the file when the last one is cut off, as a
        // loss of power leaves it. Without its index the fragments are read one by one.
        reader.rewind().map_err(|_| error)?;
        open(reader, &[OPTIONS, &[("fflags", "ignidx")]].concat()).map_err(|_| error)
    })
}

/// A reader that can be tried twice.
struct Shared<R>(Arc<Mutex<R>>);

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Shared(Arc::clone(&self.0))
    }
}

impl<R: Read> Read for Shared<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(into)
    }
}

impl<R: Seek> Seek for Shared<R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seek(to)
    }
}

impl Lane {
    fn of(stream: &ff::Stream, tracks: &[Track]) -> Option<Lane> {
        let track = tracks.iter().find(|track| track.id == stream.index())?;
        let parameters = stream.parameters();
        let codec = codec::from_id(parameters.id())?;
        let filter = filter_for(codec, &describe(&parameters).extradata).and_then(|name| {
            // A track that its filter refuses has a broken configuration; its packets may still be good.
            Filter::open(name, &parameters, stream.time_base())
                .inspect_err(|error| tracing::warn!(track = track.id, %error, "configuration not usable"))
                .ok()
        });
        Some(Lane {
            codec,
            time_base: stream.time_base(),
            filter,
            config: track.config.clone(),
            layout: Layout::of(codec, track.format.sampling()),
            end: MediaTime::ZERO,
        })
    }

    fn filter(&mut self, packet: Packet, out: &mut Vec<Packet>) -> Result<(), ff::Error> {
        match &mut self.filter {
            Some(filter) => filter.push(packet, out),
            None => {
                out.push(packet);
                Ok(())
            }
        }
    }

    /// An item in the file's times; `None` for an empty packet.
    fn item(&mut self, packet: Packet) -> Option<Item> {
        let new_config = packet.side_data().find(|data| data.kind() == side_data::Type::NewExtraData);
        if let Some(data) = new_config.filter(|data| self.codec == Codec::Aac && !data.data().is_empty()) {
            self.config = Some(data.data().into());
        }
        packet.data().filter(|data| !data.is_empty())?;
        let at = |ticks: i64| from_ticks(ticks, self.time_base);
        let time = packet.pts().or(packet.dts()).map_or(self.end, at);
        let decode_time = packet.dts().map_or(time, at);
        let duration = at(packet.duration().max(0));
        let audio = self.codec.kind() == Kind::Audio;
        let keyframe = audio || packet.is_key();
        self.end = time + duration;
        let frame = EncodedFrame {
            keyframe,
            decode_time: if audio { time } else { decode_time.min(time) },
            duration,
            config: self.config.clone().filter(|_| keyframe),
            data: Bytes::from_owner(Data(packet)),
        };
        Some(Item { time, payload: Payload::Frame(frame) })
    }
}

/// A packet's bytes, shared instead of copied.
struct Data(Packet);

impl AsRef<[u8]> for Data {
    fn as_ref(&self) -> &[u8] {
        self.0.data().unwrap_or_default()
    }
}

/// The filter that brings a codec into the form that [`EncodedFrame`] documents.
fn filter_for(codec: Codec, extradata: &[u8]) -> Option<&'static CStr> {
    // The first byte of avcC and hvcC is their version, 1; Annex B starts with zeros.
    let length_prefixed = extradata.first() == Some(&1);
    match codec {
        Codec::H264 if length_prefixed => Some(c"h264_mp4toannexb"),
        Codec::H265 if length_prefixed => Some(c"hevc_mp4toannexb"),
        // Before each keyframe, where they are not there already.
        Codec::H264 | Codec::H265 if !extradata.is_empty() => Some(c"dump_extra"),
        Codec::Aac if extradata.is_empty() => Some(c"aac_adtstoasc"),
        _ => None,
    }
}
