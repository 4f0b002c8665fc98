//! Reference pages and TypeScript types, from the declarations.

mod markdown;
mod typescript;

pub use markdown::markdown;
pub use typescript::typescript;
