//! How old media is when it comes to an element: a shell around the element's node.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use trellis_graph::{Command, Context, Node, NodeError, Request, Weight};
use trellis_media::{Format, Item, MediaTime};

/// Each item moves the average by this part of its difference.
const SHARE: i64 = 16;
/// Nothing has come yet.
const UNKNOWN: i64 = i64::MIN;

/// Averages of one element, by sink pad: audio, video, data.
pub(crate) struct Latencies {
    /// One switch for a whole pipeline.
    enabled: Arc<AtomicBool>,
    averages: [AtomicI64; 3],
}

impl Latencies {
    pub fn new(enabled: &Arc<AtomicBool>) -> Latencies {
        Latencies { enabled: Arc::clone(enabled), averages: [UNKNOWN; 3].map(AtomicI64::new) }
    }

    /// The average time from when media was sampled until it came to a pad; `None` while nothing was measured.
    pub fn average(&self, pad: usize) -> Option<MediaTime> {
        let average = self.averages.get(pad)?.load(Ordering::Relaxed);
        (average != UNKNOWN && self.enabled.load(Ordering::Relaxed)).then(|| MediaTime::from_nanos(average))
    }

    fn came(&self, pad: usize, sampled: MediaTime, now: MediaTime) {
        let Some(average) = self.averages.get(pad).filter(|_| self.enabled.load(Ordering::Relaxed)) else { return };
        // A player is a little early.
        let latency = (now - sampled).nanos().max(0);
        let before = average.load(Ordering::Relaxed);
        let after = if before == UNKNOWN { latency } else { before + (latency - before) / SHARE };
        average.store(after, Ordering::Relaxed);
    }
}

/// A node whose inputs are measured. It does what the node does.
pub(crate) struct Measured {
    pub node: Box<dyn Node>,
    pub latencies: Arc<Latencies>,
}

impl Node for Measured {
    fn weight(&self) -> Weight {
        self.node.weight()
    }

    fn latency(&self) -> MediaTime {
        self.node.latency()
    }

    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        self.latencies.came(input, item.time, cx.now());
        self.node.process(input, item, cx)
    }

    fn format(&mut self, input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        self.node.format(input, format, cx)
    }

    fn end(&mut self, input: usize, cx: &mut Context) -> Result<(), NodeError> {
        self.node.end(input, cx)
    }

    fn request(&mut self, output: usize, request: Request, cx: &mut Context) {
        self.node.request(output, request, cx);
    }

    fn wake(&mut self, cx: &mut Context) -> Result<(), NodeError> {
        self.node.wake(cx)
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Result<(), NodeError> {
        self.node.command(command, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_follows_what_comes_while_it_is_wanted() {
        let enabled = Arc::new(AtomicBool::new(false));
        let latencies = Latencies::new(&enabled);
        let millis = MediaTime::from_millis;
        latencies.came(1, millis(0), millis(50));
        assert_eq!(latencies.average(1), None, "nobody asked");
        enabled.store(true, Ordering::Relaxed);
        latencies.came(1, millis(100), millis(140));
        assert_eq!((latencies.average(1), latencies.average(0)), (Some(millis(40)), None));
        for _ in 0..200 {
            latencies.came(1, millis(100), millis(120));
        }
        assert!(latencies.average(1).is_some_and(|average| average - millis(20) < millis(1)));
        latencies.came(2, millis(100), millis(90));
        assert_eq!(latencies.average(2), Some(MediaTime::ZERO));
        latencies.came(7, millis(0), millis(90));
    }
}
