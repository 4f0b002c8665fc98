//! Kurento's modules, built in: facts that remote clients depend on, in our own words.
//!
//! What is declared here need not be made: a server tells in `ServerManager.getInfo` which classes its factories make,
//! and refuses the others.

mod chroma;
mod core;
mod crowddetector;
mod datachannelexample;
mod elements;
mod filters;
mod markerdetector;
mod platedetector;
mod pointerdetector;
mod videosampler;

use crate::Module;

/// The release of Kurento whose classes these are; clients check it.
pub const KURENTO_VERSION: &str = "7.3.0";

/// The modules that are built in. A module comes after those whose classes it extends.
pub(crate) static MODULES: &[&Module] = &[
    &core::MODULE,
    &elements::MODULE,
    &filters::MODULE,
    &chroma::MODULE,
    &crowddetector::MODULE,
    &datachannelexample::MODULE,
    &markerdetector::MODULE,
    &platedetector::MODULE,
    &pointerdetector::MODULE,
    &videosampler::MODULE,
];
