//! `setVideoFormat` and `setAudioFormat`: an element takes one format only.
//!
//! What comes in is converted by the plan of whoever feeds the element, and a filter gives out what it takes. An
//! element that takes nothing, such as a player, has nothing to set.

use super::element::ElementCore;
use crate::pads::{KINDS, pad};
use trellis_graph::{NodeError, PadSpec};
use trellis_media::{Alternative, Caps, Carriage, Codec, Constraint, Field, Kind};
use trellis_model::{Args, RemoteError, Value};

/// What the sink pads of one element accept.
pub(crate) struct Accepted([Pad; 3]);

#[derive(Clone, Default)]
struct Pad {
    /// What it may ever accept.
    possible: Caps,
    /// What it accepts by itself, now.
    now: Caps,
    /// What the application leaves of that.
    only: Option<Caps>,
}

impl Accepted {
    /// Of an element's pads as they are made; what else a pad may accept later is told for each kind.
    pub fn new(sinks: &[PadSpec], later: impl Fn(Kind) -> Caps) -> Accepted {
        Accepted(KINDS.map(|kind| {
            let now = sinks.get(pad(kind)).map(|sink| sink.caps.clone()).unwrap_or_default();
            let possible = if now.is_none() { later(kind) } else { now.clone() };
            Pad { possible, now, only: None }
        }))
    }
}

impl Pad {
    /// Caps for the graph; `None` when the application's wish leaves nothing.
    fn effective(&self) -> Option<Caps> {
        let Some(only) = &self.only else { return Some(self.now.clone()) };
        let left = self.now.intersect(only);
        (self.now.is_none() || !left.is_none()).then_some(left)
    }
}

/// Media of a kind that is coded, or not coded, in a way.
fn only(kind: Kind, codec: &str) -> Result<Caps, RemoteError> {
    let alternative = Alternative::any().with(Field::Kind, Constraint::One(kind.number()));
    if codec == "RAW" {
        return Ok(alternative.with(Field::Carriage, Constraint::One(Carriage::Raw.number())).into());
    }
    let known: Result<Codec, _> = codec.parse();
    let codec = known.map_err(|_| RemoteError::illegal_param(format_args!("there is no codec {codec}")))?;
    Ok(alternative.with(Field::Codec, Constraint::One(codec.number())).into())
}

impl ElementCore {
    /// What a sink pad accepts by itself from now on; caps for the graph.
    pub fn accept(&self, kind: Kind, caps: Caps) -> Caps {
        let mut accepted = self.accepted.lock();
        let pad = &mut accepted.0[pad(kind)];
        pad.now = caps;
        if let Some(caps) = pad.effective() {
            return caps;
        }
        let caps = pad.now.clone();
        drop(accepted);
        let text = NodeError::new(format_args!("the {kind} format that was set is none of those that were negotiated"));
        self.error("MEDIA_OBJECT_ILLEGAL_PARAM_ERROR", &text);
        caps
    }

    /// `setAudioFormat` or `setVideoFormat`.
    pub fn set_format(&self, kind: Kind, args: &Args) -> Result<Value, RemoteError> {
        let caps = args.record("caps")?;
        let codec = caps.text("codec").unwrap_or_default();
        let only = only(kind, &codec)?;
        let effective = {
            let mut accepted = self.accepted.lock();
            let pad = &mut accepted.0[pad(kind)];
            let mut wished = pad.clone();
            wished.only = Some(only.clone());
            let effective = wished.effective().filter(|_| !pad.possible.intersect(&only).is_none());
            let refused = || RemoteError::illegal_param(format_args!("this element takes no {kind} as {codec}"));
            let effective = effective.ok_or_else(refused)?;
            *pad = wished;
            effective
        };
        // Neither is ever converted here: pictures keep their rate, encoders of sound their bitrate.
        let left = caps.get("framerate").or_else(|| caps.get("bitrate"));
        tracing::debug!(element = %self.id, %kind, codec, ?left, "format set; rates are left as they are");
        self.pipeline.graph().turn(|turn| turn.set_caps(self.key, pad(kind), effective));
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pads::sinks;
    use trellis_media::Format;

    #[test]
    fn a_wish_is_kept_until_the_pad_accepts_anything() {
        let made = sinks(|_| Caps::none());
        let mut accepted = Accepted::new(&made, |_| Caps::like(&[Format::rtp(Codec::Vp8), Format::rtp(Codec::H264)]));
        let video = &mut accepted.0[pad(Kind::Video)];
        video.only = only(Kind::Video, "H264").ok();
        assert_eq!(video.effective(), Some(Caps::none()), "nothing is negotiated");
        video.now = video.possible.clone();
        let left = video.effective().expect("one is left");
        assert!(left.accepts(&Format::rtp(Codec::H264)) && !left.accepts(&Format::rtp(Codec::Vp8)));
        video.only = only(Kind::Video, "VP9").ok();
        assert_eq!(video.effective(), None);
        assert!(only(Kind::Video, "THEREMIN").is_err() && only(Kind::Audio, "RAW").is_ok());
    }
}
