//! Codec wrappers and converters.
