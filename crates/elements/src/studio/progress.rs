//! What the elements of a pipeline have told, kept for whoever waits.

use crate::player::PlayerEvent;
use crate::recorder::RecorderEvent;
use parking_lot::{Condvar, Mutex};
use std::time::{Duration, Instant};
use trellis_graph::{ElementId, Notice};
use trellis_media::MediaTime;

/// Warnings that are kept until somebody looks; later ones are left out.
const MOST_WARNINGS: usize = 64;

/// What has been told since the last look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Position in the file of what a player gave out last.
    pub position: MediaTime,
    /// What elements warned of: the name of the element and its words.
    pub warnings: Vec<(ElementId, String)>,
}

#[derive(Default)]
pub(super) struct Progress {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    seen: Seen,
    last_warning: Option<String>,
    /// No more than there are elements.
    ended: Vec<ElementId>,
    failure: Option<(ElementId, String)>,
}

impl Progress {
    /// Notes what an element tells.
    pub fn note(&self, element: ElementId, notice: Notice) {
        let mut state = self.state.lock();
        match notice {
            Notice::Error(error) => state.fail(element, error.to_string()),
            Notice::Warning(error) => state.warn(element, error.to_string()),
            Notice::EndOfStream => state.end(element),
            Notice::Custom(event) => match (event.downcast_ref(), event.downcast_ref()) {
                (Some(PlayerEvent::Position(position)), _) => state.seen.position = *position,
                (Some(PlayerEvent::Refused(error)), _) => state.fail(element, error.to_string()),
                (_, Some(RecorderEvent::Stopped(Some(error)))) => state.fail(element, error.clone()),
                (_, Some(RecorderEvent::Stopped(None))) => state.end(element),
                _ => return,
            },
            Notice::Flow { .. } | Notice::Transcoding { .. } => return,
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until all of these have ended, one element of the pipeline has failed, or the time is over. What has been
    /// seen until then, and whether they have ended.
    pub fn wait(&self, all: &[ElementId], limit: Duration) -> (Seen, Outcome) {
        let deadline = Instant::now() + limit;
        let mut state = self.state.lock();
        loop {
            let outcome = state.outcome(all);
            if outcome != Outcome::Running || self.changed.wait_until(&mut state, deadline).timed_out() {
                let position = state.seen.position;
                return (std::mem::replace(&mut state.seen, Seen { position, warnings: Vec::new() }), outcome);
            }
        }
    }

    pub fn last_warning(&self) -> Option<String> {
        self.state.lock().last_warning.clone()
    }
}

/// How far a pipeline has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Running,
    Ended,
    Failed(ElementId, String),
}

impl State {
    fn outcome(&self, all: &[ElementId]) -> Outcome {
        match &self.failure {
            Some((element, cause)) => Outcome::Failed(*element, cause.clone()),
            None if all.iter().all(|element| self.ended.contains(element)) => Outcome::Ended,
            None => Outcome::Running,
        }
    }

    /// The first failure is the cause of those that follow.
    fn fail(&mut self, element: ElementId, cause: String) {
        self.failure.get_or_insert((element, cause));
    }

    fn warn(&mut self, element: ElementId, text: String) {
        self.last_warning = Some(text.clone());
        if self.seen.warnings.len() < MOST_WARNINGS {
            self.seen.warnings.push((element, text));
        }
    }

    fn end(&mut self, element: ElementId) {
        if !self.ended.contains(&element) {
            self.ended.push(element);
        }
    }
}
