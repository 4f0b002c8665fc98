//! The contract of a node: a synchronous state machine that turns items into items.
//!
//! A node gets items, requests, commands and deadlines, always with the time; what it does is said through the
//! [`Context`]. It never sleeps, locks, opens sockets or asks the machine for the time, so the same node runs live,
//! faster than real time, or under a simulated clock. The graph carries out what the context collected after the
//! node has returned: a node is never entered twice.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use trellis_media::{Alternative, Caps, FieldSet, Format, Item, Kind, MediaTime};
use trellis_negotiator::{Follows, Work};

/// Whether a node's work is done where the item arrives or on the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Microseconds an item: forwarding, header rewriting, packetising. Runs under the pipeline's lock.
    Inline,
    /// Decoding, scaling, encoding, vision, files: runs on the pool, behind a bounded inbox, outside the lock.
    Heavy,
}

/// One pad of a node, as data. Pads are numbered in the order of declaration, sinks and sources apart.
#[derive(Clone, Debug)]
pub struct PadSpec {
    /// The kind of media.
    pub kind: Kind,
    /// For a sink pad what it accepts; for a source pad ignored until [`Context::set_format`].
    pub caps: Caps,
    /// For a source pad whose format is that of a sink pad, or comes from it: how. Such a pad needs no
    /// [`Context::set_format`].
    pub follows: Option<Box<Follows>>,
    /// For a sink pad what it costs the element to take what comes. Counts in plans, and its latency in what is
    /// promised along a path.
    pub work: Work,
}

impl PadSpec {
    /// A sink pad.
    pub fn sink(kind: Kind, caps: Caps) -> Self {
        PadSpec { kind, caps, follows: None, work: Work::NONE }
    }

    /// A source pad, whose format is told later.
    pub fn source(kind: Kind) -> Self {
        PadSpec::sink(kind, Caps::none())
    }

    /// A source pad that gives what comes into a sink pad, by its number.
    pub fn source_like(kind: Kind, sink: usize) -> Self {
        let follows = Follows { sink, keep: FieldSet::ALL, output: Alternative::any() };
        PadSpec { follows: Some(Box::new(follows)), ..PadSpec::source(kind) }
    }

    /// This sink pad, where taking what comes costs the element this.
    pub fn working(self, work: Work) -> Self {
        PadSpec { work, ..self }
    }
}

/// What a sink asks of the source, against the direction of the media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A keyframe soon: somebody joined, or cannot decode.
    Keyframe,
    /// The media should take no more than this many bits a second.
    Bitrate(u64),
}

/// What a node, or the graph for it, tells the application.
#[derive(Debug)]
pub enum Notice {
    /// The element stopped because of an error. The rest of the pipeline goes on.
    Error(NodeError),
    /// Something worth an event that stops nothing.
    Warning(NodeError),
    /// A source has delivered everything, or a sink has stored everything.
    EndOfStream,
    /// Media began (true) or ceased to flow through a pad.
    Flow {
        /// Sink or source pad.
        sink: bool,
        /// Kind of the pad.
        kind: Kind,
        /// The pad's number.
        pad: usize,
        /// Whether it flows now.
        flowing: bool,
    },
    /// Whether what leaves a source pad is transcoded for at least one sink.
    Transcoding {
        /// Kind of the pad.
        kind: Kind,
        /// The pad's number.
        pad: usize,
        /// Whether it is.
        transcoding: bool,
    },
    /// A message of this node's own type to its element.
    Custom(Box<dyn Any + Send>),
}

/// A message to a node from its element, outside the media: the node knows the type.
pub type Command = Box<dyn Any + Send>;

/// Why a node cannot go on, with the cause in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeError(String);

impl NodeError {
    /// From anything that can be said.
    pub fn new(cause: impl fmt::Display) -> Self {
        NodeError(cause.to_string())
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NodeError {}

/// A state machine in the graph. See the module's page for what it may and may not do.
///
/// Inputs and outputs are numbered from 0; a converter has one of each.
pub trait Node: Send {
    /// Where the work is done.
    fn weight(&self) -> Weight {
        Weight::Inline
    }

    /// How long an item stays in the node: what it waits for (frames to look ahead at, a buffer against jitter), not
    /// what it computes. Asked when the node is put in.
    fn latency(&self) -> MediaTime {
        MediaTime::ZERO
    }

    /// Takes one item. An error stops this element and is reported; what can be survived is survived here.
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError>;

    /// What the items of an input are from now on; called before the first one. A source pad that
    /// [follows](PadSpec::follows) the input has its format by itself; an element that must see to it passes it on by
    /// [`Context::set_format`].
    fn format(&mut self, _input: usize, _format: Format, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }

    /// An input has ended. What is buffered is given out now. A converter passes the end on.
    fn end(&mut self, input: usize, cx: &mut Context) -> Result<(), NodeError> {
        cx.end(input);
        Ok(())
    }

    /// Somebody downstream of an output asks for something. A node that cannot grant it passes it on (the default).
    fn request(&mut self, output: usize, request: Request, cx: &mut Context) {
        cx.request(output, request);
    }

    /// The time asked for by [`Context::wake_at`] has come.
    fn wake(&mut self, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }

    /// The node's element sends a message.
    fn command(&mut self, _command: Command, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }
}

/// Something that a node batched for the end of the turn, carried out after the pipeline's lock has been released:
/// one system call for all the packets of a turn.
pub trait Flush: Send + Sync {
    /// Sends what was batched.
    fn flush(&self);
}

/// What a node does in one call, collected for the graph; see [`Node`].
pub struct Context {
    pub(crate) now: MediaTime,
    pub(crate) actions: Vec<Action>,
}

/// One thing that a node asked for.
pub(crate) enum Action {
    Emit(usize, Item),
    End(usize),
    Request(usize, Request),
    Wake(MediaTime),
    Format(usize, Format),
    /// An input has taken a format: the graph's own, for outputs that follow.
    Took(usize, Format),
    Caps(usize, Caps),
    Notice(Notice),
    Flush(Arc<dyn Flush>),
}

impl Context {
    /// A context for one call at `now`. The graph makes these; tests of single nodes may.
    pub fn new(now: MediaTime) -> Self {
        Context { now, actions: Vec::new() }
    }

    /// The time on the pipeline's clock.
    pub fn now(&self) -> MediaTime {
        self.now
    }

    /// Gives an item out.
    pub fn emit(&mut self, output: usize, item: Item) {
        self.actions.push(Action::Emit(output, item));
    }

    /// Ends an output: nothing more comes from it.
    pub fn end(&mut self, output: usize) {
        self.actions.push(Action::End(output));
    }

    /// Asks whoever feeds an input.
    pub fn request(&mut self, input: usize, request: Request) {
        self.actions.push(Action::Request(input, request));
    }

    /// Asks for [`Node::wake`] at `time`; an earlier wish of the same node is replaced.
    pub fn wake_at(&mut self, time: MediaTime) {
        self.actions.push(Action::Wake(time));
    }

    /// Says what an output gives from the next item on. Elements only; a converter's formats are the plan's.
    pub fn set_format(&mut self, output: usize, format: Format) {
        self.actions.push(Action::Format(output, format));
    }

    /// Says what an input accepts from now on. Elements only.
    pub fn set_caps(&mut self, input: usize, caps: Caps) {
        self.actions.push(Action::Caps(input, caps));
    }

    /// Tells the application.
    pub fn notify(&mut self, notice: Notice) {
        self.actions.push(Action::Notice(notice));
    }

    /// Asks for a flush at the end of this turn, once however often it is asked for.
    pub fn flush_after_turn(&mut self, batch: &Arc<dyn Flush>) {
        self.actions.push(Action::Flush(Arc::clone(batch)));
    }

    /// The items emitted so far, taken out: for tests of single nodes.
    pub fn take_items(&mut self) -> Vec<(usize, Item)> {
        let mut items = Vec::new();
        let mut rest = Vec::new();
        for action in self.actions.drain(..) {
            match action {
                Action::Emit(output, item) => items.push((output, item)),
                other => rest.push(other),
            }
        }
        self.actions = rest;
        items
    }

    /// The requests made so far, taken out: for tests of single nodes.
    pub fn take_requests(&mut self) -> Vec<(usize, Request)> {
        let mut requests = Vec::new();
        self.actions.retain(|action| match action {
            Action::Request(input, request) => {
                requests.push((*input, *request));
                false
            }
            _ => true,
        });
        requests
    }
}
