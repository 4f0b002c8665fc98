//! The state machine of a WebRTC endpoint: what comes down the pipeline is handed to the peer's sending legs, what
//! sinks ask for is asked of the peer.

use crate::pads::{KINDS, pad};
use crate::spacing::{Ask, Spacing};
use std::sync::Arc;
use trellis_graph::{Command, Context, Flush, Node, NodeError, Request};
use trellis_media::{Codec, Format, Item, Kind, Payload};
use trellis_webrtc::{Peer, SendLeg};

/// What the element tells its node: the description has been negotiated, so that legs exist now.
pub struct Negotiated(pub Peer);

/// What the element tells its node: the peer shall send no more video than this, in bits a second.
pub struct LimitReceived(pub u64);

/// What the element tells its node: the application wants a key picture of the peer.
pub struct WantKeyframe;

/// The node of WebRtcEndpoint.
#[derive(Default)]
pub struct WebRtcNode {
    peer: Option<Peer>,
    keyframes: Spacing,
    /// Audio and video.
    legs: [Option<Leg>; 2],
}

/// A sending leg, and the codec of what flows into it now.
struct Leg {
    leg: SendLeg,
    batch: Arc<dyn Flush>,
    codec: Option<Codec>,
}

/// All that was pushed in a turn is sent by one call.
struct Batch(SendLeg);

impl Flush for Batch {
    fn flush(&self) {
        self.0.flush();
    }
}

impl WebRtcNode {
    fn want_keyframe(&mut self, cx: &mut Context) {
        let Some(peer) = &self.peer else { return };
        match self.keyframes.want(cx.now()) {
            Ask::Now => peer.request_keyframe(),
            Ask::Later(time) => cx.wake_at(time),
            Ask::Already => {}
        }
    }
}

impl Node for WebRtcNode {
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        match &item.payload {
            Payload::Rtp(packet) => {
                if let Some(Some(leg)) = self.legs.get(input)
                    && let Some(codec) = leg.codec
                {
                    leg.leg.push(codec, packet, item.time);
                    cx.flush_after_turn(&leg.batch);
                }
            }
            Payload::Data(message) => {
                if let Some(peer) = &self.peer {
                    peer.broadcast_data(message);
                }
            }
            Payload::Frame(_) | Payload::Picture(_) | Payload::Sound(_) => {}
        }
        Ok(())
    }

    fn format(&mut self, input: usize, format: Format, _cx: &mut Context) -> Result<(), NodeError> {
        if let Some(Some(leg)) = self.legs.get_mut(input) {
            leg.codec = format.codec();
        }
        Ok(())
    }

    fn request(&mut self, output: usize, request: Request, cx: &mut Context) {
        // What one viewer can take is not passed on to the sender of a stream that goes through untouched: the lowest
        // estimate of all viewers would become everybody's quality, and an echo would throttle itself to nothing.
        if request == Request::Keyframe && output == pad(Kind::Video) {
            self.want_keyframe(cx);
        }
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        if self.keyframes.due(cx.now())
            && let Some(peer) = &self.peer
        {
            peer.request_keyframe();
        }
        Ok(())
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        if command.is::<WantKeyframe>() {
            self.want_keyframe(cx);
        }
        if let (Some(LimitReceived(limit)), Some(peer)) = (command.downcast_ref(), &self.peer) {
            peer.limit_received(*limit);
        }
        let Ok(negotiated) = command.downcast::<Negotiated>() else { return Ok(()) };
        let Negotiated(peer) = *negotiated;
        for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Data) {
            self.legs[pad(kind)] =
                peer.leg(kind).map(|leg| Leg { batch: Arc::new(Batch(leg.clone())), leg, codec: None });
        }
        self.peer = Some(peer);
        Ok(())
    }
}
