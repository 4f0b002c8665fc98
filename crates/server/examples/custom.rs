//! A remote class of one's own in a server of one's own. All of it could lie in another crate.
//!
//! `cargo run -p trellis-server --example custom -- serve` serves it; `-- model kmd mirrors` prints the descriptor that
//! Kurento's client generators read. Every other command of `trellis` is there too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use trellis_elements::objects::{ElementCore, ElementObject, Making};
use trellis_elements::pads;
use trellis_graph::{Context, Element, Node, NodeError, Weight};
use trellis_media::{Caps, Format, Item, Kind, Payload};
use trellis_model::{Args, Class, Module, Remote, RemoteError, Value};
use trellis_server::{Config, Server};

trellis_model::declarations! {
    static MIRRORS in "mirrors";
    classes {
        /// Turns pictures left to right. Sound and data pass.
        class MirrorFilter: Filter {
            /// Makes one.
            new {
                /// The pipeline that it lives in.
                mediaPipeline: MediaPipeline,
                /// Whether it turns pictures from the beginning.
                mirrored?: boolean = true,
            }
            properties {
                /// Whether it turns pictures.
                property mirrored: boolean,
            }
        }
    }
}

static MODULE: Module = Module {
    name: "mirrors",
    version: "1.0.0",
    doc: "Mirrors.",
    kurento_version: Some("^7.0.0"),
    imports: &[],
    packages: &[("api.js.nodeName", "mirrors-client")],
    parts: &[&MIRRORS],
};

/// What is done to each item.
struct Mirror(Arc<AtomicBool>);

impl Node for Mirror {
    fn weight(&self) -> Weight {
        Weight::Heavy
    }

    fn process(&mut self, input: usize, mut item: Item, cx: &mut Context) -> Result<(), NodeError> {
        if let (Payload::Picture(picture), true) = (&mut item.payload, self.0.load(Ordering::Relaxed)) {
            let planes = picture.planes();
            for (plane, (rows, stride)) in planes.iter().zip(picture.planes_mut()) {
                rows.chunks_mut(stride).for_each(|row| row[..plane.width].reverse());
            }
        }
        cx.emit(input, item);
        Ok(())
    }

    fn format(&mut self, input: usize, format: Format, cx: &mut Context) -> Result<(), NodeError> {
        cx.set_format(input, format);
        Ok(())
    }
}

/// What applications call.
struct MirrorObject {
    core: ElementCore,
    mirrored: Arc<AtomicBool>,
}

impl MirrorObject {
    fn make(making: Making<'_>) -> Result<Arc<dyn Remote>, RemoteError> {
        let mirrored = Arc::new(AtomicBool::new(making.args.bool("mirrored")?));
        let raw = |kind| if kind == Kind::Video { Caps::like(&[Format::raw_video()]) } else { Caps::any_of(kind) };
        let element = Element {
            name: "MirrorFilter".into(),
            sinks: pads::sinks(raw),
            sources: pads::sources_like_sinks(),
            live: false,
            node: Box::new(Mirror(Arc::clone(&mirrored))),
        };
        let object = Arc::new(MirrorObject { core: ElementCore::add(&making.pipeline, element, making.new), mirrored });
        object.core.adopt(&object);
        Ok(object)
    }
}

impl ElementObject for MirrorObject {
    fn core(&self) -> &ElementCore {
        &self.core
    }
}

impl Remote for MirrorObject {
    fn class(&self) -> &'static Class {
        &MIRRORS.classes[0]
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        Some(match operation {
            "getMirrored" => Ok(self.mirrored.load(Ordering::Relaxed).into()),
            "setMirrored" => args.bool("mirrored").map(|mirrored| {
                self.mirrored.store(mirrored, Ordering::Relaxed);
                Value::Null
            }),
            _ => return self.core.invoke(operation, args),
        })
    }

    fn close(&self) {
        self.core.close();
    }
}

fn main() -> anyhow::Result<std::process::ExitCode> {
    let server = Server::new(Config::default());
    let server = server.module(&MODULE, |factory| factory.with(&MIRRORS.classes[0], MirrorObject::make))?;
    Ok(server.command_line())
}
