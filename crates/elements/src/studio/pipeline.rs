//! A pipeline within a program: it is built, started, and waited for.

use crate::mixer::MixerEvent;
use crate::player::PlayerCommand;
use crate::program::SourceCommand;
use crate::recorder::RecorderCommand;
use crate::rtp::Receiver;
use crate::studio::flow::Flow;
use crate::studio::part::{Part, Role};
use crate::studio::progress::{Outcome, Progress};
use crate::studio::{RunError, Seen, Studio};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trellis_containers::Track;
use trellis_graph::{ElementId, Explanation, Notice, Report};
use trellis_media::MediaTime;

/// Whoever waits looks this often at what has happened.
const LOOK: Duration = Duration::from_millis(200);
/// After this long without any item that moved, nothing will.
const STALL: Duration = Duration::from_secs(30);

/// A pipeline of a [`Studio`], with what is needed to build, start and await it. Dropping it stops it; files that are
/// being recorded are closed.
pub struct Pipeline {
    pub(super) graph: trellis_graph::Pipeline,
    pub(super) progress: Arc<Progress>,
    pub(super) flow: Arc<Flow>,
    pub(super) parts: HashMap<ElementId, Part>,
    pub(super) tracks: Vec<(ElementId, Track)>,
    pub(super) length: MediaTime,
    pub(super) receiver: Arc<Mutex<Option<Receiver>>>,
}

impl Pipeline {
    pub(super) fn new(studio: &Studio) -> Pipeline {
        let (progress, flow) = (Arc::new(Progress::default()), Arc::new(Flow::default()));
        let (noted, steered) = (Arc::clone(&progress), Arc::clone(&flow));
        let observer = move |element: ElementId, notice: Notice| match &notice {
            Notice::Custom(event) => match event.downcast_ref::<MixerEvent>() {
                Some(event) => steered.note(element, event),
                None => noted.note(element, notice),
            },
            _ => noted.note(element, notice),
        };
        let (clock, registry) = (Arc::clone(&studio.clock), Arc::clone(&studio.registry));
        let graph = trellis_graph::Pipeline::new(&studio.executor, clock, registry, observer);
        flow.set_pipeline(graph.downgrade());
        Pipeline {
            graph,
            progress,
            flow,
            parts: HashMap::new(),
            tracks: Vec::new(),
            length: MediaTime::ZERO,
            receiver: Arc::clone(&studio.receiver),
        }
    }

    /// The pipeline of the graph underneath.
    pub fn graph(&self) -> &trellis_graph::Pipeline {
        &self.graph
    }

    /// What runs, what it has done, and why.
    pub fn report(&self) -> Report {
        self.graph.report()
    }

    /// Which converters stand behind each source pad that is connected, and why: a table, or a picture in DOT.
    pub fn explain(&self) -> Explanation {
        self.graph.explain()
    }

    /// The tracks of a player's file.
    pub fn tracks(&self, player: ElementId) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(move |(element, _)| *element == player).map(|(_, track)| track)
    }

    /// Length of the longest file that is played.
    pub fn length(&self) -> MediaTime {
        self.length
    }

    /// Starts recorders, then players and sources.
    pub fn start(&self) {
        let of = |role: Role| self.parts.iter().filter(move |(_, part)| part.role == role).map(|(id, _)| *id);
        self.graph.turn(|turn| {
            of(Role::Recorder).for_each(|id| turn.command(id, Box::new(RecorderCommand::Record)));
            of(Role::Player).for_each(|id| turn.command(id, Box::new(PlayerCommand::Play)));
            of(Role::Source).for_each(|id| turn.command(id, Box::new(SourceCommand::Begin)));
        });
    }

    /// Waits until every recorder and every sink of the program has got all there is; until every player has given
    /// all there is where there is none of these. Pipelines of live sources do not end by themselves.
    ///
    /// # Errors
    /// When an element fails, or nothing moves any more.
    pub fn wait(&self) -> Result<(), RunError> {
        self.wait_and_see(|_| ())
    }

    /// As [`Pipeline::wait`]; meanwhile what happens is shown, several times a second.
    ///
    /// # Errors
    /// As [`Pipeline::wait`].
    pub fn wait_and_see(&self, mut see: impl FnMut(Seen)) -> Result<(), RunError> {
        let awaited = self.awaited();
        let (mut moved, mut last) = (0, Instant::now());
        loop {
            let (seen, outcome) = self.progress.wait(&awaited, LOOK);
            see(seen);
            match outcome {
                Outcome::Ended => return Ok(()),
                Outcome::Failed(element, cause) => {
                    let element = self.parts.get(&element).map_or_else(String::new, |part| part.name.to_string());
                    return Err(RunError::Failed { element, cause });
                }
                Outcome::Running => {}
            }
            let items: u64 = self.report().nodes.iter().map(|node| node.counters.items + node.counters.emitted).sum();
            if std::mem::replace(&mut moved, items) != items {
                last = Instant::now();
            } else if last.elapsed() > STALL {
                return Err(RunError::Stalled { seconds: STALL.as_secs(), warning: self.progress.last_warning() });
            }
        }
    }

    /// Starts the pipeline and waits for its end.
    ///
    /// # Errors
    /// As [`Pipeline::wait`].
    pub fn run(&self) -> Result<(), RunError> {
        self.start();
        self.wait()
    }

    fn awaited(&self) -> Vec<ElementId> {
        let ids = |wanted: &[Role]| -> Vec<ElementId> {
            self.parts.iter().filter(|(_, part)| wanted.contains(&part.role)).map(|(id, _)| *id).collect()
        };
        let mut ends = ids(&[Role::Recorder, Role::Sink]);
        ends.retain(|id| self.parts[id].is_fed());
        if ends.is_empty() { ids(&[Role::Player, Role::Source]) } else { ends }
    }
}
