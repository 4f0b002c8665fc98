//! Media within a program: threads and converters, and pipelines of players, recorders, mixers, RTP and the program's
//! own elements, with the wiring done.
//!
//! It adds no engine: whatever is not here is done on the [`trellis_graph::Pipeline`] underneath
//! ([`Pipeline::graph`]).

mod build;
mod error;
mod flow;
mod part;
mod pipeline;
mod progress;

pub use error::{BuildError, RunError};
pub use pipeline::Pipeline;
pub use progress::Seen;

use crate::catalogue;
use crate::launch;
use crate::rtp::Receiver;
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;
use trellis_graph::{Clock, Converter, Executor, MonotonicClock, Registry};

/// What all pipelines of a program share: one thread for each core, and the converters that may stand between
/// elements. Clones are handles of the same; the threads end with the last, and with the last pipeline.
#[derive(Clone)]
pub struct Studio {
    executor: Executor,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    /// Started with the first RTP input.
    receiver: Arc<Mutex<Option<Receiver>>>,
}

impl Studio {
    /// Starts the threads, with every converter of this build.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start() -> io::Result<Studio> {
        Studio::with_converters([])
    }

    /// As [`Studio::start`], with converters of the program's own beside those of this build.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn with_converters(own: impl IntoIterator<Item = Converter>) -> io::Result<Studio> {
        let ours = catalogue::converters();
        Ok(Studio {
            executor: Executor::start(0)?,
            registry: Arc::new(Registry::new(ours.converters().iter().cloned().chain(own))),
            clock: Arc::new(MonotonicClock),
            receiver: Arc::default(),
        })
    }

    /// An empty pipeline.
    pub fn pipeline(&self) -> Pipeline {
        Pipeline::new(self)
    }

    /// The pipeline that a line of text describes, see [`crate::launch`]: from a player to a recorder.
    ///
    /// # Errors
    /// A line that is no such pipeline, or names what cannot be opened.
    pub fn launch(&self, line: &str) -> Result<Pipeline, BuildError> {
        let written = launch::parse(line)?;
        let name = |element: Option<&launch::Written>| element.map(|element| element.kind.name);
        if name(written.first()) != Some("player") || name(written.last()) != Some("recorder") {
            return Err(BuildError::Ends);
        }
        let mut pipeline = self.pipeline();
        let mut before = None;
        for written in &written {
            let element = pipeline.add_written(written)?;
            if let Some(before) = before.replace(element) {
                pipeline.connect_all(before, element)?;
            }
        }
        Ok(pipeline)
    }
}
