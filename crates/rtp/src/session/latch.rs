//! Where packets may come from.
//!
//! A remote's first packet shows where it is, behind whatever translates addresses, and from then on nobody else is
//! listened to: who does not know the remote cannot put media into the session, nor draw it to himself.

use std::net::{IpAddr, SocketAddr};
use trellis_media::MediaTime;

/// After so long without a packet the remote may have begun anew, from another port of an address that is known.
const SILENCE: MediaTime = MediaTime::from_secs(5);

/// The source of one port's packets.
#[derive(Debug, Default)]
pub struct Latch {
    /// The address that the remote's description names.
    signalled: Option<IpAddr>,
    held: Option<(SocketAddr, MediaTime)>,
}

/// How sure it is that a packet is the remote's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It was authenticated: it counts wherever it came from.
    Authentic,
    /// Anybody could have sent it.
    None,
}

impl Latch {
    /// A port whose remote has described itself at an address, or not.
    pub fn new(signalled: Option<IpAddr>) -> Latch {
        Latch { signalled, held: None }
    }

    /// Whether a packet is the remote's.
    pub fn admits(&mut self, from: SocketAddr, now: MediaTime, proof: Proof) -> bool {
        let admitted = match self.held {
            None => true,
            Some((held, _)) if held == from => true,
            Some(_) if proof == Proof::Authentic => true,
            Some((held, last)) => {
                let signalled = self.signalled == Some(from.ip());
                let usurped = signalled && self.signalled != Some(held.ip());
                usurped || (now - last > SILENCE && (signalled || held.ip() == from.ip()))
            }
        };
        if admitted {
            self.held = Some((from, now));
        }
        admitted
    }

    /// Where the remote's packets come from.
    pub fn address(&self) -> Option<SocketAddr> {
        self.held.map(|(address, _)| address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, host], port))
    }

    #[test]
    fn the_first_who_comes_is_the_remote_and_strangers_stay_out() {
        let mut latch = Latch::new(None);
        let secs = MediaTime::from_secs;
        assert!(latch.admits(at(1, 1), secs(0), Proof::None));
        assert!(!latch.admits(at(2, 1), secs(1), Proof::None));
        assert!(!latch.admits(at(2, 1), secs(60), Proof::None), "however long it is silent");
        assert!(!latch.admits(at(1, 2), secs(1), Proof::None));
        assert!(latch.admits(at(1, 2), secs(61), Proof::None), "begun anew");
        assert_eq!(latch.address(), Some(at(1, 2)));
    }

    #[test]
    fn who_is_where_the_description_says_takes_over() {
        let mut latch = Latch::new(Some(at(1, 0).ip()));
        assert!(latch.admits(at(2, 1), MediaTime::ZERO, Proof::None));
        assert!(latch.admits(at(1, 1), MediaTime::ZERO, Proof::None));
        assert!(!latch.admits(at(2, 1), MediaTime::ZERO, Proof::None));
    }

    #[test]
    fn an_authentic_packet_comes_from_wherever_it_does() {
        let mut latch = Latch::new(None);
        assert!(latch.admits(at(1, 1), MediaTime::ZERO, Proof::Authentic));
        assert!(latch.admits(at(2, 2), MediaTime::ZERO, Proof::Authentic));
        assert_eq!(latch.address(), Some(at(2, 2)));
    }
}
