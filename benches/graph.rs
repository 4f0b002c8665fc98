//! What the engine itself costs: inline hops, hops over the pool, a turn.
//!
//! `cargo bench --bench graph`. The rivals of an inline hop, in the same run, are GStreamer's `identity` where
//! `gst-launch-1.0` is installed (Debian: gstreamer1.0-tools, gstreamer1.0-plugins-base), and a bare loop of virtual
//! calls.

mod support;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use support::{children_cpu, head, process_cpu, spread, thread_cpu};
use trellis::graph::{
    Context, Element, ElementId, Executor, MonotonicClock, Node, NodeError, Notice, PadSpec, Pipeline, Registry, Weight,
};
use trellis::media::{Caps, Codec, Format, Item, Kind, MediaTime, Payload, RtpPacket};

struct Identity(Weight);

impl Node for Identity {
    fn weight(&self) -> Weight {
        self.0
    }
    fn process(&mut self, input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        cx.emit(input, item);
        Ok(())
    }
    fn format(&mut self, input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(input, format);
        Ok(())
    }
}

/// Counts what arrives and tells when the last has.
struct Count {
    expected: u64,
    seen: u64,
    done: mpsc::Sender<()>,
}

impl Node for Count {
    fn process(&mut self, _input: usize, item: Item, _cx: &mut Context) -> Result<(), NodeError> {
        black_box(&item);
        self.seen += 1;
        if self.seen.is_multiple_of(self.expected) {
            let _ = self.done.send(());
        }
        Ok(())
    }
}

fn packet(sequence: u16) -> Item {
    packet_of(sequence, Bytes::from_static(&[0; 1_200]))
}

fn packet_of(sequence: u16, payload: Bytes) -> Item {
    let packet =
        RtpPacket { payload_type: 96, marker: false, sequence, timestamp: 0, ssrc: 1, starts_keyframe: true, payload };
    Item { time: MediaTime::ZERO, payload: Payload::Rtp(packet) }
}

fn element(sinks: usize, node: impl Node + 'static) -> Element {
    let any = PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video));
    let sources = vec![PadSpec::source(Kind::Video)];
    Element { name: "node".into(), sinks: vec![any; sinks], sources, live: false, node: Box::new(node) }
}

/// A chain of `length` identity nodes behind a source, with a counter at its end.
fn chain(length: usize, weight: Weight, expected: u64) -> (Pipeline, ElementId, mpsc::Receiver<()>) {
    let executor = Executor::start(0).expect("threads start");
    let (done, finished) = mpsc::channel();
    let nobody = |_: ElementId, _: Notice| {};
    let pipeline = Pipeline::new(&executor, Arc::new(MonotonicClock), Arc::new(Registry::default()), nobody);
    let source = pipeline.add(element(0, Identity(Weight::Inline)));
    let mut last = source;
    for _ in 0..length {
        let next = pipeline.add(element(1, Identity(weight)));
        pipeline.connect((last, 0), (next, 0)).expect("pads fit");
        last = next;
    }
    let count = pipeline.add(element(1, Count { expected, seen: 0, done }));
    pipeline.connect((last, 0), (count, 0)).expect("pads fit");
    pipeline.turn(|turn| turn.set_format(source, 0, Format::rtp(Codec::Vp8)));
    (pipeline, source, finished)
}

fn inline(c: &mut Criterion) {
    let mut group = c.benchmark_group("inline");
    let (pipeline, source, _finished) = chain(100, Weight::Inline, u64::MAX);
    group.throughput(Throughput::Elements(100));
    group.bench_function("100 identity nodes, one item (time / 100 is a hop)", |b| {
        b.iter_batched(|| packet(1), |item| pipeline.turn(|turn| turn.emit(source, 0, item)), BatchSize::SmallInput);
    });
    let mut nodes: Vec<Box<dyn Node>> = (0..100).map(|_| Box::new(Identity(Weight::Inline)) as Box<dyn Node>).collect();
    group.bench_function("rival: bare loop over 100 boxed nodes, one item", |b| {
        let mut context = Context::new(MediaTime::ZERO);
        b.iter_batched(
            || packet(1),
            |mut item| {
                for node in &mut nodes {
                    let _ = node.process(0, item, &mut context);
                    item = context.take_items().remove(0).1;
                }
                black_box(item)
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn pool(c: &mut Criterion) {
    const ITEMS: u64 = 1_000;
    let mut group = c.benchmark_group("pool");
    let (pipeline, source, finished) = chain(1, Weight::Heavy, 1);
    group.bench_function("one item over the pool and back, one at a time", |b| {
        b.iter_batched(
            || packet(1),
            |item| {
                pipeline.turn(|turn| turn.emit(source, 0, item));
                let _ = finished.recv();
            },
            BatchSize::SmallInput,
        );
    });
    let (pipeline, source, finished) = chain(1, Weight::Heavy, 50);
    group.throughput(Throughput::Elements(ITEMS));
    group.bench_function("1000 items over the pool, 50 under way", |b| {
        b.iter(|| {
            for _ in 0..ITEMS / 50 {
                pipeline.turn(|turn| (0..50).for_each(|n| turn.emit(source, 0, packet(n))));
                let _ = finished.recv();
            }
        });
    });
    group.finish();
}

/// Nodes of a chain that is compared with the rival's.
const CHAIN: usize = 100;
/// Items that pass it, in each of so many runs.
const ITEMS: u32 = 50_000;
const RUNS: usize = 7;

/// Nanoseconds of CPU for each of so many hops.
fn per_hop(cpu: Duration, hops: u64) -> f64 {
    cpu.as_nanos() as f64 / hops as f64
}

/// CPU of one hop between inline nodes, all counters on; each item has its own 1200 bytes, as the rival's has.
fn inline_hop() -> f64 {
    let (pipeline, source, _finished) = chain(CHAIN, Weight::Inline, u64::MAX);
    let send = |items: u32| {
        for sequence in 0..items {
            let item = packet_of(sequence as u16, Bytes::from(vec![0; 1_200]));
            pipeline.turn(|turn| turn.emit(source, 0, item));
        }
    };
    send(1_000);
    let before = thread_cpu();
    send(ITEMS);
    per_hop(thread_cpu() - before, u64::from(ITEMS) * (CHAIN as u64 + 1))
}

/// CPU of this whole process for one hop over the pool, forty items under way at once.
fn pool_hop() -> f64 {
    const NODES: u64 = 4;
    let (pipeline, source, finished) = chain(NODES as usize, Weight::Heavy, 40);
    let rounds = u64::from(ITEMS) * 8 / 40;
    let before = process_cpu();
    for _ in 0..rounds {
        pipeline.turn(|turn| (0..40).for_each(|sequence| turn.emit(source, 0, packet(sequence))));
        let _ = finished.recv();
    }
    per_hop(process_cpu() - before, rounds * 40 * NODES)
}

/// CPU of one hop between `identity` elements of GStreamer, start-up taken off by a short run; `None`: not installed.
fn gstreamer_hop() -> Option<f64> {
    let run = |items: u32| {
        let mut command = Command::new("gst-launch-1.0");
        command.args(["-q", "fakesrc", &format!("num-buffers={items}"), "sizetype=fixed", "sizemax=1200"]);
        for _ in 0..CHAIN {
            command.args(["!", "identity"]);
        }
        let before = children_cpu();
        let ended = command.args(["!", "fakesink"]).stdout(Stdio::null()).status().is_ok_and(|end| end.success());
        ended.then(|| children_cpu() - before)
    };
    let (short, long) = (run(1_000)?, run(1_000 + ITEMS)?);
    Some(per_hop(long.saturating_sub(short), u64::from(ITEMS) * (CHAIN as u64 + 1)))
}

fn gstreamer_version() -> String {
    let output = Command::new("gst-launch-1.0").arg("--version").output().ok();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().find(|line| line.starts_with("GStreamer")).unwrap_or("GStreamer of no known version").to_owned()
}

/// CPU time of hops, ours and the rival's by turns.
fn hops(_c: &mut Criterion) {
    let (mut inline, mut pool, mut rival) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        inline.push(inline_hop());
        pool.push(pool_hop());
        rival.extend(gstreamer_hop());
    }
    head("hops of items of 1200 bytes, CPU time");
    println!("inline hop, chain of {CHAIN}: {:.1} ns (goal 60)", spread(inline.iter().copied()));
    println!("hop over the pool, 40 items under way: {:.0} ns (goal 2000)", spread(pool));
    if rival.is_empty() {
        println!("rival: gst-launch-1.0 is not installed");
        return;
    }
    let ratios = inline.iter().zip(&rival).map(|(ours, rival)| rival / ours);
    let ratio = spread(ratios.collect::<Vec<f64>>());
    println!("rival: {}, fakesrc ! {CHAIN} identity ! fakesink: {:.1} ns", gstreamer_version(), spread(rival));
    println!("items for each CPU second, in those of the rival: {ratio:.2} (goal 3)");
}

criterion_group!(benches, hops, inline, pool);
criterion_main!(benches);
