//! Sources that run ahead of others at a mixer stand still until the others have caught up.
//!
//! Invariant: after the last event the source has been sent what the last events of all its pads say. Events may come
//! out of order and from several threads, so whoever has sent something looks again whether it is still true.

use crate::mixer::{MixerEvent, Wish};
use crate::player::PlayerCommand;
use crate::program::SourceCommand;
use crate::studio::part::Role;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::OnceLock;
use trellis_graph::{ElementId, WeakPipeline};

/// A sink pad of a mixer.
type Pad = (ElementId, usize);

/// The source at the beginning of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub element: ElementId,
    pub role: Role,
}

#[derive(Default)]
pub(super) struct Flow {
    pipeline: OnceLock<WeakPipeline>,
    pads: Mutex<HashMap<Pad, State>>,
}

/// No more of them than there are pads.
struct State {
    origin: Option<Origin>,
    wish: Wish,
    number: u64,
}

impl Flow {
    /// The pipeline, once it is there.
    pub fn set_pipeline(&self, pipeline: WeakPipeline) {
        let _ = self.pipeline.set(pipeline);
    }

    /// A pad is fed by this from now on, or by nothing.
    pub fn set_origin(&self, pad: Pad, origin: Option<Origin>) {
        let mut pads = self.pads.lock();
        let state = pads.entry(pad).or_insert(State { origin, wish: Wish::GoOn, number: 0 });
        let before = std::mem::replace(&mut state.origin, origin);
        drop(pads);
        [before, origin].into_iter().flatten().for_each(|origin| self.see_to(origin));
    }

    /// A mixer tells what it wishes.
    pub fn note(&self, mixer: ElementId, event: &MixerEvent) {
        let origin = {
            let mut pads = self.pads.lock();
            let Some(state) = pads.get_mut(&(mixer, event.input)).filter(|state| state.number < event.number) else {
                return;
            };
            (state.wish, state.number) = (event.wish, event.number);
            state.origin
        };
        if let Some(origin) = origin {
            self.see_to(origin);
        }
    }

    /// What a source should do: it stands still while any pad that it feeds wishes so.
    fn wished(&self, origin: Origin) -> Wish {
        let pads = self.pads.lock();
        let paused = pads.values().any(|state| state.origin == Some(origin) && state.wish == Wish::Pause);
        if paused { Wish::Pause } else { Wish::GoOn }
    }

    /// Nothing is locked while the pipeline is called: it may call back.
    fn see_to(&self, origin: Origin) {
        let Some(pipeline) = self.pipeline.get().and_then(WeakPipeline::upgrade) else { return };
        loop {
            let wish = self.wished(origin);
            match (origin.role, wish) {
                (Role::Player, Wish::Pause) => pipeline.command(origin.element, PlayerCommand::Pause),
                (Role::Player, Wish::GoOn) => pipeline.command(origin.element, PlayerCommand::GoOn),
                (_, Wish::Pause) => pipeline.command(origin.element, SourceCommand::Pause),
                (_, Wish::GoOn) => pipeline.command(origin.element, SourceCommand::GoOn),
            }
            if self.wished(origin) == wish {
                return;
            }
        }
    }
}
