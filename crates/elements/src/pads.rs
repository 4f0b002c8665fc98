//! The pads that every element of Kurento's model has: one for each kind of media, numbered by it.

use trellis_graph::{PadSpec, Work};
use trellis_media::{Caps, Kind};

/// Kinds in the order of the pads.
pub const KINDS: [Kind; 3] = [Kind::Audio, Kind::Video, Kind::Data];

/// The number of the pad of a kind, sink or source.
pub fn pad(kind: Kind) -> usize {
    match kind {
        Kind::Audio => 0,
        Kind::Video => 1,
        Kind::Data => 2,
    }
}

/// A sink pad for each kind; what is accepted is told for each.
pub fn sinks(caps: impl Fn(Kind) -> Caps) -> Vec<PadSpec> {
    KINDS.iter().map(|kind| PadSpec::sink(*kind, caps(*kind))).collect()
}

/// These sink pads, where that of video costs the element this.
pub fn working_on_video(sinks: Vec<PadSpec>, work: Work) -> Vec<PadSpec> {
    let of = |pad: PadSpec| if pad.kind == Kind::Video { pad.working(work) } else { pad };
    sinks.into_iter().map(of).collect()
}

/// A source pad for each kind.
pub fn sources() -> Vec<PadSpec> {
    KINDS.iter().map(|kind| PadSpec::source(*kind)).collect()
}

/// A source pad for each kind that gives what comes into the sink pad of that kind.
pub fn sources_like_sinks() -> Vec<PadSpec> {
    KINDS.iter().map(|kind| PadSpec::source_like(*kind, pad(*kind))).collect()
}

/// What a pad is called in reports.
pub fn name(pad: usize) -> &'static str {
    KINDS.get(pad).map_or("pictures to look at", |kind| kind.name())
}
