//! The state machine of an RTP endpoint: what comes down the pipeline goes into the session, what sinks ask for is
//! asked of the remote.

use super::transport::Transport;
use crate::pads::{KINDS, pad};
use crate::spacing::{Ask, Spacing};
use std::sync::Arc;
use trellis_graph::{Command, Context, Flush, Node, NodeError, Request};
use trellis_media::{Codec, Format, Item, Kind, Payload};

/// What the element tells its node: descriptions are exchanged, so that there is a session.
pub(crate) struct Negotiated(pub Arc<Transport>);

/// What the element tells its node: the application wants a key picture of the remote.
pub(crate) struct WantKeyframe;

/// The node of RtpEndpoint.
#[derive(Default)]
pub(super) struct RtpNode {
    transport: Option<Way>,
    keyframes: Spacing,
    /// What flows in now, of audio and video.
    codecs: [Option<Codec>; 2],
}

/// The way to the remote.
struct Way {
    transport: Arc<Transport>,
    flush: Arc<dyn Flush>,
}

impl RtpNode {
    fn want_keyframe(&mut self, cx: &mut Context) {
        match self.keyframes.want(cx.now()) {
            Ask::Now => self.ask(cx),
            Ask::Later(time) => cx.wake_at(time),
            Ask::Already => {}
        }
    }

    fn ask(&self, cx: &mut Context) {
        if let Some(way) = &self.transport {
            way.transport.request_keyframe(cx.now());
            cx.flush_after_turn(&way.flush);
        }
    }
}

impl Node for RtpNode {
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let Payload::Rtp(packet) = &item.payload
            && let (Some(Some(codec)), Some(way)) = (self.codecs.get(input), &self.transport)
            && way.transport.push(KINDS[input], *codec, (packet, item.time), cx.now())
        {
            cx.flush_after_turn(&way.flush);
        }
        Ok(())
    }

    fn format(&mut self, input: usize, format: Format, _cx: &mut Context) -> Result<(), NodeError> {
        if let Some(codec) = self.codecs.get_mut(input) {
            *codec = format.codec();
        }
        Ok(())
    }

    fn request(&mut self, output: usize, request: Request, cx: &mut Context) {
        // What one viewer can take is not passed on to the sender: see the node of WebRtcEndpoint.
        if request == Request::Keyframe && output == pad(Kind::Video) {
            self.want_keyframe(cx);
        }
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        if self.keyframes.due(cx.now()) {
            self.ask(cx);
        }
        Ok(())
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        if command.is::<WantKeyframe>() {
            self.want_keyframe(cx);
        }
        if let Ok(negotiated) = command.downcast::<Negotiated>() {
            let Negotiated(transport) = *negotiated;
            self.transport = Some(Way { flush: Arc::clone(&transport) as _, transport });
        }
        Ok(())
    }
}
