//! What elements there are: for `trellis inspect`, and for pipelines written as text.

use crate::filter::{face_overlay, image_overlay, pass_through};
use crate::launch::{LaunchError, Written};
use crate::pads::{sinks, working_on_video};
use crate::work::{DRAWING, LOOKING_AND_DRAWING, MIXING};
use crate::{files, mixer, player, recorder};
use std::path::Path;
use trellis_containers::{ContainerKind, Track};
use trellis_graph::{Element, PadSpec, Registry};
use trellis_media::{Caps, Format, FrameRate, Kind};
use trellis_vision::Overlay;

/// A property of an element in a text pipeline.
#[derive(Debug)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// What it is when it is not written; empty where it must be written or may be absent.
    pub default: &'static str,
    /// What it means.
    pub doc: &'static str,
}

type Make = fn(&Written) -> Result<Built, LaunchError>;

/// A kind of element.
pub struct ElementKind {
    /// Its name in text pipelines.
    pub name: &'static str,
    /// The remote class that applications know it by.
    pub class: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its sink pads.
    pub sinks: fn() -> Vec<PadSpec>,
    /// What its source pads give, in words.
    pub gives: &'static str,
    /// Its properties in text pipelines.
    pub properties: &'static [Property],
    make: Option<Make>,
}

impl std::fmt::Debug for ElementKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// An element made from text.
pub struct Built {
    /// The element.
    pub element: Element,
    /// Of a player: what its file holds.
    pub tracks: Vec<Track>,
}

impl ElementKind {
    /// A property by its name.
    pub fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|property| property.name == name)
    }
}

impl Written {
    /// Makes the element.
    pub fn build(&self) -> Result<Built, LaunchError> {
        match self.kind.make {
            Some(make) => make(self),
            None => Err(LaunchError::UnknownElement(
                format!("{} in a text pipeline", self.kind.name),
                "it needs a peer, which only the server can bring".to_owned(),
            )),
        }
    }
}

/// The kind of element of a name.
pub fn find(name: &str) -> Option<&'static ElementKind> {
    ELEMENTS.iter().find(|kind| kind.name.eq_ignore_ascii_case(name) || kind.class.eq_ignore_ascii_case(name))
}

/// The machine that the costs of [`converters`] were measured on.
pub use trellis_codecs::CALIBRATION_MACHINE;

/// Every converter that this build has.
pub fn converters() -> Registry {
    Registry::new(trellis_codecs::converters().into_iter().chain(trellis_rtp::converters()))
}

const fn property(name: &'static str, default: &'static str, doc: &'static str) -> Property {
    Property { name, default, doc }
}

/// Every kind of element.
pub const ELEMENTS: &[ElementKind] = &[
    ElementKind {
        name: "player",
        class: "PlayerEndpoint",
        doc: "Plays a media file: MP4, WebM, Matroska and whatever else FFmpeg opens.",
        sinks: || sinks(|_| Caps::none()),
        gives: "the first audio and the first video track of the file, as they are stored",
        properties: &[
            property("uri", "", "the file, as a path or a file:// URI"),
            property("pace", "fast", "'fast' (as fast as the rest takes it) or 'realtime'"),
        ],
        make: Some(make_player),
    },
    ElementKind {
        name: "recorder",
        class: "RecorderEndpoint",
        doc: "Records into a file that can be read after a kill at any moment.",
        sinks: || sinks(|kind| recorder::Profile::of(ContainerKind::WebM).caps(kind)),
        gives: "nothing",
        properties: &[
            property("uri", "", "the file, as a path or a file:// URI"),
            property("profile", "auto", "'webm', 'mp4' (fragmented), 'mkv', or 'auto': by the file's ending"),
        ],
        make: Some(make_recorder),
    },
    ElementKind {
        name: "faceoverlay",
        class: "FaceOverlayFilter",
        doc: "Draws an image over every face.",
        sinks: || working_on_video(sinks(raw_video_caps), LOOKING_AND_DRAWING),
        gives: "what comes in, drawn on",
        properties: &[
            property("image", "", "the image, PNG with alpha or JPEG, as a path"),
            property("x", "0", "left edge, in widths of the face from its left edge"),
            property("y", "-0.9", "upper edge, in heights of the face from its upper edge"),
            property("width", "1", "width, in widths of the face"),
            property("height", "1", "height, in heights of the face"),
        ],
        make: Some(make_face_overlay),
    },
    ElementKind {
        name: "imageoverlay",
        class: "ImageOverlayFilter",
        doc: "Draws an image onto every picture.",
        sinks: || working_on_video(sinks(raw_video_caps), DRAWING),
        gives: "what comes in, drawn on",
        properties: &[
            property("image", "", "the image, PNG with alpha or JPEG, as a path"),
            property("x", "0", "left edge, in widths of the picture"),
            property("y", "0", "upper edge, in heights of the picture"),
            property("width", "0.25", "width, in widths of the picture"),
            property("height", "0.25", "height, in heights of the picture"),
        ],
        make: Some(make_image_overlay),
    },
    ElementKind {
        name: "passthrough",
        class: "PassThrough",
        doc: "Changes nothing.",
        sinks: || sinks(Caps::any_of),
        gives: "what comes in",
        properties: &[],
        make: Some(make_pass_through),
    },
    ElementKind {
        name: "mixer",
        class: "Composite",
        doc: "Draws the pictures of all its ports into a grid and adds their sound up. A line of text uses one port.",
        sinks: || working_on_video(sinks(mixer::accepts), MIXING),
        gives: "everybody's sound, the picture, and for each port the sound of the others",
        properties: &[
            property("width", "800", "width of the picture in pixels, even"),
            property("height", "600", "height of the picture in pixels, even"),
            property("framerate", "15", "pictures a second"),
            property("pace", "fast", "'fast' (ticks follow the media) or 'realtime' (ticks follow the clock)"),
        ],
        make: Some(make_mixer),
    },
    ElementKind {
        name: "webrtc",
        class: "WebRtcEndpoint",
        doc: "A WebRTC peer: a browser, say. In the server only: it needs somebody to exchange descriptions with.",
        sinks: || sinks(crate::webrtc_endpoint::all_caps),
        gives: "RTP of the codecs that the descriptions agreed on",
        properties: &[],
        make: None,
    },
];

/// Raw pictures; sound and data pass a video filter whatever they are.
pub(crate) fn raw_video_caps(kind: Kind) -> Caps {
    match kind {
        Kind::Video => Caps::like(&[Format::raw_video()]),
        other => Caps::any_of(other),
    }
}

fn make_player(written: &Written) -> Result<Built, LaunchError> {
    let path = files::path_of(written.required("uri")?).map_err(|error| written.bad("uri", error))?;
    let opened = player::open("player", &path, pace_of(written)?).map_err(|error| written.bad("uri", error))?;
    Ok(Built { element: opened.element, tracks: opened.tracks })
}

fn pace_of(written: &Written) -> Result<player::Pace, LaunchError> {
    match written.value("pace") {
        "fast" => Ok(player::Pace::AsFastAsPossible),
        "realtime" => Ok(player::Pace::RealTime),
        _ => Err(written.bad("pace", "'fast' or 'realtime'")),
    }
}

fn make_recorder(written: &Written) -> Result<Built, LaunchError> {
    let path = files::path_of(written.required("uri")?).map_err(|error| written.bad("uri", error))?;
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_owned();
    let profile = match written.value("profile") {
        "auto" => ending.as_str(),
        profile => profile,
    };
    let container = match profile {
        "webm" => ContainerKind::WebM,
        "mp4" => ContainerKind::Mp4,
        "mkv" => ContainerKind::Matroska,
        _ => {
            return Err(
                written.bad("profile", "a profile is 'webm', 'mp4' or 'mkv'; or the file ends in .webm, .mp4 or .mkv")
            );
        }
    };
    Ok(only(recorder::element("recorder", path, recorder::Profile::of(container))))
}

fn make_face_overlay(written: &Written) -> Result<Built, LaunchError> {
    let overlay = load(written)?;
    let placement = face_overlay::FacePlacement {
        x: written.number("x")?,
        y: written.number("y")?,
        width: written.number("width")?,
        height: written.number("height")?,
    };
    let mut node = face_overlay::FaceOverlayNode::exact();
    node.set(Some((overlay, placement)));
    Ok(only(face_overlay::element("faceoverlay", node)))
}

fn make_image_overlay(written: &Written) -> Result<Built, LaunchError> {
    let image = image_overlay::PlacedImage {
        id: "image".into(),
        overlay: load(written)?,
        placement: image_overlay::placement([
            written.number("x")?,
            written.number("y")?,
            written.number("width")?,
            written.number("height")?,
        ]),
    };
    Ok(only(image_overlay::element("imageoverlay", image_overlay::ImageOverlayNode::with(image))))
}

fn make_mixer(written: &Written) -> Result<Built, LaunchError> {
    let rate = (written.number("framerate")? * 1_000.0).round();
    let settings = mixer::MixerSettings {
        ports: 1,
        // Numbers beyond what fits become 0 or the largest, which the mixer refuses with a reason.
        width: written.number("width")? as u32,
        height: written.number("height")? as u32,
        frame_rate: FrameRate(rate as u32),
        pace: pace_of(written)?,
        ..mixer::MixerSettings::default()
    };
    let refused = |error: mixer::MixerError| match error {
        mixer::MixerError::FrameRate(_) => written.bad("framerate", error),
        _ => written.bad("width", error),
    };
    Ok(only(mixer::element("mixer", settings).map_err(refused)?))
}

fn make_pass_through(_written: &Written) -> Result<Built, LaunchError> {
    Ok(only(pass_through::element("passthrough")))
}

fn load(written: &Written) -> Result<Overlay, LaunchError> {
    let bytes = std::fs::read(Path::new(written.required("image")?)).map_err(|error| written.bad("image", error))?;
    Overlay::decode(&bytes).map_err(|error| written.bad("image", error))
}

fn only(element: Element) -> Built {
    Built { element, tracks: Vec::new() }
}
