//! The world that tests run in: a virtual clock, an emulated network, and randomness from a seed.
//!
//! What users of the engine build is tested as the engine itself is: with real nodes, in virtual time, over lines that
//! lose and delay. The same seed gives the same outputs, bit for bit.
//!
//! ```
//! use trellis_graph::Registry;
//! use trellis_graph::world::{Camera, Collector, Line, World};
//! use trellis_media::{Codec, Format, Kind, MediaTime};
//!
//! let mut world = World::new(Registry::default(), 7);
//! let line = world.line(Line { loss: 0.05, jitter: MediaTime::from_millis(30), ..Line::default() });
//! let camera = world.camera(Camera::video(Format::encoded(Codec::Vp8)));
//! let collector = Collector::default();
//! let viewer = collector.element("viewer", Kind::Video, "video/vp8".parse().unwrap());
//! let viewer = world.pipeline.turn(|turn| turn.add(viewer));
//! world.chain(&[camera, line, viewer]);
//! world.run_for(MediaTime::from_secs(10));
//!
//! let arrived = collector.take();
//! assert!(arrived.len() < 300 && arrived.len() > 250, "{} of 300 frames", arrived.len());
//! assert!(arrived.windows(2).all(|pair| pair[0].number < pair[1].number), "this line keeps the order");
//! ```

mod clock;
mod ends;
mod line;
mod random;

pub use clock::DriftingClock;
pub use ends::{Arrival, Camera, Collector, number};
pub use line::{Line, Traffic, TrafficCounter};
pub use random::Random;

use crate::{ElementId, Registry, Simulation};
use trellis_media::MediaTime;

/// A pipeline under a virtual clock, and the randomness of one seed for everything in it.
pub struct World {
    /// The pipeline.
    pub pipeline: Simulation,
    /// What the seed still gives. Each line and each camera has got a generator of its own from it.
    pub random: Random,
    /// One for each line that was put in.
    traffic: Vec<(ElementId, TrafficCounter)>,
}

impl World {
    /// An empty world. The seed decides everything that is random in it.
    pub fn new(registry: Registry, seed: u64) -> World {
        World { pipeline: Simulation::new(registry), random: Random::new(seed), traffic: Vec::new() }
    }

    /// Heavy work takes up to `longest` from now on, see [`Simulation::work_takes`].
    pub fn work_takes(&mut self, longest: MediaTime) {
        self.pipeline.work_takes(longest, self.random.number());
    }

    /// Puts a line in: an element with one pad of each direction.
    pub fn line(&mut self, line: Line) -> ElementId {
        let (element, counter) = line.counted(self.random.split());
        let line = self.pipeline.turn(|turn| turn.add(element));
        self.traffic.push((line, counter));
        line
    }

    /// What a line of [`World::line`] has carried until now; nothing, for any other element.
    pub fn traffic(&self, line: ElementId) -> Traffic {
        let counter = self.traffic.iter().find(|(known, _)| *known == line);
        counter.map_or_else(Traffic::default, |(_, counter)| counter.read())
    }

    /// Puts a camera, or a microphone, in. It begins when time goes on.
    pub fn camera(&mut self, camera: Camera) -> ElementId {
        let element = camera.element();
        self.pipeline.turn(|turn| {
            let key = turn.add(element);
            turn.command(key, Box::new(()));
            key
        })
    }

    /// Connects the first source pad of each element to the first sink pad of the next.
    ///
    /// # Panics
    /// When two of them cannot be connected.
    pub fn chain(&mut self, elements: &[ElementId]) {
        self.pipeline.turn(|turn| {
            for pair in elements.windows(2) {
                turn.connect((pair[0], 0), (pair[1], 0)).expect("the pads fit");
            }
        });
    }

    /// Lets time pass.
    pub fn run_for(&mut self, time: MediaTime) {
        let now = self.pipeline.now();
        self.pipeline.run_until(now + time);
    }
}
