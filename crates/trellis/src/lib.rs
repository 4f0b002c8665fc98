//! Trellis: an embeddable media graph engine.
//!
//! Elements are chained into pipelines; whatever is connected plays, because the graph inserts the cheapest
//! converters that lead from what a source gives to what its sinks accept.
//!
//! A file into another format, in a few lines:
//!
//! ```no_run
//! use std::sync::Arc;
//! use trellis::elements::pads::pad;
//! use trellis::elements::{catalogue, player, recorder};
//! use trellis::graph::{Executor, MonotonicClock, Notice, Pipeline};
//! use trellis::media::Kind;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (tell, told) = std::sync::mpsc::channel();
//! let observer = move |element, notice| {
//!     if let Notice::EndOfStream = notice {
//!         let _ = tell.send(element);
//!     }
//! };
//! let converters = Arc::new(catalogue::converters());
//! let pipeline = Pipeline::new(&Executor::start(0)?, Arc::new(MonotonicClock), converters, observer);
//! let opened = player::open("player", "in.mp4".as_ref(), player::Pace::AsFastAsPossible)?;
//! let source = pipeline.add(opened.element);
//! let profile = recorder::Profile::of(recorder::ContainerKind::WebM);
//! let sink = pipeline.add(recorder::element("recorder", "out.webm".into(), profile));
//! pipeline.connect((source, pad(Kind::Video)), (sink, pad(Kind::Video)))?;
//! pipeline.command(sink, recorder::RecorderCommand::Connected(pad(Kind::Video), true));
//! pipeline.command(sink, recorder::RecorderCommand::Record);
//! pipeline.command(source, player::PlayerCommand::Play);
//! while told.recv()? != sink {}
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

pub use trellis_elements as elements;
pub use trellis_graph as graph;
pub use trellis_media as media;
pub use trellis_model as model;
pub use trellis_negotiator as negotiator;
