//! Trellis: an embeddable media graph engine.
//!
//! Elements are chained into pipelines; whatever is connected plays, because the graph inserts the cheapest
//! converters that lead from what a source gives to what its sinks accept.
//!
//! A file into another format:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let studio = trellis::Studio::start()?;
//! let mut pipeline = studio.pipeline();
//! let player = pipeline.player("in.mp4")?;
//! let recorder = pipeline.recorder("out.webm")?;
//! pipeline.connect_all(player, recorder)?;
//! pipeline.run()?;
//! println!("{}", pipeline.explain());
//! # Ok(())
//! # }
//! ```
//!
//! [`guide`] draws the model and shows how to write filters, converters, elements and tests. The examples in
//! `crates/trellis/examples` are whole programs.
#![forbid(unsafe_code)]

pub mod guide;

pub use trellis_elements as elements;
pub use trellis_elements::player::Pace;
pub use trellis_elements::rtp::RtpStream;
pub use trellis_elements::studio::{BuildError, Pipeline, RunError, Studio};
pub use trellis_graph as graph;
pub use trellis_media as media;
pub use trellis_model as model;
pub use trellis_negotiator as negotiator;
