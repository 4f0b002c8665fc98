//! A node that does not return holds up nobody else, and the application hears of it.

mod common;

use common::*;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use trellis_graph::{
    Context, Converter, ElementId, Executor, MonotonicClock, Node, NodeError, Notice, PadSpec, Pipeline, Registry,
    Simulation, Weight,
};
use trellis_media::{Alternative, Caps, Codec, FieldSet, Format, Item, Kind, MediaTime};
use trellis_negotiator::{Cost, Rule};

const PATIENCE: MediaTime = MediaTime::from_millis(50);

/// Tests that count threads run one after the other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Does not return from one item until it is let go; logs what it gets, and passes it on.
struct Hangs {
    at: Option<u32>,
    let_go: Arc<Mutex<Receiver<()>>>,
    log: Log,
}

impl Node for Hangs {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }
    fn process(&mut self, _input: usize, item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if self.at == Some(number(&item)) {
            // The test that fails drops the other end.
            let _ = self.let_go.lock().unwrap().recv();
        }
        self.log.say(number(&item));
        cx.emit(0, item);
        Ok(())
    }
}

/// A pipeline on one thread, what it tells, and what lets a node that hangs go.
struct World {
    pipeline: Pipeline,
    told: Receiver<(ElementId, String)>,
    release: Sender<()>,
    let_go: Arc<Mutex<Receiver<()>>>,
}

fn world(make: impl FnOnce(&Arc<Mutex<Receiver<()>>>) -> Registry) -> World {
    let (tell, told) = channel();
    let (release, let_go) = channel();
    let observer = move |element: ElementId, notice: Notice| {
        let text = match notice {
            Notice::Error(error) => format!("error: {error}"),
            Notice::Warning(error) => format!("warning: {error}"),
            _ => return,
        };
        let _ = tell.send((element, text));
    };
    let executor = Executor::start(1).unwrap();
    let let_go = Arc::new(Mutex::new(let_go));
    let pipeline = Pipeline::new(&executor, Arc::new(MonotonicClock), Arc::new(make(&let_go)), observer);
    pipeline.turn(|turn| turn.set_patience(PATIENCE));
    World { pipeline, told, release, let_go }
}

/// A thread of the pool, and the one of the clock.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.starts_with("media-")).count()
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !done() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_node_that_hangs_is_told_of_and_its_neighbours_frames_flow_on_the_only_thread() {
    let _alone = alone();
    wait_until("no pool of another test", || threads() == 0);
    let world = world(|_| Registry::default());
    let (hung, beside) = (Log::default(), Log::default());
    let any = || vec![PadSpec::sink(Kind::Video, Caps::any_of(Kind::Video))];
    let node = Hangs { at: Some(0), let_go: Arc::clone(&world.let_go), log: hung.clone() };
    let stuck = world.pipeline.add(element("stuck", any(), 1, false, node));
    let source = world.pipeline.add(camera(&Log::default()));
    let witness = world.pipeline.add(sink(&beside, Weight::Heavy, "video/vp8"));
    world.pipeline.turn(|turn| {
        turn.set_format(source, 0, vp8());
        turn.connect((source, 0), (stuck, 0)).unwrap();
        turn.connect((source, 0), (witness, 0)).unwrap();
        turn.emit(source, 0, frame(0, true));
    });
    let told = world.told.recv_timeout(Duration::from_secs(10)).expect("it is told");
    assert_eq!(told, (stuck, "warning: stuck has not returned from its work for 50 ms".to_owned()));
    for number in 1..30 {
        world.pipeline.turn(|turn| turn.emit(source, 0, frame(number, true)));
        wait_until("the neighbour's frame", || beside.len() > number as usize);
    }
    assert_eq!((hung.len(), threads()), (0, 3), "the thread that is lost, one that stands in for it, the clock's");
    let overdue = |name: &str| {
        let report = world.pipeline.report();
        report.nodes.iter().find(|node| &*node.name == name).map(|node| node.counters.overdue)
    };
    assert_eq!((overdue("stuck"), overdue("sink")), (Some(1), Some(0)));

    world.release.send(()).unwrap();
    wait_until("it goes on where it was", || hung.len() == 30);
    wait_until("a thread ends", || threads() == 2);
    world.pipeline.turn(|turn| turn.emit(source, 0, frame(30, true)));
    wait_until("the pool works on", || hung.len() == 31 && beside.len() == 31);
    assert!(world.told.try_recv().is_err(), "nothing else is told");
}

/// A converter from VP8 to VP9 whose first node hangs at the third frame.
fn hanging_converter(let_go: &Arc<Mutex<Receiver<()>>>, log: &Log) -> Registry {
    let rule = Rule {
        name: "test/slow".into(),
        input: Alternative::like(&vp8()),
        output: Alternative::like(&Format::encoded(Codec::Vp9)),
        keep: FieldSet::NONE,
        choose: FieldSet::NONE,
        cost: |_, _| Cost { generations: 1, cpu: 1_000, latency: 0 },
    };
    let (let_go, log, first) = (Arc::clone(let_go), log.clone(), Mutex::new(Some(2)));
    Registry::new([Converter::new(rule, move |_, _| {
        let at = first.lock().unwrap().take();
        Box::new(Hangs { at, let_go: Arc::clone(&let_go), log: log.clone() })
    })])
}

#[test]
fn a_converter_of_something_live_that_hangs_is_replaced() {
    let _alone = alone();
    let converted = Log::default();
    let world = world(|let_go| hanging_converter(let_go, &converted));
    let seen = Log::default();
    let source = world.pipeline.add(camera(&Log::default()));
    let viewer = world.pipeline.add(sink(&seen, Weight::Inline, "video/vp9"));
    world.pipeline.turn(|turn| {
        turn.set_format(source, 0, vp8());
        turn.connect((source, 0), (viewer, 0)).unwrap();
    });
    let mut sent = 0;
    wait_until("frames after the one that it hangs at", || {
        world.pipeline.turn(|turn| turn.emit(source, 0, frame(sent, true)));
        sent += 1;
        seen.len() > 5
    });
    let told = world.told.recv_timeout(Duration::from_secs(10)).expect("it is told");
    assert_eq!(told, (source, "error: test/slow: has not returned from its work for 50 ms".to_owned()));
    let numbers = |log: &Log| log.take().iter().map(|line| line.parse().unwrap()).collect::<Vec<u32>>();
    world.release.send(()).unwrap();
    wait_until("the node that was replaced returns", || threads() == 2);
    assert!(numbers(&converted).contains(&2), "it took the frame in the end");
    let seen = numbers(&seen);
    assert!(seen.is_sorted() && !seen.contains(&2), "which came too late for the viewer: {seen:?}");
}

#[test]
fn slow_work_on_a_file_is_told_of_and_loses_nothing() {
    let mut world = Simulation::new(Registry::default());
    world.work_takes(MediaTime::from_secs(5), 3);
    let log = Log::default();
    let sink = world.turn(|turn| {
        let file = turn.add(element("file", vec![], 1, false, FileSource { count: 200, next: 0 }));
        let sink = turn.add(sink(&log, Weight::Heavy, "video/vp8"));
        turn.connect((file, 0), (sink, 0)).unwrap();
        turn.command(file, Box::new(()));
        sink
    });
    world.run_until(MediaTime::from_secs(2_000));
    let frames: Vec<String> = (0..200u32).map(|number| number.to_string()).collect();
    assert_eq!(log.take(), [frames, vec!["end".to_owned()]].concat());
    let told = told(&mut world);
    let line = "warning: sink has not returned from its work for 2000 ms";
    let slow = told.iter().filter(|told| **told == (sink, line.to_owned())).count() as u64;
    let report = world.report();
    let counted = report.nodes.iter().find(|node| node.key == sink).map(|node| node.counters.overdue);
    assert!(slow > 0 && counted == Some(slow), "{counted:?} counted: {told:?}");
    assert_eq!(told.len() as u64, slow, "that a file is read slowly is not told");
    assert_eq!(report.next_deadline, None, "nothing is looked after any more");
}
