//! The remote classes, made from their declarations: Kurento's own three modules, whose names [`crate`] has too, and the
//! modules that come with it. `crates/client/tests/generated.rs` holds that they are what the declarations say.

#[rustfmt::skip]
pub mod chroma;
#[rustfmt::skip]
pub mod core;
#[rustfmt::skip]
pub mod crowddetector;
#[rustfmt::skip]
pub mod datachannelexample;
#[rustfmt::skip]
pub mod elements;
#[rustfmt::skip]
pub mod filters;
#[rustfmt::skip]
pub mod markerdetector;
#[rustfmt::skip]
pub mod platedetector;
#[rustfmt::skip]
pub mod pointerdetector;
#[rustfmt::skip]
pub mod videosampler;
