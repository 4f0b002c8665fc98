//! The mixer: a hub that draws the pictures of all its ports into one, and adds their sound up.
//!
//! ```text
//!   port 0 ─ sound, picture ─►┌───────┐─► everybody's sound (for a recorder)
//!   port 1 ─ sound, picture ─►│ mixer │─► the picture: a grid of all
//!   port 2 ─ sound, picture ─►└───────┘─► for each port: the sound of the others
//! ```
//!
//! Rules of time. Pictures are drawn at ticks, sound is mixed in blocks, both counted from zero of the pipeline's
//! clock, so what was sampled together leaves together. A tick takes of each port the newest picture that is not after
//! the middle of the time that the mixed picture lasts: none is early or late by more than half of that. With [`Pace::RealTime`] a tick comes `latency` after its time and waits for nobody: who is late shows the
//! picture before, or is silent. With [`Pace::AsFastAsPossible`] a tick comes when every connected port has shown that
//! nothing earlier can come; the pipeline's clock plays no part, and a source that runs ahead of the others should
//! stand still, see [`MixerEvent`].
//!
//! A port takes a cell of the grid with its first picture, in order, and gives it up when it ends, is said to be
//! disconnected, or (in real time) has been still for [`STALL`]. An output ends when every input of its kind has ended,
//! or never: see [`Life`].
//!
//! Scaling is done here and not by a converter before each port, which costs the same (`cargo bench --bench mix`): only
//! pictures that are shown are scaled, and when the grid changes the last picture of a port that stands still is scaled
//! anew, with no tree planned again.

mod canvas;
mod grid;
mod node;
mod pictures;
mod ports;
mod sounds;
mod voice;

pub use node::{MixerCommand, MixerEvent, MixerNode, Wish};
pub use ports::PortSet;

use crate::player::Pace;
use crate::work::MIXING;
use trellis_graph::{Element, PadSpec};
use trellis_media::{Caps, Format, FrameRate, Kind, MediaTime, Picture};

/// Ports that a mixer has at the most.
pub const MAX_PORTS: usize = 64;
/// Rate and channels of the mixed sound.
pub const SAMPLING: (u32, u16) = (48_000, 2);
/// A port that gives nothing for so long leaves the mix until it gives something again: in real time only.
pub const STALL: MediaTime = MediaTime::from_secs(5);
/// Source pad of everybody's sound.
pub const SOUND: usize = 0;
/// Source pad of the picture.
pub const PICTURE: usize = 1;

/// One party's place at a mixer, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(pub usize);

impl Port {
    /// The sink pad of the party's sound.
    pub const fn sound(self) -> usize {
        self.0 * 2
    }

    /// The sink pad of the party's pictures.
    pub const fn picture(self) -> usize {
        self.0 * 2 + 1
    }

    /// The source pad of everybody's sound but the party's own.
    pub const fn others(self) -> usize {
        self.0 + 2
    }

    /// The port of a sink pad.
    const fn of(sink: usize) -> Port {
        Port(sink / 2)
    }
}

/// What a mixer gives, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixerSettings {
    /// Ports.
    pub ports: usize,
    /// Width of the picture in pixels, even.
    pub width: u32,
    /// Height of the picture in pixels, even.
    pub height: u32,
    /// Pictures a second.
    pub frame_rate: FrameRate,
    /// In real time: how long after its time a tick comes. What needs longer to get here is too late.
    pub latency: MediaTime,
    /// Whether the pipeline's clock or the media decide when a tick comes.
    pub pace: Pace,
    /// How long the outputs go on.
    pub life: Life,
}

/// How long the outputs of a mixer go on, and which of them give anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// All of them, while an input gives something; they end when all inputs have ended.
    Inputs,
    /// Those that were asked for, black and silent while nothing comes, and for ever: the picture
    /// ([`MixerCommand::Show`]) and the sound of ports that hear somebody ([`MixerCommand::Hear`]). As a hub does, in
    /// real time.
    Clock,
}

impl Default for MixerSettings {
    /// The size and rate of Kurento's Composite; a tenth of a second for jitter and decoding.
    fn default() -> MixerSettings {
        MixerSettings {
            ports: 16,
            width: 800,
            height: 600,
            frame_rate: FrameRate(15_000),
            latency: MediaTime::from_millis(100),
            pace: Pace::RealTime,
            life: Life::Inputs,
        }
    }
}

/// Why there can be no such mixer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MixerError {
    /// A size that no picture has, or an odd one, which planes of half the size cannot be cut into cells.
    #[error("{0}x{1} is no size for a mixed picture: both sides must be even, and fit a picture")]
    Size(u32, u32),
    /// A frame rate beyond sense.
    #[error("{0} pictures a second cannot be mixed: 0.1 to 240 can")]
    FrameRate(FrameRate),
    /// No port, or too many.
    #[error("a mixer has 1 to {MAX_PORTS} ports, not {0}")]
    Ports(usize),
    /// Outputs that go on by the clock, of a mixer that goes by the media.
    #[error("a mixer whose outputs go on without media must go by the clock")]
    Life,
    /// A latency that is negative or longer than anybody waits.
    #[error("a mixer's latency is 0 to 10,000 ms, not {0} ms")]
    Latency(i64),
}

impl MixerSettings {
    fn check(&self) -> Result<(), MixerError> {
        let even = |side: u32| side.is_multiple_of(2);
        if !even(self.width) || !even(self.height) || Picture::black(self.width, self.height).is_err() {
            return Err(MixerError::Size(self.width, self.height));
        }
        if !(100..=240_000).contains(&self.frame_rate.0) {
            return Err(MixerError::FrameRate(self.frame_rate));
        }
        if !(1..=MAX_PORTS).contains(&self.ports) {
            return Err(MixerError::Ports(self.ports));
        }
        if self.life == Life::Clock && self.pace != Pace::RealTime {
            return Err(MixerError::Life);
        }
        if !(MediaTime::ZERO..=MediaTime::from_secs(10)).contains(&self.latency) {
            return Err(MixerError::Latency(self.latency.millis()));
        }
        Ok(())
    }
}

/// What a sink pad of a kind accepts: raw pictures of any size, and sound that the adaptor has brought to one rate.
pub(crate) fn accepts(kind: Kind) -> Caps {
    match kind {
        Kind::Audio => Caps::like(&[Format::raw_audio(SAMPLING.0, SAMPLING.1)]),
        Kind::Video => Caps::like(&[Format::raw_video()]),
        Kind::Data => Caps::none(),
    }
}

/// A mixer as an element: sink pads are numbered by [`Port`]; source pads are [`SOUND`], [`PICTURE`] and
/// [`Port::others`].
///
/// # Errors
/// Settings that cannot be.
pub fn element(name: &str, settings: MixerSettings) -> Result<Element, MixerError> {
    settings.check()?;
    let port = |_| {
        let video = PadSpec::sink(Kind::Video, accepts(Kind::Video)).working(MIXING);
        [PadSpec::sink(Kind::Audio, accepts(Kind::Audio)), video]
    };
    let others = (0..settings.ports).map(|_| PadSpec::source(Kind::Audio));
    Ok(Element {
        name: name.into(),
        sinks: (0..settings.ports).flat_map(port).collect(),
        sources: [Kind::Audio, Kind::Video].map(PadSpec::source).into_iter().chain(others).collect(),
        // What goes on without media waits for nobody.
        live: settings.life == Life::Clock,
        node: Box::new(MixerNode::new(settings)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_be_are_refused_with_a_reason() {
        let good = MixerSettings::default();
        assert!(element("mixer", good).is_ok());
        let refused = |settings: MixerSettings| element("mixer", settings).err().unwrap();
        assert_eq!(refused(MixerSettings { width: 801, ..good }), MixerError::Size(801, 600));
        assert_eq!(refused(MixerSettings { height: 0, ..good }), MixerError::Size(800, 0));
        assert_eq!(refused(MixerSettings { ports: 65, ..good }), MixerError::Ports(65));
        assert!(matches!(refused(MixerSettings { frame_rate: FrameRate(1), ..good }), MixerError::FrameRate(_)));
        let fast = MixerSettings { life: Life::Clock, pace: Pace::AsFastAsPossible, ..good };
        assert_eq!(refused(fast), MixerError::Life);
        let latency = MediaTime::from_secs(11);
        assert_eq!(refused(MixerSettings { latency, ..good }), MixerError::Latency(11_000));
    }

    #[test]
    fn pads_lie_where_the_ports_say() {
        let mixer = element("mixer", MixerSettings { ports: 3, ..MixerSettings::default() }).unwrap();
        assert_eq!((mixer.sinks.len(), mixer.sources.len()), (6, 5));
        assert_eq!(mixer.sinks[Port(2).sound()].kind, Kind::Audio);
        assert_eq!(mixer.sinks[Port(2).picture()].kind, Kind::Video);
        assert_eq!(mixer.sources[PICTURE].kind, Kind::Video);
        assert_eq!(mixer.sources[Port(2).others()].kind, Kind::Audio);
        assert_eq!(Port::of(Port(2).picture()), Port(2));
    }
}
