//! The mixer's node: hands what comes to the pictures and the sound, and wakes when either is due.

use crate::mixer::pictures::Pictures;
use crate::mixer::sounds::Sounds;
use crate::mixer::{Life, MixerSettings, PICTURE, Port, PortSet, SAMPLING};
use trellis_graph::{Command, Context, Node, NodeError, Notice, Request, Weight};
use trellis_media::{Format, Item, MediaTime, Payload};

/// What the element tells its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MixerCommand {
    /// A sink pad has been connected: a mixer that does not follow the clock waits for what it gives.
    Connected(usize),
    /// A sink pad has been disconnected: its cell and its voice go at once.
    Disconnected(usize),
    /// With [`Life::Clock`]: whom [`Port::others`] of a port hears from now on; while that is nobody it gives nothing.
    Hear(Port, PortSet),
    /// With [`Life::Clock`]: there is a picture at every tick from now on.
    Show,
    /// With [`Life::Clock`]: nobody looks at the picture any more.
    Hide,
}

/// What the node tells its element, in a [`Notice::Custom`]: with [`Pace::AsFastAsPossible`], a source runs ahead of the
/// others.
///
/// Nothing in the graph makes one source wait for another of the same sink, so what one gives too early is kept here.
/// Whoever made the source should have it stand still; [`crate::studio`] does.
///
/// [`Pace::AsFastAsPossible`]: crate::player::Pace::AsFastAsPossible
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MixerEvent {
    /// The sink pad.
    pub input: usize,
    /// What its source should do.
    pub wish: Wish,
    /// Counted from 1 for each pad: the event with the highest number is the one that counts, in whatever order they
    /// come.
    pub number: u64,
}

/// What the source of a pad should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Stand still.
    Pause,
    /// Go on.
    GoOn,
}

/// The node of a mixer.
pub struct MixerNode {
    settings: MixerSettings,
    /// Outputs of which it has been said what they give.
    announced: Vec<bool>,
    pictures: Pictures,
    sounds: Sounds,
    /// The wake-up that was asked for.
    armed: Option<MediaTime>,
    /// For each sink pad the number of the last event about it: odd while its source should stand still.
    events: Vec<u64>,
}

impl MixerNode {
    /// The settings have been checked by [`crate::mixer::element`].
    pub(super) fn new(settings: MixerSettings) -> MixerNode {
        let (pictures, sounds) = (Pictures::new(settings), Sounds::new(settings));
        let announced = vec![false; Port(settings.ports).others()];
        MixerNode { settings, announced, pictures, sounds, armed: None, events: vec![0; settings.ports * 2] }
    }

    /// Says what the outputs give, once there is anybody to say it to. With [`Life::Clock`] each is told of by itself.
    fn announce_all(&mut self, cx: &mut Context) {
        if self.settings.life == Life::Inputs {
            (0..self.announced.len()).for_each(|output| self.announce(output, cx));
        }
    }

    /// Says once what an output gives.
    fn announce(&mut self, output: usize, cx: &mut Context) {
        if self.announced.get_mut(output).is_none_or(|announced| std::mem::replace(announced, true)) {
            return;
        }
        let MixerSettings { width, height, frame_rate, .. } = self.settings;
        cx.set_format(
            output,
            match output {
                PICTURE => Format::raw_video().with_size(width, height).with_frame_rate(frame_rate),
                _ => Format::raw_audio(SAMPLING.0, SAMPLING.1),
            },
        );
    }

    fn join(&mut self, input: usize) {
        let port = Port::of(input);
        if input == port.picture() { self.pictures.join(port.0) } else { self.sounds.join(port.0) }
    }

    /// Does what is due, and sees to it that what is due later is not forgotten.
    fn run(&mut self, cx: &mut Context) {
        self.pictures.run(cx);
        self.sounds.run(cx);
        let due = [self.pictures.due(), self.sounds.due()].into_iter().flatten().min();
        if let Some(due) = due.filter(|_| due != self.armed) {
            cx.wake_at(due);
        }
        self.armed = due;
        self.tell_who_is_ahead(cx);
    }

    fn tell_who_is_ahead(&mut self, cx: &mut Context) {
        for (input, number) in self.events.iter_mut().enumerate() {
            let (port, before) = (Port::of(input), *number % 2 == 1);
            let ahead = if input == port.picture() {
                self.pictures.is_ahead(port.0, before)
            } else {
                self.sounds.is_ahead(port.0, before)
            };
            if ahead != before {
                *number += 1;
                let wish = if ahead { Wish::Pause } else { Wish::GoOn };
                cx.notify(Notice::Custom(Box::new(MixerEvent { input, wish, number: *number })));
            }
        }
    }
}

impl Node for MixerNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn format(&mut self, input: usize, _format: Format, cx: &mut Context) -> Result<(), NodeError> {
        self.announce_all(cx);
        self.join(input);
        Ok(())
    }

    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        self.announce_all(cx);
        let port = Port::of(input).0;
        match item.payload {
            Payload::Picture(picture) => self.pictures.push(port, item.time, picture, cx.now()),
            Payload::Sound(sound) => self.sounds.push(port, item.time, &sound, cx.now()),
            Payload::Rtp(_) | Payload::Frame(_) | Payload::Data(_) => {}
        }
        self.run(cx);
        Ok(())
    }

    fn end(&mut self, input: usize, cx: &mut Context) -> Result<(), NodeError> {
        let port = Port::of(input);
        if input == port.picture() {
            self.pictures.end(port.0)
        } else {
            self.sounds.end(port.0)
        }
        self.run(cx);
        Ok(())
    }

    /// What is mixed is raw: no viewer has to wait for a picture to begin with, or can have it smaller.
    fn request(&mut self, _output: usize, _request: Request, _cx: &mut Context) {}

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        self.armed = None;
        self.run(cx);
        Ok(())
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        match command.downcast_ref::<MixerCommand>() {
            Some(MixerCommand::Connected(input)) => {
                self.announce_all(cx);
                self.join(*input);
            }
            Some(MixerCommand::Disconnected(input)) => {
                let port = Port::of(*input);
                if *input == port.picture() { self.pictures.leave(port.0) } else { self.sounds.leave(port.0) }
            }
            Some(MixerCommand::Hear(port, whom)) if self.settings.life == Life::Clock => {
                self.announce(port.others(), cx);
                self.sounds.hear(*port, *whom, cx.now());
            }
            Some(MixerCommand::Show) if self.settings.life == Life::Clock => {
                self.announce(PICTURE, cx);
                self.pictures.show(cx.now());
            }
            Some(MixerCommand::Hide) => self.pictures.hide(),
            Some(MixerCommand::Hear(..) | MixerCommand::Show) | None => {}
        }
        self.run(cx);
        Ok(())
    }
}
