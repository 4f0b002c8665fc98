//! The form in which remote classes are declared: close to how they read in a reference, prose included.
//!
//! What stands in a `///` comment is data, not a comment of this program: it is the prose of the exported descriptor,
//! of the reference pages and of the TypeScript types.

/// Declares a part of a module: a static [`Part`](crate::Part).
///
/// `class` or `abstract` begins a class; `property`, `readonly` or `final` a property; `?` behind a name says that it may
/// be left out, and `=` what it is then: a literal, `[]` or `{}`, as JSON has them. `[X]` is a list of `X`, `{X}` a map
/// from texts to `X`. The sections are `classes`, `registers`, `enums` and `events`, and within a class `new`,
/// `properties`, `methods` and `events`, in this order; each may be left out.
///
/// ```
/// trellis_model::declarations! {
///     pub static METERS in "meters";
///     classes {
///         /// Measures how loud its input is.
///         class Meter: Filter {
///             /// Makes a meter.
///             new {
///                 /// The pipeline that it is a part of.
///                 mediaPipeline: MediaPipeline,
///             }
///             properties {
///                 /// How often it measures, in milliseconds.
///                 property period: int = 100,
///             }
///             methods {
///                 /// Measures now.
///                 measure(
///                     /// The channel; all when left out.
///                     channel?: int,
///                 ) -> {
///                     /// One level a channel, in decibels below full scale.
///                     [float]
///                 },
///             }
///             events { Measured }
///         }
///     }
///     events {
///         /// A period has passed.
///         Measured: Media {
///             /// The loudest channel.
///             level: float,
///         }
///     }
/// }
/// let meter = &METERS.classes[0];
/// assert_eq!((meter.name, meter.doc), ("Meter", "Measures how loud its input is."));
/// assert_eq!(meter.methods[0].returns, Some("float[]"));
/// ```
#[macro_export]
macro_rules! declarations {
    (
        $visibility:vis static $part:ident in $module:literal;
        $(classes { $(
            $(#[doc = $class_doc:literal])*
            $form:ident $class:ident $(: $class_parent:ident)? {
                $($(#[doc = $new_doc:literal])* new { $($new:tt)* })?
                $(properties { $($properties:tt)* })?
                $(methods { $($methods:tt)* })?
                $(events { $($raised:ident),* $(,)? })?
            }
        )* })?
        $(registers { $(
            $(#[doc = $register_doc:literal])*
            $register:ident $(: $register_parent:ident)? { $($fields:tt)* }
        )* })?
        $(enums { $(
            $(#[doc = $enum_doc:literal])*
            $enumeration:ident { $($value:ident),* $(,)? }
        )* })?
        $(events { $(
            $(#[doc = $event_doc:literal])*
            $event:ident $(: $event_parent:ident)? { $($payload:tt)* }
        )* })?
    ) => {
        /// What this file declares.
        $visibility static $part: $crate::Part = $crate::Part {
            path: module_path!(),
            classes: &[$($($crate::Class {
                name: stringify!($class),
                module: $module,
                doc: concat!($($class_doc),*).trim_ascii(),
                parent: $crate::declarations!(@option $($class_parent)?),
                is_abstract: $crate::declarations!(@is_abstract $form),
                constructor: $crate::declarations!(@constructor $({ $($new)* })?),
                constructor_doc: concat!($($($new_doc),*)?).trim_ascii(),
                properties: $crate::declarations!(@properties $($($properties)*)?),
                methods: $crate::declarations!(@methods $($($methods)*)?),
                events: &[$($(stringify!($raised)),*)?],
            }),*)?],
            types: &[
                $($($crate::ComplexType::Register {
                    name: stringify!($register),
                    module: $module,
                    doc: concat!($($register_doc),*).trim_ascii(),
                    parent: $crate::declarations!(@option $($register_parent)?),
                    properties: $crate::declarations!(@params $($fields)*),
                },)*)?
                $($($crate::ComplexType::Enum {
                    name: stringify!($enumeration),
                    module: $module,
                    doc: concat!($($enum_doc),*).trim_ascii(),
                    values: &[$(stringify!($value)),*],
                },)*)?
            ],
            events: &[$($($crate::Event {
                name: stringify!($event),
                module: $module,
                doc: concat!($($event_doc),*).trim_ascii(),
                parent: $crate::declarations!(@option $($event_parent)?),
                properties: $crate::declarations!(@params $($payload)*),
            }),*)?],
        };
    };

    (@params $(
        $(#[doc = $doc:literal])*
        $name:ident $(? : $optional:tt)? $(: $required:tt)? $(= $default:expr)?
    ),* $(,)?) => {
        &[$($crate::Param {
            name: stringify!($name),
            doc: concat!($($doc),*).trim_ascii(),
            kind: $crate::declarations!(@kind $($optional)? $($required)?),
            optional: $crate::declarations!(@is_there $($optional)?),
            default: $crate::declarations!(@json $($default)?),
        }),*]
    };

    (@properties $(
        $(#[doc = $doc:literal])*
        $access:ident $name:ident: $kind:tt $(= $default:expr)?
    ),* $(,)?) => {
        &[$($crate::Property {
            name: stringify!($name),
            doc: concat!($($doc),*).trim_ascii(),
            kind: $crate::declarations!(@kind $kind),
            read_only: $crate::declarations!(@is_read_only $access),
            is_final: $crate::declarations!(@is_final $access),
            default: $crate::declarations!(@json $($default)?),
        }),*]
    };

    (@methods $(
        $(#[doc = $doc:literal])*
        $name:ident($($params:tt)*) $(-> { $($returned:tt)* })?
    ),* $(,)?) => {
        &[$($crate::Method {
            name: stringify!($name),
            doc: concat!($($doc),*).trim_ascii(),
            params: $crate::declarations!(@params $($params)*),
            returns: $crate::declarations!(@returned $($($returned)*)?).0,
            returns_doc: $crate::declarations!(@returned $($($returned)*)?).1,
        }),*]
    };

    (@constructor) => { None };
    (@constructor { $($params:tt)* }) => { Some($crate::declarations!(@params $($params)*)) };
    (@option) => { None };
    (@option $name:ident) => { Some(stringify!($name)) };
    (@returned) => { (None::<&str>, "") };
    (@returned $(#[doc = $doc:literal])* [$kind:ident]) => {
        (Some($crate::declarations!(@kind [$kind])), concat!($($doc),*).trim_ascii())
    };
    (@returned $(#[doc = $doc:literal])* {$kind:ident}) => {
        (Some($crate::declarations!(@kind {$kind})), concat!($($doc),*).trim_ascii())
    };
    (@returned $(#[doc = $doc:literal])* $kind:ident) => {
        (Some($crate::declarations!(@kind $kind)), concat!($($doc),*).trim_ascii())
    };
    (@json) => { None };
    (@json $default:expr) => { Some(stringify!($default)) };
    (@kind [$kind:ident]) => { concat!(stringify!($kind), "[]") };
    (@kind {$kind:ident}) => { concat!(stringify!($kind), "<>") };
    (@kind $kind:ident) => { stringify!($kind) };
    (@is_there) => { false };
    (@is_there $kind:tt) => { true };
    (@is_abstract class) => { false };
    (@is_abstract abstract) => { true };
    (@is_read_only readonly) => { true };
    (@is_read_only $other:ident) => { false };
    (@is_final final) => { true };
    (@is_final $other:ident) => { false };
}
