//! Sequence numbers.

/// An RTP sequence number (RFC 3550, section 5.1): 16 bits that wrap, compared by serial arithmetic (RFC 1982).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sequence(pub u16);

impl Sequence {
    /// The number after this one.
    pub const fn next(self) -> Sequence {
        self.after(1)
    }

    /// The number `count` after this one.
    pub const fn after(self, count: u16) -> Sequence {
        Sequence(self.0.wrapping_add(count))
    }

    /// How far `self` lies after `earlier`, the short way round: negative when it lies before.
    pub const fn since(self, earlier: Sequence) -> i32 {
        self.0.wrapping_sub(earlier.0) as i16 as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_take_the_short_way_round_the_wrap() {
        assert_eq!(Sequence(2).since(Sequence(65_534)), 4);
        assert_eq!(Sequence(65_534).since(Sequence(2)), -4);
        assert_eq!(Sequence(65_535).next(), Sequence(0));
        assert_eq!(Sequence(40_000).since(Sequence(40_000)), 0);
    }
}
