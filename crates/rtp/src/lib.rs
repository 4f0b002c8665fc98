//! RTP and RTCP transport: packetisers, depacketisers, jitter buffer, clock mapping.
