//! WebRTC transport on the sans-I/O core of webrtc-rs.
