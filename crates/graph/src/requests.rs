//! What sinks ask of sources: keyframe requests are coalesced, and of the bitrates of several sinks the lowest counts.

use crate::deadlines::Timer;
use crate::inbox::Entry;
use crate::machine::Machine;
use crate::node::Request;
use crate::slot::ElementId;
use trellis_media::MediaTime;

/// No more than one keyframe request in this time reaches a source or an encoder; a later one waits.
const KEYFRAME_INTERVAL: MediaTime = MediaTime::from_millis(300);

/// While somebody waits for a keyframe, it is asked for again after this time: the request or its answer was lost.
const KEYFRAME_PATIENCE: MediaTime = MediaTime::from_millis(1_000);

/// The keyframe requests that an output has had.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyframeRequests {
    pub last: Option<MediaTime>,
    /// One came too early, and no keyframe has come since.
    pub pending: bool,
}

impl Machine {
    /// Asks an output for something on behalf of all its targets.
    pub fn request(&mut self, key: ElementId, output: usize, request: Request) {
        self.request_from(key, output, request, None);
    }

    pub fn request_from(&mut self, key: ElementId, output: usize, request: Request, from: Option<(ElementId, usize)>) {
        match request {
            Request::Keyframe => self.request_keyframe(key, output),
            Request::Bitrate(bits) => self.request_bitrate(key, output, bits, from),
        }
    }

    fn request_keyframe(&mut self, key: ElementId, output: usize) {
        let now = self.now;
        let Some(out) = self.slots.get_mut(key).and_then(|slot| slot.outputs.get_mut(output)) else { return };
        match out.requests.last {
            // The same change, seen from another sink.
            Some(last) if last == now => {}
            Some(last) if now - last < KEYFRAME_INTERVAL => {
                if !std::mem::replace(&mut out.requests.pending, true) {
                    self.deadlines.set(last + KEYFRAME_INTERVAL, Timer::Keyframe(key, output));
                }
            }
            _ => {
                out.requests.last = Some(now);
                self.later(key, Entry::Request(output, Request::Keyframe));
            }
        }
    }

    /// An output begins another stream.
    pub fn forget_requests(&mut self, (key, output): (ElementId, usize)) {
        if let Some(out) = self.slots.get_mut(key).and_then(|slot| slot.outputs.get_mut(output)) {
            out.requests = KeyframeRequests::default();
        }
    }

    /// Somebody behind an output still waits for a keyframe.
    pub fn keep_asking(&mut self, key: ElementId, output: usize) {
        let now = self.now;
        let Some(out) = self.slots.get(key).and_then(|slot| slot.outputs.get(output)) else { return };
        if out.requests.last.is_none_or(|last| now - last >= KEYFRAME_PATIENCE) {
            self.request_keyframe(key, output);
        }
    }

    fn request_bitrate(&mut self, key: ElementId, output: usize, bits: u64, from: Option<(ElementId, usize)>) {
        let Some(out) = self.slots.get_mut(key).and_then(|slot| slot.outputs.get_mut(output)) else { return };
        for target in out.targets.iter_mut().filter(|target| from == Some((target.node, target.input))) {
            target.bitrate = Some(bits);
        }
        let lowest = out.targets.iter().filter_map(|target| target.bitrate).min().unwrap_or(bits);
        if out.bitrate.replace(lowest) != Some(lowest) {
            self.later(key, Entry::Request(output, Request::Bitrate(lowest)));
        }
    }
}
