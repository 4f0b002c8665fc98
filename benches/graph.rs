//! What the engine itself costs: inline hops, hops over the pool, a turn.
//!
//! `cargo bench --bench graph`. The rival of an inline hop is a bare loop of virtual calls in the same run.

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::{Arc, mpsc};
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
    let payload = Bytes::from_static(&[0; 1_200]);
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

criterion_group!(benches, inline, pool);
criterion_main!(benches);
