//! An emulated line between two elements: it delays, loses, doubles and reorders, and holds no more than it can.

use super::Random;
use crate::{Context, Element, Node, NodeError, PadSpec, Request};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use trellis_media::{Caps, Item, Kind, MediaTime};

/// What a line does with the items that it carries. Chances are from 0.0 to 1.0. Requests go back with its delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The kind of media.
    pub kind: Kind,
    /// How long everything takes.
    pub delay: MediaTime,
    /// What it takes more than that, at the most.
    pub jitter: MediaTime,
    /// The chance that an item is lost.
    pub loss: f64,
    /// The chance that an item comes twice.
    pub duplicate: f64,
    /// The chance that an item may overtake, or be overtaken by, its neighbours; the others keep their order.
    pub reorder: f64,
    /// Bits a second; `None`: as many as come.
    pub rate: Option<u64>,
    /// Items that may be on the line; what comes beyond is lost.
    pub queue: usize,
}

impl Default for Line {
    /// A line for video that does nothing but take 20 ms.
    fn default() -> Line {
        Line {
            kind: Kind::Video,
            delay: MediaTime::from_millis(20),
            jitter: MediaTime::ZERO,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            rate: None,
            queue: 1_000,
        }
    }
}

/// The items that a line has carried. `sent + doubled` is `lost + delivered` and what is still on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Items that were given to the line.
    pub sent: u64,
    /// Those of them that it lost, by chance or because it was full.
    pub lost: u64,
    /// Those of them that it carries twice.
    pub doubled: u64,
    /// Items that have come out of it.
    pub delivered: u64,
}

/// Reads the traffic of one line. Clones read the same.
#[derive(Clone, Debug, Default)]
pub struct TrafficCounter(Arc<Mutex<Traffic>>);

impl TrafficCounter {
    /// All that the line has carried until now.
    pub fn read(&self) -> Traffic {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, count: impl FnOnce(&mut Traffic)) {
        count(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Line {
    /// The line as an element with one pad of each direction, with randomness of its own.
    pub fn element(self, random: Random) -> Element {
        self.counted(random).0
    }

    /// As [`Line::element`], with what reads its traffic.
    pub fn counted(self, random: Random) -> (Element, TrafficCounter) {
        let counter = TrafficCounter::default();
        let sinks = vec![PadSpec::sink(self.kind, Caps::any_of(self.kind))];
        let sources = vec![PadSpec::source_like(self.kind, 0)];
        let node = LineNode {
            line: self,
            random,
            counter: counter.clone(),
            carried: BTreeMap::new(),
            order: 0,
            items: 0,
            free: MediaTime::ZERO,
            last: MediaTime::ZERO,
        };
        // What leaves it comes when it comes.
        (Element { name: "line".into(), sinks, sources, live: true, node: Box::new(node) }, counter)
    }
}

struct LineNode {
    line: Line,
    random: Random,
    counter: TrafficCounter,
    /// What is on its way, by when it arrives. Requests: no more than two can wait for each sink that asks.
    carried: BTreeMap<(MediaTime, u64), Carried>,
    order: u64,
    items: usize,
    /// When the line has sent what it was given.
    free: MediaTime,
    /// When the last item that keeps its order arrives.
    last: MediaTime,
}

enum Carried {
    Item(Item),
    Request(Request),
}

impl LineNode {
    fn carry(&mut self, due: MediaTime, carried: Carried, cx: &mut Context) {
        self.items += usize::from(matches!(carried, Carried::Item(_)));
        self.carried.insert((due, self.order), carried);
        self.order += 1;
        if let Some(((first, _), _)) = self.carried.first_key_value() {
            cx.wake_at(*first);
        }
    }

    fn deliver(&mut self, item: Item, cx: &mut Context) {
        self.items -= 1;
        self.counter.count(|traffic| traffic.delivered += 1);
        cx.emit(0, item);
    }

    /// When an item that comes now has been sent.
    fn sent(&mut self, item: &Item, now: MediaTime) -> MediaTime {
        let Some(rate) = self.line.rate.and_then(|rate| u32::try_from(rate).ok()) else { return now };
        let bits = i64::try_from(item.size().saturating_mul(8)).unwrap_or(i64::MAX);
        self.free = self.free.max(now) + MediaTime::from_ticks(bits, rate);
        self.free
    }
}

impl Node for LineNode {
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        let lost = self.random.chance(self.line.loss) || self.items >= self.line.queue;
        self.counter.count(|traffic| {
            traffic.sent += 1;
            traffic.lost += u64::from(lost);
        });
        if lost {
            return Ok(());
        }
        let mut due = self.sent(&item, cx.now()) + self.line.delay + self.random.time(self.line.jitter);
        if !self.random.chance(self.line.reorder) {
            due = due.max(self.last);
            self.last = due;
        }
        if self.random.chance(self.line.duplicate) {
            self.counter.count(|traffic| traffic.doubled += 1);
            self.carry(due, Carried::Item(item.clone()), cx);
        }
        self.carry(due, Carried::Item(item), cx);
        Ok(())
    }

    fn request(&mut self, _output: usize, request: Request, cx: &mut Context) {
        self.carry(cx.now() + self.line.delay, Carried::Request(request), cx);
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        while let Some(first) = self.carried.first_entry() {
            let due = first.key().0;
            if due > cx.now() {
                cx.wake_at(due);
                break;
            }
            match first.remove() {
                Carried::Item(item) => self.deliver(item, cx),
                Carried::Request(request) => cx.request(0, request),
            }
        }
        Ok(())
    }

    fn end(&mut self, _input: usize, cx: &mut Context) -> Result<(), NodeError> {
        for carried in std::mem::take(&mut self.carried).into_values() {
            if let Carried::Item(item) = carried {
                self.deliver(item, cx);
            }
        }
        cx.end(0);
        Ok(())
    }
}
