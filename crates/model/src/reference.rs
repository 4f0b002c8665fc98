//! Reference pages, TypeScript types and Rust classes, from the declarations.

mod markdown;
mod rust;
mod typescript;

pub use markdown::markdown;
pub use rust::rust;
pub use typescript::typescript;
