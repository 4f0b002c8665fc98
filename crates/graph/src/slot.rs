//! What the graph keeps for each node: its links, its inbox, its counters.

use crate::handover::Handover;
use crate::inbox::Inbox;
use crate::node::{Node, Weight};
use crate::requests::KeyframeRequests;
use crate::tree::Tree;
use smallvec::SmallVec;
use std::sync::Arc;
use trellis_media::{Caps, Carriage, Format, Kind, MediaTime};
use trellis_negotiator::{Cost, Follows, Work};

slotmap::new_key_type! {
    /// An element of a pipeline, or a converter that runs in it.
    pub struct ElementId;
}

/// A node and everything around it. What every item touches stands first; pads lie beside, so that a pipeline that
/// idles is small.
pub(crate) struct Slot {
    /// Taken out while a job runs it.
    pub node: Option<Box<dyn Node>>,
    pub weight: Weight,
    /// Failed or removed while a job ran: gets nothing any more.
    pub dead: bool,
    /// Whether what it handles comes from a live source: then it drops rather than makes anybody wait.
    pub live: bool,
    /// A source that gives media of its own accord in real time.
    pub live_source: bool,
    /// A job for it waits or runs.
    pub scheduled: bool,
    /// It is among those that wait for room downstream.
    pub blocked: bool,
    /// The last turn in which it asked for a flush.
    pub flushed: Option<u32>,
    pub counters: Counters,
    pub inputs: Box<[Input]>,
    pub outputs: Box<[Output]>,
    pub inbox: Inbox,
    pub wake: Option<MediaTime>,
    /// The earliest timer for it.
    pub armed: Option<MediaTime>,
    /// How long it says, or its plan reckons, that an item stays in it.
    pub latency: MediaTime,
    /// The largest sum of latencies along a path to it, with its own.
    pub promised: MediaTime,
    pub role: Role,
    pub name: Arc<str>,
}

/// What a node is to the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Element,
    /// In the adaptation tree of an element's source pad.
    Converter {
        owner: ElementId,
    },
}

/// A sink pad.
pub(crate) struct Input {
    /// The time of the last item.
    pub last: MediaTime,
    pub flow: Flow,
    pub latency: Latency,
    pub kind: Kind,
    /// The node output that feeds it: the last of its tree.
    pub feeder: Option<(ElementId, usize)>,
    /// The source pad that the application connected.
    pub source: Option<(ElementId, usize)>,
    pub caps: Caps,
    /// What it costs the element to take that.
    pub work: Work,
    /// What flows into it by the plan.
    pub format: Option<Format>,
    /// It goes over from one way to another.
    pub handover: Option<Box<Handover>>,
}

/// An output of a node; with a tree when it is the source pad of an element.
pub(crate) struct Output {
    pub targets: SmallVec<[Target; 1]>,
    pub flow: Flow,
    pub kind: Kind,
    pub requests: KeyframeRequests,
    /// The lowest bitrate that was asked for and passed on.
    pub bitrate: Option<u64>,
    pub follows: Option<Box<Follows>>,
    pub tree: Option<Box<Tree>>,
    /// How often all that hangs off it was planned as one.
    pub solved: u64,
}

/// Where an output's items go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub node: ElementId,
    pub input: usize,
    pub state: LinkState,
    pub bitrate: Option<u64>,
}

/// What a link does with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// Passes it.
    Open,
    /// Passes it, and says so: it is the first by this link, or the first since a keyframe was asked for.
    First,
    /// Passes nothing until a keyframe comes, which is announced as the first item is.
    WaitsForKeyframe,
    /// The old way of a pad that goes over to another: what it passes goes through the gate.
    Leaving,
    /// The new way of such a pad.
    Arriving,
}

/// Whether media flows through a pad.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flow {
    pub last: MediaTime,
    pub flowing: bool,
}

/// How old items are when they come to a pad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// Items measured.
    pub items: u64,
    /// The youngest, negative when it came before its time.
    pub min: MediaTime,
    /// The oldest.
    pub max: MediaTime,
    pub(crate) sum: MediaTime,
}

/// Counters of a node; they only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Items taken.
    pub items: u64,
    /// Items given.
    pub emitted: u64,
    /// Items, or commands, dropped because the node fell behind its live source.
    pub dropped_late: u64,
    /// Items held back until a keyframe, one for each sink that waited.
    pub dropped_waiting: u64,
    /// Items given while nothing was connected.
    pub dropped_unconnected: u64,
    /// Items of a way that had been replaced by another one.
    pub dropped_replaced: u64,
    /// Items that came after the node had failed.
    pub dropped_failed: u64,
    /// Nanoseconds of processing; of an inline node from a sample.
    pub busy_nanos: u64,
    /// The longest time that anything waited in the inbox.
    pub longest_wait: MediaTime,
    /// How often it did not return from its work for longer than the pipeline has patience.
    pub overdue: u64,
}

impl Counters {
    /// Items that were dropped, for whatever cause.
    pub fn dropped(&self) -> u64 {
        self.dropped_late
            + self.dropped_waiting
            + self.dropped_unconnected
            + self.dropped_replaced
            + self.dropped_failed
    }
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

    /// Whether as many items of an input wait as may. Of a node with many inputs none takes the room of another.
    pub fn is_full(&self, input: usize) -> bool {
        let capacity = self.capacity(input);
        self.inbox.items >= capacity && (self.inputs.len() == 1 || self.inbox.waiting(input) >= capacity)
    }

    /// Items for which there is room before a source that can wait should: half of the smallest bound is theirs.
    pub fn room(&self) -> usize {
        let smallest = (0..self.inputs.len()).map(|input| self.capacity(input)).min().unwrap_or(usize::MAX);
        (smallest / 2).saturating_sub(self.inbox.items)
    }

    /// Entries that a job may take: never all that may wait, so that of raw media the oldest can go.
    pub fn job_limit(&self, limit: usize) -> usize {
        (0..self.inputs.len()).map(|input| self.capacity(input) / 2).min().unwrap_or(limit).min(limit)
    }

    /// When a job that is ready at `now` should be done. What is not live is not late: only its turn can be.
    pub fn deadline(&self, now: MediaTime) -> MediaTime {
        let time = self.inbox.first_item().map_or(now, |item| item.time);
        self.promised + if self.live { time } else { time.max(now) }
    }

    /// What the element's own work costs on what flows into it now.
    pub fn work(&self) -> Cost {
        let works = self.inputs.iter().filter_map(|input| Some(input.work.cost(&input.format?)));
        works.fold(Cost::default(), |sum, work| sum + work)
    }

    /// How long an item stays in the node: what it waits for by its own account or its plan's, or what its work takes.
    pub fn delay(&self) -> MediaTime {
        let works = self.inputs.iter().filter_map(|input| Some(input.work.cost(&input.format?).latency));
        works.map(|latency| MediaTime::from_micros(i64::from(latency))).fold(self.latency, MediaTime::max)
    }

    pub fn is_element(&self) -> bool {
        self.role == Role::Element
    }
}

impl Output {
    pub fn new(kind: Kind, tree: Option<Tree>) -> Self {
        Output {
            targets: SmallVec::new(),
            flow: Flow::default(),
            kind,
            requests: KeyframeRequests::default(),
            bitrate: None,
            follows: None,
            tree: tree.map(Box::new),
            solved: 0,
        }
    }

    /// Whether a link of this output must begin with a keyframe when this is carried.
    pub fn begins_with_keyframe(&self, carriage: Option<Carriage>) -> bool {
        self.kind == Kind::Video && carriage != Some(Carriage::Raw)
    }

    /// Nothing more to this input until a keyframe.
    pub fn hold_back(&mut self, node: ElementId, input: usize) {
        for target in self
            .targets
            .iter_mut()
            .filter(|target| target.node == node && target.input == input && target.state == LinkState::Open)
        {
            target.state = LinkState::WaitsForKeyframe;
        }
    }
}

impl Target {
    /// Whether an item that is given to this link must be announced.
    pub fn is_beginning(&self, starts_keyframe: bool) -> bool {
        match self.state {
            LinkState::First | LinkState::Arriving => true,
            LinkState::WaitsForKeyframe => starts_keyframe,
            LinkState::Open | LinkState::Leaving => false,
        }
    }
}

impl Input {
    pub fn new(kind: Kind, caps: Caps) -> Self {
        Input {
            last: MediaTime::from_nanos(i64::MIN),
            flow: Flow::default(),
            latency: Latency::default(),
            kind,
            feeder: None,
            source: None,
            caps,
            work: Work::NONE,
            format: None,
            handover: None,
        }
    }
}

impl Flow {
    /// Notes an item. True when media had not been flowing.
    #[inline]
    pub fn note(&mut self, now: MediaTime) -> bool {
        self.last = now;
        !std::mem::replace(&mut self.flowing, true)
    }
}

impl Latency {
    #[inline]
    pub(crate) fn note(&mut self, latency: MediaTime) {
        if self.items == 0 {
            (self.min, self.max) = (latency, latency);
        }
        self.items += 1;
        self.min = self.min.min(latency);
        self.max = self.max.max(latency);
        self.sum += latency;
    }

    /// The average; zero before the first item.
    pub fn average(&self) -> MediaTime {
        MediaTime::from_nanos(self.sum.nanos().checked_div(i64::try_from(self.items).unwrap_or(i64::MAX)).unwrap_or(0))
    }
}
