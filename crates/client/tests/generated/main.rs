//! The classes in this crate, and what a program with a module of its own gets.

use expect_test::expect_file;
use std::path::Path;
use trellis_model::reference::rust;
use trellis_model::{Module, declare, modules};

#[rustfmt::skip]
pub mod meters;

/// Every file that a module is made of: what prints it, and where it lies.
fn files(module: &Module) -> Vec<(String, String)> {
    let name = module.name;
    if module.parts.len() == 1 {
        return vec![(name.to_owned(), format!("{name}.rs"))];
    }
    let part = |part: &&trellis_model::Part| (format!("{name}/{}", part.name()), format!("{name}/{}.rs", part.name()));
    let parts = module.parts.iter().map(part);
    parts.chain([(name.to_owned(), format!("{name}/mod.rs"))]).collect()
}

/// With `UPDATE_EXPECT=1` in the environment the files are written; so it is done after a declaration has changed.
#[test]
fn the_classes_are_what_the_declarations_say() {
    for module in modules().into_iter().filter(|module| module.name != "meters") {
        for (path, file) in files(module) {
            let text = rust(&path).unwrap_or_else(|| panic!("no {path}"));
            expect_file![format!("../../src/classes/{file}")].assert_eq(&text);
        }
    }
}

#[test]
fn no_file_of_the_classes_is_left_over() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/classes");
    let known: Vec<String> = modules().into_iter().flat_map(files).map(|(_, file)| file).collect();
    for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
        let inner = std::fs::read_dir(entry.path()).into_iter().flatten().map(|inner| inner.unwrap().path());
        for path in inner.chain(entry.path().is_file().then(|| entry.path())) {
            let file = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
            assert!(known.contains(&file), "{file} is of no module");
        }
    }
}

trellis_model::declarations! {
    static METERS in "meters";
    classes {
        /// Measures how loud its input is.
        class LevelMeter: Filter {
            /// Makes a meter.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// What is measured.
                scale?: MeterScale = {},
            }
            methods {
                /// Measures now.
                measure(
                    /// The channel.
                    channel?: int,
                ) -> {
                    /// By channel.
                    {MeterLevel}
                },
            }
            events { LevelMeasured }
        }
    }
    registers {
        /// How it is measured.
        MeterScale {
            /// Whether the ear's sensitivity counts.
            weighted?: boolean = false,
        }
        /// A level.
        MeterLevel {
            /// In decibels below full scale.
            peak: float,
        }
    }
    events {
        /// A period has passed.
        LevelMeasured: Media {
            /// By channel.
            levels: [MeterLevel],
        }
    }
}

static MODULE: Module = Module {
    name: "meters",
    version: "1.0.0",
    doc: "Meters.",
    kurento_version: None,
    imports: &[],
    packages: &[],
    parts: &[&METERS],
};

#[test]
fn a_module_of_ones_own_is_rust_that_compiles_here() {
    declare(&MODULE).unwrap();
    expect_file!["meters.rs"].assert_eq(&rust("meters").unwrap());
    // It is used as what is built in is.
    let scale = meters::MeterScale { weighted: Some(true) };
    let json = trellis_client::ToWire::to_wire(&scale);
    assert_eq!(json, serde_json::json!({ "__module__": "meters", "__type__": "MeterScale", "weighted": true }));
    let _ = async |pipeline: &trellis_client::MediaPipeline, sink: &trellis_client::MediaElement| {
        let meter = meters::LevelMeter::build(pipeline).scale(&scale).create().await?;
        meter.connect(sink, None).await?;
        let peak: Option<f64> = meter.measure(Some(0)).await?.get("left").map(|level| level.peak);
        let _: Option<meters::LevelMeasured> = meter.on::<meters::LevelMeasured>().await?.next().await;
        Ok::<_, trellis_client::ClientError>(peak)
    };
    assert!(rust("nothing").is_none() && rust("chroma/chroma").is_none() && rust("core/nothing").is_none());
}
