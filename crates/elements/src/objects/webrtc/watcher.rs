//! Hears the peer on the I/O thread: media goes into the pipeline, the rest to the application.

use super::Shared;
use super::ice::place_of;
use crate::pads::pad;
use crate::webrtc_endpoint::{self, LimitReceived};
use parking_lot::Mutex;
use std::sync::{Arc, Weak};
use trellis_graph::{ElementId, Request, WeakPipeline};
use trellis_media::{DataMessage, Format, Item, Kind, Payload};
use trellis_model::{EventSink, Value};
use trellis_webrtc::{CandidatePair, IceCandidate, PeerObserver, PeerState, Received};

/// The observer of one endpoint's peer.
pub(super) struct Watcher {
    pub pipeline: WeakPipeline,
    pub key: ElementId,
    pub events: EventSink,
    pub shared: Arc<Shared>,
    /// The candidates that the application has been told of, by their place.
    pub told: Mutex<Vec<String>>,
}

impl PeerObserver for Watcher {
    fn media(&self, kind: Kind, packets: &[Received]) {
        let Some(last) = packets.last() else { return };
        let format = webrtc_endpoint::format_of(last.codec);
        self.pipeline.turn(|turn| {
            turn.set_format(self.key, pad(kind), format);
            for received in packets {
                let payload = Payload::Rtp(received.packet.clone());
                turn.emit(self.key, pad(kind), Item { time: received.time, payload });
            }
            if kind == Kind::Video
                && let Some(bits_per_second) = self.shared.limits.to_tell(turn.now())
            {
                turn.command(self.key, Box::new(LimitReceived(bits_per_second)));
            }
        });
    }

    fn keyframe_requested(&self, kind: Kind) {
        self.pipeline.turn(|turn| turn.request(self.key, pad(kind), Request::Keyframe));
    }

    fn bandwidth(&self, _kind: Kind, bits_per_second: u64) {
        self.shared.limits.estimated(bits_per_second);
        if let Some(object) = self.shared.object.get().and_then(Weak::upgrade) {
            object.obey_limits();
        }
    }

    fn state(&self, state: PeerState) {
        self.shared.states.heard(state);
    }

    fn candidate(&self, candidate: IceCandidate) {
        let line = self.shared.ice.lock().seen_from_outside(&candidate.candidate);
        {
            let (mut told, place) = (self.told.lock(), place_of(&line));
            if told.contains(&place) {
                return;
            }
            told.push(place);
        }
        let fields = [
            ("candidate", line.into()),
            ("sdpMid", candidate.sdp_mid.into()),
            ("sdpMLineIndex", Value::Int(candidate.sdp_m_line_index.into())),
        ];
        self.events.raise("IceCandidateFound", [("candidate", Value::record("IceCandidate", fields))]);
    }

    fn gathering_done(&self) {
        // A second gathering tells everything again, as the first did.
        self.told.lock().clear();
        self.events.raise("IceGatheringDone", []);
    }

    fn pair_selected(&self, pair: CandidatePair) {
        let local = self.shared.ice.lock().seen_from_outside(&pair.local);
        self.shared.states.pair_selected(CandidatePair { local, ..pair });
    }

    fn data_opened(&self, channel: u16, _label: &str) {
        self.shared.channels.opened(channel);
    }

    fn data_closed(&self, channel: u16) {
        self.shared.channels.closed(channel);
    }

    fn data_message(&self, _channel: u16, message: DataMessage) {
        self.pipeline.turn(|turn| {
            turn.set_format(self.key, pad(Kind::Data), Format::data());
            let item = Item { time: turn.now(), payload: Payload::Data(message) };
            turn.emit(self.key, pad(Kind::Data), item);
        });
    }
}
