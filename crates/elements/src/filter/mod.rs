//! Filters: elements whose output is their input, changed or watched.

pub mod codes;
pub mod face_overlay;
pub mod image_overlay;
pub mod pass_through;
