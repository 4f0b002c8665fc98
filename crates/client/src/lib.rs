//! Media API: the remote classes as typed Rust, embedded or over the network.

#![forbid(unsafe_code)]
