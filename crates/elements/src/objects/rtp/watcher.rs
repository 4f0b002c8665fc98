//! Hears the session on the RTP thread: media goes into the pipeline, the rest to the application.

use super::Shared;
use crate::objects::element::media_type;
use crate::pads::pad;
use crate::rtp_endpoint::{self, Observer};
use crate::webrtc_endpoint;
use std::sync::{Arc, Weak};
use trellis_graph::{ElementId, Request, WeakPipeline};
use trellis_media::{Format, Item, Kind, Payload};
use trellis_rtp::sdp::CodecLine;
use trellis_rtp::session::{Received, SessionEvent};

/// The observer of one endpoint's session.
pub(super) struct Watcher {
    pub pipeline: WeakPipeline,
    pub key: ElementId,
    pub lines: Vec<CodecLine>,
    pub shared: Arc<Shared>,
}

impl Watcher {
    fn format(&self, received: &Received) -> Format {
        let number = received.packet.payload_type;
        let line = self.lines.iter().find(|line| line.payload_type.number == number);
        let line = line.or_else(|| self.lines.iter().find(|line| line.payload_type.codec == received.codec));
        line.map_or_else(|| webrtc_endpoint::format_of(received.codec), rtp_endpoint::format_of)
    }

    fn emit(&self, media: Vec<(Kind, Received)>) {
        let mut limit = None;
        self.pipeline.turn(|turn| {
            let mut last = None;
            for (kind, received) in media {
                if last != Some((kind, received.codec)) {
                    turn.set_format(self.key, pad(kind), self.format(&received));
                    last = Some((kind, received.codec));
                }
                if kind == Kind::Video {
                    limit = limit.or_else(|| self.shared.limits.to_tell(turn.now()));
                }
                let item = Item { time: received.time, payload: Payload::Rtp(received.packet) };
                turn.emit(self.key, pad(kind), item);
            }
        });
        if let Some(object) = limit.and_then(|_| self.object()) {
            object.tell_limit(limit.unwrap_or_default());
        }
    }

    fn object(&self) -> Option<Arc<super::RtpObject>> {
        self.shared.object.get().and_then(Weak::upgrade)
    }

    fn tell(&self, event: SessionEvent) {
        match event {
            SessionEvent::Media(..) => {}
            SessionEvent::KeyframeWanted => {
                self.pipeline.turn(|turn| turn.request(self.key, pad(Kind::Video), Request::Keyframe));
            }
            SessionEvent::Bandwidth(bits) => {
                self.shared.limits.estimated(bits);
                if let Some(object) = self.object() {
                    object.obey_limits();
                }
            }
            SessionEvent::Flowing { kind, flowing } => self.shared.states.flows(kind, flowing),
            SessionEvent::KeyEndsSoon(kind) => {
                self.shared.events.raise("OnKeySoftLimit", [("mediaType", media_type(kind))]);
            }
            SessionEvent::WrongKey(kind) => {
                if let Some(object) = self.object() {
                    object.wrong_key(kind);
                }
            }
        }
    }
}

impl Observer for Watcher {
    fn happened(&self, events: Vec<SessionEvent>) {
        let mut media = Vec::new();
        for event in events {
            match event {
                SessionEvent::Media(kind, received) => media.push((kind, received)),
                other => self.tell(other),
            }
        }
        if !media.is_empty() {
            self.emit(media);
        }
    }
}
