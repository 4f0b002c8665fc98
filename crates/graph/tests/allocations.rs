//! Nothing is allocated for an item that passes, and a pipeline that idles is small.

mod common;

use bytes::Bytes;
use common::PassAll;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use trellis_graph::{
    Context, Element, ElementId, Executor, Flush, MonotonicClock, Node, NodeError, Notice, PadSpec, Pipeline, Registry,
    Weight,
};
use trellis_media::{Caps, Codec, Format, Item, Kind, MediaTime, Payload, RtpPacket};

/// The system's allocator, counting what the threads that take part in a test do.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicI64 = AtomicI64::new(0);
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

thread_local! {
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

fn note(allocations: u64, bytes: i64) {
    if COUNTED.try_with(Cell::get).unwrap_or(false) {
        ALLOCATIONS.fetch_add(allocations, Ordering::Relaxed);
        BYTES.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: every call is passed on to the system's allocator as it came; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: the caller's contract is ours.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(0, -(layout.size() as i64));
        // SAFETY: the caller's contract is ours.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The tests of this file run one after the other, and this thread is counted.
fn alone() -> MutexGuard<'static, ()> {
    let guard = ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    COUNTED.set(true);
    guard
}

/// Counts what arrives, flushes at the end of each turn, and has its thread counted.
struct Arrived {
    items: Arc<AtomicU64>,
    batch: Arc<dyn Flush>,
}

struct Batch;

impl Flush for Batch {
    fn flush(&self) {}
}

impl Node for Arrived {
    fn process(&mut self, _input: usize, _item: Item, cx: &mut Context) -> Result<(), NodeError> {
        COUNTED.set(true);
        cx.flush_after_turn(&self.batch);
        self.items.fetch_add(1, Ordering::Release);
        Ok(())
    }
}

fn packet(sequence: u16) -> Item {
    let payload = Bytes::from_static(&[0; 1_200]);
    let packet =
        RtpPacket { payload_type: 96, marker: false, sequence, timestamp: 0, ssrc: 1, starts_keyframe: true, payload };
    Item { time: MediaTime::from_millis(i64::from(sequence)), payload: Payload::Rtp(packet) }
}

fn element(sinks: usize, sources: usize, node: impl Node + 'static) -> Element {
    let sinks = vec![PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video)); sinks];
    let sources = vec![PadSpec::source(Kind::Video); sources];
    Element { name: "node".into(), sinks, sources, live: false, node: Box::new(node) }
}

struct World {
    pipeline: Pipeline,
    source: ElementId,
    ends: u64,
    arrived: Arc<AtomicU64>,
}

/// A source, a chain of nodes, and behind the last of them so many ends.
fn world(executor: &Executor, chain: usize, weight: Weight, ends: u64) -> World {
    let nobody = |_: ElementId, _: Notice| {};
    let pipeline = Pipeline::new(executor, Arc::new(MonotonicClock), Arc::new(Registry::default()), nobody);
    let arrived = Arc::new(AtomicU64::new(0));
    let source = pipeline.add(element(0, 1, PassAll(Weight::Inline)));
    let mut last = source;
    for _ in 0..chain {
        let next = pipeline.add(element(1, 1, PassAll(weight)));
        pipeline.connect((last, 0), (next, 0)).unwrap();
        last = next;
    }
    for _ in 0..ends {
        let node = Arrived { items: Arc::clone(&arrived), batch: Arc::new(Batch) };
        let end = pipeline.add(element(1, 0, node));
        pipeline.connect((last, 0), (end, 0)).unwrap();
    }
    pipeline.turn(|turn| turn.set_format(source, 0, Format::rtp(Codec::Vp8)));
    World { pipeline, source, ends, arrived }
}

impl World {
    /// Sends items, forty at a time, and waits for each forty to arrive everywhere.
    fn send(&self, rounds: u16) {
        let deadline = Instant::now() + Duration::from_secs(20);
        for _ in 0..rounds {
            let expected = self.arrived.load(Ordering::Acquire) + 40 * self.ends;
            self.pipeline.turn(|turn| (0..40).for_each(|n| turn.emit(self.source, 0, packet(n))));
            while self.arrived.load(Ordering::Acquire) < expected {
                assert!(Instant::now() < deadline, "items are lost");
                std::thread::yield_now();
            }
        }
    }

    /// Allocations while 40,000 items pass, after as many have passed before.
    fn allocations(&self) -> u64 {
        self.send(1_000);
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        self.send(1_000);
        ALLOCATIONS.load(Ordering::Relaxed) - before
    }
}

#[test]
fn inline_nodes_pass_items_without_allocating() {
    let _alone = alone();
    let executor = Executor::start(1).unwrap();
    assert_eq!(world(&executor, 20, Weight::Inline, 1).allocations(), 0);
}

#[test]
fn fan_out_to_fifty_sinks_that_flush_allocates_nothing() {
    let _alone = alone();
    let executor = Executor::start(1).unwrap();
    assert_eq!(world(&executor, 1, Weight::Inline, 50).allocations(), 0);
}

#[test]
fn items_go_over_the_pool_without_allocating() {
    let _alone = alone();
    let executor = Executor::start(2).unwrap();
    // Queues may still grow once to a length that they never had; nothing grows with the number of items.
    let allocations = world(&executor, 4, Weight::Heavy, 1).allocations();
    assert!(allocations <= 40, "{allocations} allocations for 40,000 items");
}

#[test]
fn idle_pipeline_of_five_elements_takes_eight_kilobytes_no_thread_and_no_timer() {
    let _alone = alone();
    let executor = Executor::start(1).unwrap();
    drop(world(&executor, 3, Weight::Inline, 1));
    let threads = || std::fs::read_dir("/proc/self/task").map(Iterator::count).unwrap_or(0);
    let (bytes, before) = (BYTES.load(Ordering::Relaxed), threads());
    let idle = world(&executor, 3, Weight::Inline, 1);
    let taken = BYTES.load(Ordering::Relaxed) - bytes;
    assert!(taken <= 8 * 1_024, "{taken} bytes");
    println!("an idle pipeline of five elements: {taken} bytes");
    assert!(threads() <= before, "a pipeline started a thread");
    assert_eq!(idle.pipeline.report().next_deadline, None);
}

#[test]
fn a_thousand_pipelines_that_work_have_the_threads_of_one() {
    let _alone = alone();
    let executor = Executor::start(2).unwrap();
    let named = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        names.filter(|name| name.starts_with("media-")).count()
    };
    let worlds: Vec<World> = (0..1_000).map(|_| world(&executor, 1, Weight::Heavy, 1)).collect();
    for world in &worlds {
        world.send(1);
    }
    // Threads of executors that other tests have dropped may still be on their way out.
    let deadline = Instant::now() + Duration::from_secs(10);
    while named() != 3 {
        assert!(Instant::now() < deadline, "{} threads: two that work and one that keeps the time", named());
        std::thread::yield_now();
    }
}
