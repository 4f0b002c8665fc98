//! How many bits a second an encoder of video spends: what the application wishes, what the receivers can take.
//!
//! The wish is a property of the element behind whose output the encoder runs; estimates and limits are properties of
//! the elements that it feeds. An encoder is the graph's: it comes and goes with the plan, so what it is asked for is
//! asked again whenever one may be new.

use super::element::ElementCore;
use crate::pads::pad;
use std::sync::atomic::{AtomicI64, Ordering};
use trellis_graph::Request;
use trellis_media::Kind;
use trellis_model::{Args, RemoteError, Value};

/// The wishes of one element for the video that leaves it, in bits a second; 0 is none.
#[derive(Default)]
pub struct Bitrates {
    /// Until a receiver says what it can take. Without it, an encoder goes by the size of the picture.
    target: AtomicI64,
    min: AtomicI64,
    max: AtomicI64,
}

fn set(wish: &AtomicI64) -> Option<u64> {
    u64::try_from(wish.load(Ordering::Relaxed)).ok().filter(|bits| *bits > 0)
}

impl Bitrates {
    /// What the encoder is asked for when a receiver can take `estimate`; `None` leaves it to the encoder.
    pub fn wanted(&self, estimate: Option<u64>) -> Option<u64> {
        let (min, max) = (set(&self.min).unwrap_or(0), set(&self.max));
        let wanted = estimate.or_else(|| set(&self.target)).map(|bits| bits.max(min)).or(max);
        wanted.map(|bits| bits.min(max.unwrap_or(u64::MAX)))
    }

    /// Reads or sets a wish; `None` when the operation is about none.
    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        let (wish, name) = match operation.get(3..)? {
            "EncoderBitrate" => (&self.target, "encoderBitrate"),
            "MinEncoderBitrate" => (&self.min, "minEncoderBitrate"),
            "MaxEncoderBitrate" => (&self.max, "maxEncoderBitrate"),
            _ => return None,
        };
        if operation.starts_with("get") {
            return Some(Ok(Value::Int(wish.load(Ordering::Relaxed))));
        }
        Some(args.int(name).and_then(|bits| {
            if bits < 0 {
                return Err(RemoteError::illegal_param(format_args!(
                    "{name} is a number of bits a second, 0 for none"
                )));
            }
            wish.store(bits, Ordering::Relaxed);
            Ok(Value::Null)
        }))
    }
}

impl ElementCore {
    /// Does a member about bitrates; `None` when it is none.
    pub fn bitrate(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        let done = self.bitrates.invoke(operation, args)?;
        if done.is_ok() && operation.starts_with("set") {
            self.ask_encoders();
        }
        Some(done)
    }

    /// Asks the encoders behind the output, on behalf of each element that is fed.
    pub fn ask_encoders(&self) {
        for link in self.pipeline.links.from(self.key).iter().filter(|link| link.kind == Kind::Video) {
            link.sink.with(|sink| self.ask_for(sink.core(), sink.video_bitrate(&self.bitrates)));
        }
    }

    /// Asks the encoder that feeds this element, after its own limits or estimate changed.
    pub fn ask_feeding_encoder(&self, wanted: impl FnOnce(&Bitrates) -> Option<u64>) {
        if let Some(source) = self.pipeline.feeding(self.key, Kind::Video) {
            source.with(|source| self.ask_for(self, wanted(&source.core().bitrates)));
        }
    }

    fn ask_for(&self, sink: &ElementCore, bits: Option<u64>) {
        if let Some(bits) = bits {
            let request = Request::Bitrate(bits);
            self.pipeline.graph().turn(|turn| turn.request(sink.key, pad(Kind::Video), request));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_goes_before_the_target_and_both_keep_within_the_limits() {
        let bitrates = Bitrates::default();
        assert_eq!((bitrates.wanted(None), bitrates.wanted(Some(5))), (None, Some(5)));
        bitrates.max.store(900, Ordering::Relaxed);
        assert_eq!(bitrates.wanted(None), Some(900), "an encoder that chooses by itself may choose more");
        bitrates.target.store(300, Ordering::Relaxed);
        bitrates.min.store(100, Ordering::Relaxed);
        assert_eq!([None, Some(1_000), Some(20)].map(|estimate| bitrates.wanted(estimate)), [300, 900, 100].map(Some));
    }
}
