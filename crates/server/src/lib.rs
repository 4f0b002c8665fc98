//! The trellis binary.
