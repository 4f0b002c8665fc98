//! What the graph keeps for each node: its links, its inbox, its counters.

use crate::node::{Command, Node, Request, Weight};
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::sync::Arc;
use trellis_media::{Caps, Carriage, Format, Item, Kind, MediaTime};
use trellis_negotiator::Plan;

slotmap::new_key_type! {
    /// An element of a pipeline (converters have keys too, which the graph keeps to itself).
    pub struct ElementId;
}

/// A node and everything around it.
pub(crate) struct Slot {
    pub name: Arc<str>,
    pub role: Role,
    /// Taken out while a job runs it.
    pub node: Option<Box<dyn Node>>,
    pub weight: Weight,
    pub inputs: SmallVec<[Input; 2]>,
    pub outputs: SmallVec<[Output; 2]>,
    pub inbox: VecDeque<Entry>,
    /// Items among the entries of the inbox.
    pub queued: usize,
    /// A job for it waits or runs.
    pub scheduled: bool,
    pub wake: Option<MediaTime>,
    /// Whether what it handles comes from a live source: then it drops rather than makes anybody wait.
    pub live: bool,
    /// A source that gives media of its own accord in real time.
    pub live_source: bool,
    /// Failed or removed while a job ran: gets nothing any more.
    pub dead: bool,
    pub counters: Counters,
}

/// What a node is to the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Element,
    /// In the adaptation tree of an element's source pad.
    Converter {
        owner: ElementId,
        rule: usize,
    },
}

/// A sink pad.
pub(crate) struct Input {
    pub kind: Kind,
    pub caps: Caps,
    /// What flows into it by the plan.
    pub format: Option<Format>,
    /// The node output that feeds it: the last of its tree.
    pub feeder: Option<(ElementId, usize)>,
    /// The source pad that the application connected.
    pub source: Option<(ElementId, usize)>,
    pub flow: Flow,
}

/// An output of a node; with a tree when it is the source pad of an element.
pub(crate) struct Output {
    pub kind: Kind,
    pub targets: SmallVec<[Target; 2]>,
    pub tree: Option<Tree>,
    pub keyframes: KeyframeRequests,
    /// The lowest bitrate that was asked for and passed on.
    pub bitrate: Option<u64>,
    pub flow: Flow,
}

/// Where an output's items go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub node: ElementId,
    pub input: usize,
    /// Nothing passes until a keyframe does.
    pub waits_for_keyframe: bool,
    pub bitrate: Option<u64>,
}

/// The adaptation tree of a source pad.
#[derive(Default)]
pub(crate) struct Tree {
    pub format: Option<Format>,
    pub sinks: Vec<(ElementId, usize)>,
    pub plan: Option<Plan>,
    /// The nodes of the plan's steps.
    pub nodes: Vec<ElementId>,
    pub transcoding: Option<bool>,
}

/// Keyframe requests of an output, coalesced.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyframeRequests {
    pub last: Option<MediaTime>,
    pub pending: bool,
}

/// Whether media flows through a pad.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flow {
    pub last: MediaTime,
    pub flowing: bool,
}

/// Counters of a node; they only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Items taken.
    pub items: u64,
    /// Items given.
    pub emitted: u64,
    /// Items dropped because the node fell behind its live source.
    pub dropped_late: u64,
    /// Items held back until a keyframe.
    pub dropped_waiting: u64,
    /// Nanoseconds of processing; heavy nodes only.
    pub busy_nanos: u64,
}

/// What waits for a node.
pub(crate) enum Entry {
    Item(usize, Item),
    Format(usize, Format),
    End(usize),
    Request(usize, Request),
    Wake,
    Command(Command),
}

impl Slot {
    /// Items that may wait, by what flows: raw pictures are large, sound is small.
    pub fn capacity(&self, input: usize) -> usize {
        match self.inputs.get(input) {
            Some(Input { kind: Kind::Video, format: Some(format), .. }) if format.carriage() == Some(Carriage::Raw) => {
                6
            }
            Some(Input { kind: Kind::Video, .. }) => 60,
            _ => 120,
        }
    }

    /// Whether a source that can wait should: half of the smallest inbox bound is taken.
    pub fn is_full(&self) -> bool {
        (0..self.inputs.len()).any(|input| self.queued * 2 >= self.capacity(input))
    }

    pub fn is_element(&self) -> bool {
        self.role == Role::Element
    }
}

impl Output {
    pub fn new(kind: Kind, tree: Option<Tree>) -> Self {
        Output {
            kind,
            targets: SmallVec::new(),
            tree,
            keyframes: KeyframeRequests::default(),
            bitrate: None,
            flow: Flow::default(),
        }
    }
}

impl Input {
    pub fn new(kind: Kind, caps: Caps) -> Self {
        Input { kind, caps, format: None, feeder: None, source: None, flow: Flow::default() }
    }
}
