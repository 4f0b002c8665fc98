//! Elements whose other end is the program: sources that it computes items for, sinks that hand items to it.

use crate::player::Pace;
use trellis_graph::{Command, Context, Element, Node, NodeError, Notice, PadSpec, Weight};
use trellis_media::{Caps, Format, Item, Kind, MediaTime};

/// Items of a source that is not paced, in one wake-up.
const BURST: usize = 8;

/// What the program tells a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceCommand {
    /// Gives items from now on.
    Begin,
    /// Stands still.
    Pause,
    /// Goes on after a pause.
    GoOn,
}

/// A source of one pad that gives what `next` returns, in order of time, and ends when that is `None`. It begins with
/// [`SourceCommand::Begin`]; a second of media takes a second of the pipeline's clock with [`Pace::RealTime`], counted from then.
///
/// `next` is called on the pool, never twice at once, and no faster than what follows takes the items.
pub fn source(name: &str, format: Format, pace: Pace, next: impl FnMut() -> Option<Item> + Send + 'static) -> Element {
    let kind = format.kind().unwrap_or(Kind::Data);
    let node = SourceNode {
        format,
        pace,
        next: Box::new(next),
        base: MediaTime::ZERO,
        pending: None,
        state: State::Idle,
        woken: false,
    };
    let sources = vec![PadSpec::source(kind)];
    Element { name: name.into(), sinks: Vec::new(), sources, live: false, node: Box::new(node) }
}

/// A sink of one pad that hands every item to `take`, on the pool, never twice at once. It tells
/// [`Notice::EndOfStream`] when its source has ended. As every sink it loses items when it falls behind a live source.
pub fn sink(name: &str, kind: Kind, caps: Caps, take: impl FnMut(Item) + Send + 'static) -> Element {
    let node = Box::new(SinkNode { take: Box::new(take) });
    Element { name: name.into(), sinks: vec![PadSpec::sink(kind, caps)], sources: Vec::new(), live: false, node }
}

struct SourceNode {
    format: Format,
    pace: Pace,
    next: Box<dyn FnMut() -> Option<Item> + Send>,
    /// Time on the clock of the source's time zero.
    base: MediaTime,
    pending: Option<Item>,
    state: State,
    /// A wake-up is on its way: another would be one too many.
    woken: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Giving,
    Paused,
    Ended,
}

impl SourceNode {
    fn wake_now(&mut self, cx: &mut Context) {
        if !std::mem::replace(&mut self.woken, true) {
            cx.wake_at(cx.now());
        }
    }
}

impl Node for SourceNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, _item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        Ok(())
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        match (command.downcast_ref(), self.state) {
            (Some(SourceCommand::Begin), State::Idle) => {
                if self.pace == Pace::RealTime {
                    self.base = cx.now();
                }
                cx.set_format(0, self.format);
            }
            (Some(SourceCommand::GoOn), State::Paused) => {}
            (Some(SourceCommand::Pause), State::Giving) => {
                self.state = State::Paused;
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.state = State::Giving;
        self.wake_now(cx);
        Ok(())
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        self.woken = false;
        if self.state != State::Giving {
            return Ok(());
        }
        for _ in 0..BURST {
            let Some(mut item) = self.pending.take().or_else(|| (self.next)()) else {
                self.state = State::Ended;
                cx.end(0);
                cx.notify(Notice::EndOfStream);
                return Ok(());
            };
            let due = item.time + self.base;
            if self.pace == Pace::RealTime && due > cx.now() {
                self.pending = Some(item);
                cx.wake_at(due);
                return Ok(());
            }
            item.time = due;
            cx.emit(0, item);
        }
        self.wake_now(cx);
        Ok(())
    }
}

struct SinkNode {
    take: Box<dyn FnMut(Item) + Send>,
}

impl Node for SinkNode {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, _input: usize, item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        (self.take)(item);
        Ok(())
    }

    fn end(&mut self, _input: usize, cx: &mut Context) -> Result<(), NodeError> {
        cx.notify(Notice::EndOfStream);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use trellis_graph::{Registry, Simulation};
    use trellis_media::{DataMessage, Payload};

    /// Five messages, 10 ms apart; when each came.
    fn times(pace: Pace) -> Vec<(i64, i64)> {
        let mut number = 0;
        let next = move || {
            number += 1;
            let message = DataMessage { text: true, data: vec![number].into() };
            let time = MediaTime::from_millis(i64::from(number) * 10);
            (number <= 5).then_some(Item { time, payload: Payload::Data(message) })
        };
        let (tell, told) = mpsc::channel();
        let mut pipeline = Simulation::new(Registry::default());
        pipeline.run_until(MediaTime::from_millis(1_000));
        let sink = sink("sink", Kind::Data, Caps::any_of(Kind::Data), move |item| {
            let _ = tell.send(item.time);
        });
        let (source, sink) =
            pipeline.turn(|turn| (turn.add(source("source", Format::data(), pace, next)), turn.add(sink)));
        pipeline.turn(|turn| turn.connect((source, 0), (sink, 0))).unwrap();
        pipeline.turn(|turn| turn.command(source, Box::new(SourceCommand::Begin)));
        let mut came = Vec::new();
        for now in (1_000..1_100).step_by(5) {
            pipeline.run_until(MediaTime::from_millis(now));
            came.extend(told.try_iter().map(|time| (now, time.millis())));
        }
        let ends = pipeline.take_notices();
        assert!(ends.iter().any(|(element, notice)| *element == sink && matches!(notice, Notice::EndOfStream)));
        came
    }

    #[test]
    fn a_source_in_real_time_gives_each_item_at_its_time_and_another_all_at_once() {
        let paced = [(1_010, 1_010), (1_020, 1_020), (1_030, 1_030), (1_040, 1_040), (1_050, 1_050)];
        assert_eq!(times(Pace::RealTime), paced);
        let at_once = [(1_000, 10), (1_000, 20), (1_000, 30), (1_000, 40), (1_000, 50)];
        assert_eq!(times(Pace::AsFastAsPossible), at_once);
    }
}
