//! Modules that a program adds.

use trellis_model::{Class, ComplexType, DeclareError, Event, Member, Module, Value, declare, kmd, modules};

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
            properties {
                /// Milliseconds between two measurements.
                property period: int = 100,
            }
            methods {
                /// Measures now.
                measure() -> {
                    /// By channel.
                    {MeterLevel}
                },
            }
            events { LevelMeasured }
        }
        /// Measures better.
        class BetterMeter: LevelMeter {
            /// Makes one.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
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

const fn module(name: &'static str, parts: &'static [&'static trellis_model::Part]) -> Module {
    Module { name, version: "1.2.3", doc: "Meters.", kurento_version: None, imports: &[], packages: &[], parts }
}

#[test]
fn an_added_module_is_found_like_a_built_in_one() {
    static MODULE: Module = module("meters", &[&METERS]);
    assert!(kmd("meters").is_none() && Class::find("LevelMeter").is_none());
    declare(&MODULE).unwrap();
    for name in ["LevelMeter", "meters.LevelMeter"] {
        assert_eq!(Class::find(name).map(|class| class.qualified_name()).as_deref(), Some("meters.LevelMeter"));
    }
    let class = Class::find("BetterMeter").unwrap();
    assert!(matches!(class.member("measure"), Some(Member::Method(_))), "of its parent");
    assert!(matches!(class.member("setPeriod"), Some(Member::Set(_))), "of its parent");
    assert!(matches!(class.member("getName"), Some(Member::Get(_))), "of a built-in ancestor");
    assert!(class.is_a("MediaElement") && class.raises("LevelMeasured") && class.raises("Error"));
    assert!(ComplexType::find("meters.MeterLevel").is_some() && Event::find("LevelMeasured").is_some());
    assert_eq!(modules().last().map(|module| module.name), Some("meters"));
    let level = trellis_model::json::write(&Value::record("MeterLevel", [("peak", Value::Float(-3.5))]));
    assert_eq!((&level["__module__"], &level["__type__"]), (&"meters".into(), &"MeterLevel".into()));
    let kmd = kmd("meters").unwrap();
    assert_eq!((&kmd["version"], &kmd["remoteClasses"][0]["name"]), (&"1.2.3".into(), &"LevelMeter".into()));
    assert_eq!(declare(&MODULE), Err(DeclareError::Module("meters")), "twice");
}

/// Declares a module of one part that must be refused, and says why it is.
fn refused(name: &'static str, part: &'static trellis_model::Part) -> String {
    let module = Box::leak(Box::new(module(name, Box::leak(Box::new([part])))));
    let error = declare(module).expect_err("refused");
    assert!(kmd(name).is_none() && modules().iter().all(|known| known.name != name), "nothing of it is there");
    error.to_string()
}

#[test]
fn a_name_that_is_taken_is_refused_with_who_has_it() {
    trellis_model::declarations! {
        static CLASS in "clash";
        classes {
            /// Taken.
            class ChromaFilter: Filter {}
        }
    }
    assert_eq!(
        refused("clash", &CLASS),
        "module 'clash' declares 'ChromaFilter', which module 'chroma' declares already"
    );
    trellis_model::declarations! {
        static TYPE in "clash";
        registers {
            /// Taken, and different.
            Fraction {
                /// Other.
                per: int,
            }
        }
    }
    assert_eq!(refused("clash", &TYPE), "module 'clash' declares 'Fraction', which module 'core' declares already");
    trellis_model::declarations! {
        static EVENT in "clash";
        events {
            /// Taken.
            EndOfStream: Media {}
        }
    }
    assert!(refused("clash", &EVENT).ends_with("which module 'elements' declares already"));
    trellis_model::declarations! {
        static TWICE in "clash";
        classes {
            /// One.
            class Two: Filter {}
            /// Two.
            class Two: Filter {}
        }
    }
    assert!(refused("clash", &TWICE).ends_with("declares 'Two', which module 'clash' declares already"));
    trellis_model::declarations! {
        static NOTHING in "clash";
    }
    assert_eq!(refused("kurento", &NOTHING).split(':').next_back(), Some(" 'kurento'"));
    assert!(refused("Upper.Case", &NOTHING).contains("lower-case"));
}

#[test]
fn what_names_something_that_is_not_declared_is_refused() {
    trellis_model::declarations! {
        static PARENT in "unknown";
        classes {
            /// Orphan.
            class Orphan: NoSuchClass {}
        }
    }
    assert_eq!(refused("unknown", &PARENT), "'Orphan' names 'NoSuchClass', which is not declared");
    trellis_model::declarations! {
        static KIND in "unknown";
        classes {
            /// Mistaken.
            class Mistaken: Filter {
                methods {
                    /// Mistaken.
                    read(
                        /// Mistaken.
                        lines: [NoSuchType],
                    ),
                }
            }
        }
    }
    assert_eq!(refused("unknown", &KIND), "'Mistaken.read.lines' names 'NoSuchType', which is not declared");
    trellis_model::declarations! {
        static EVENT in "unknown";
        classes {
            /// Silent.
            class Silent: Filter {
                events { NoSuchEvent }
            }
        }
    }
    assert_eq!(refused("unknown", &EVENT), "'Silent' names 'NoSuchEvent', which is not declared");
    trellis_model::declarations! {
        static ELSEWHERE in "somewhere";
        classes {
            /// Lost.
            class Lost: Filter {}
        }
    }
    assert!(refused("unknown", &ELSEWHERE).ends_with("says that it is of 'somewhere'"));
}

#[test]
fn what_extends_itself_is_refused() {
    trellis_model::declarations! {
        static CIRCLE in "circle";
        classes {
            /// One.
            class One: Other {}
            /// Other.
            class Other: One {}
        }
    }
    assert_eq!(refused("circle", &CIRCLE), "'One' extends itself");
    trellis_model::declarations! {
        static DEFAULT in "circle";
        classes {
            /// Mistaken.
            class Mistaken: Filter {
                properties {
                    /// Mistaken.
                    property level: float = 1 + 1,
                }
            }
        }
    }
    assert_eq!(refused("circle", &DEFAULT), "the default of 'Mistaken.level' is not JSON: 1 + 1");
}
