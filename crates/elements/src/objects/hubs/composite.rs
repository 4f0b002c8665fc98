//! Composite: every port sees all in one picture, and hears all but itself.

use super::mixed::Mixed;
use super::{Call, Ports, Routing};
use crate::CompositeSettings;
use crate::mixer::{MAX_PORTS, MixerCommand, MixerSettings, PICTURE, Port, PortSet};
use crate::objects::pipeline::PipelineObject;
use std::sync::Arc;
use trellis_media::{FrameRate, Kind};
use trellis_model::{Args, NewObject, RemoteError};

const MIXED: [Kind; 2] = [Kind::Audio, Kind::Video];

pub(super) struct Composite {
    mixed: Mixed,
}

/// The size and the rate that an application asked for; those that are configured where it asks for nothing else than
/// what is declared, which is what it gets when it says nothing. An odd side loses a pixel: half of it is a side of the
/// planes of colour.
fn settings_of(args: &Args, configured: CompositeSettings) -> Result<MixerSettings, RemoteError> {
    let declared = CompositeSettings::default();
    let number = |name: &str, declared: u32, configured: u32| {
        let wanted = args.int_or(name, declared.into())?;
        let wrong = |_| RemoteError::illegal_param(format_args!("{name} cannot be {wanted}"));
        let wanted = u32::try_from(wanted).map_err(wrong)?;
        Ok(if wanted == declared { configured } else { wanted })
    };
    let width = number("width", declared.width, configured.width)? & !1;
    let height = number("height", declared.height, configured.height)? & !1;
    let framerate = number("framerate", declared.framerate, configured.framerate)?;
    let frame_rate = FrameRate(framerate.saturating_mul(1_000));
    Ok(MixerSettings { width, height, frame_rate, ..MixerSettings::default() })
}

impl Composite {
    pub fn new(pipeline: &Arc<PipelineObject>, args: &Args, new: NewObject) -> Result<Composite, RemoteError> {
        let settings = settings_of(args, pipeline.media.settings.composite)?;
        Ok(Composite { mixed: Mixed::new(pipeline, "Composite", settings, new)? })
    }
}

impl Routing for Composite {
    fn capacity(&self) -> usize {
        MAX_PORTS
    }

    fn mixed(&self) -> &'static [Kind] {
        &MIXED
    }

    fn join(&mut self, ports: &Ports, number: usize) {
        let mixed = &self.mixed;
        ports.graph().turn(|turn| {
            mixed.give(ports, turn, (Kind::Audio, Port(number).others()), number);
            mixed.give(ports, turn, (Kind::Video, PICTURE), number);
            mixed.hear(turn, number, PortSet::all_but(Port(number)));
            turn.command(mixed.key, Box::new(MixerCommand::Show));
        });
    }

    fn leave(&mut self, ports: &Ports, number: usize) {
        let (mixed, last) = (&self.mixed, ports.numbers().all(|other| other == number));
        ports.graph().turn(|turn| {
            for kind in MIXED {
                mixed.starve(turn, kind, number);
            }
            mixed.hear(turn, number, PortSet::default());
            if last {
                turn.command(mixed.key, Box::new(MixerCommand::Hide));
            }
        });
    }

    fn fed(&mut self, ports: &Ports, number: usize, kind: Kind, connected: bool) {
        ports.graph().turn(|turn| match connected {
            true => self.mixed.feed(ports, turn, kind, number),
            false => self.mixed.starve(turn, kind, number),
        });
    }

    fn invoke(&mut self, _ports: &Ports, _call: &Call<'_>) -> Option<Result<(), RemoteError>> {
        None
    }

    fn close(&mut self, ports: &Ports) {
        self.mixed.close(ports);
    }
}
