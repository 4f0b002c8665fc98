//! Demuxers and muxers.
