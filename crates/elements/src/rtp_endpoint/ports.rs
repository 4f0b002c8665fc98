//! The two UDP ports of a media section: an even one for RTP, and the next for RTCP (RFC 3550 section 11).

use super::transport::random;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, UdpSocket};
use std::ops::RangeInclusive;

/// Pairs that are tried before there is none to be had.
const ATTEMPTS: usize = 256;

/// Two sockets that do not block.
pub(crate) struct PortPair {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
}

impl PortPair {
    /// Opens a pair that is free, somewhere in a range.
    ///
    /// # Errors
    /// When no pair is free, or the system gives no socket.
    pub fn open(address: IpAddr, range: &RangeInclusive<u16>) -> io::Result<PortPair> {
        let first = u32::from(*range.start()).next_multiple_of(2);
        let pairs = (u32::from(*range.end()) + 1).saturating_sub(first) / 2;
        let start = random() as u32;
        for attempt in 0..pairs.min(ATTEMPTS as u32) {
            let port = first + start.wrapping_add(attempt) % pairs * 2;
            let Ok(port) = u16::try_from(port) else { break };
            match PortPair::bind(address, port) {
                Err(error) if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {}
                result => return result,
            }
        }
        let (start, end) = range.clone().into_inner();
        Err(io::Error::new(ErrorKind::AddrInUse, format!("no two ports are free in {start} to {end}")))
    }

    fn bind(address: IpAddr, port: u16) -> io::Result<PortPair> {
        let open = |port| {
            let socket = UdpSocket::bind((address, port))?;
            socket.set_nonblocking(true)?;
            Ok::<_, io::Error>(socket)
        };
        Ok(PortPair { rtp: open(port)?, rtcp: open(port + 1)? })
    }

    /// The numbers of the ports.
    pub fn numbers(&self) -> io::Result<(u16, u16)> {
        Ok((self.rtp.local_addr()?.port(), self.rtcp.local_addr()?.port()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn pairs_are_even_and_odd_and_within_the_range_until_there_are_no_more() {
        // A range of two pairs that are free now.
        let free = (0..200).find_map(|_| {
            let port = PortPair::open(LOOPBACK, &(20_000..=60_000)).ok()?.numbers().ok()?.0;
            let range = port - 1..=port + 3;
            let pairs = [PortPair::open(LOOPBACK, &range).ok()?, PortPair::open(LOOPBACK, &range).ok()?];
            Some((range, pairs))
        });
        let (range, pairs) = free.expect("some ports are free");
        for pair in &pairs {
            let (rtp, rtcp) = pair.numbers().expect("ports");
            assert!(rtp % 2 == 0 && rtcp == rtp + 1 && range.contains(&rtp) && range.contains(&rtcp));
        }
        let refused = PortPair::open(LOOPBACK, &range).map(|_| ()).expect_err("both are taken");
        assert!(refused.to_string().contains("no two ports"), "{refused}");
        assert!(PortPair::open(LOOPBACK, &(5_001..=5_002)).is_err(), "too narrow");
    }
}
