//! Sets of ports: whom an output hears.

use super::{MAX_PORTS, Port};

/// Ports, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortSet(u64);

/// One bit for each port that there can be.
const _: () = assert!(MAX_PORTS <= u64::BITS as usize);

impl PortSet {
    /// Every port.
    pub const ALL: PortSet = PortSet(u64::MAX);

    /// Every port but one.
    pub fn all_but(port: Port) -> PortSet {
        PortSet::ALL.without(port)
    }

    /// The set with a port.
    #[must_use]
    pub fn with(self, port: Port) -> PortSet {
        PortSet(self.0 | PortSet::bit(port))
    }

    /// The set without a port.
    #[must_use]
    pub fn without(self, port: Port) -> PortSet {
        PortSet(self.0 & !PortSet::bit(port))
    }

    /// Whether a port is in it.
    pub fn contains(self, port: Port) -> bool {
        self.0 & PortSet::bit(port) != 0
    }

    /// Whether there is none in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is beyond the most that there can be has no bit.
    fn bit(port: Port) -> u64 {
        u32::try_from(port.0).ok().and_then(|number| 1_u64.checked_shl(number)).unwrap_or(0)
    }
}
