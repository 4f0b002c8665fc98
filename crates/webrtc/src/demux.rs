//! What a datagram on the shared port is (RFC 7983 section 7), before anyone trusts it.

/// The kinds of datagrams that a peer can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datagram<'a> {
    /// A STUN binding request or response; the fragment is ours, out of USERNAME (RFC 8445 section 7.2.2).
    Stun {
        /// Our ICE user name fragment; `None` in responses, which carry none.
        local_fragment: Option<&'a str>,
    },
    /// DTLS, and everything inside it.
    Dtls,
    /// SRTP or SRTCP.
    Media,
    /// Nothing that belongs on this port.
    Garbage,
}

/// RFC 8489 section 5.
const MAGIC_COOKIE: [u8; 4] = 0x2112_A442u32.to_be_bytes();
const STUN_HEADER: usize = 20;
const USERNAME: u16 = 0x0006;
/// RTP and RTCP headers are at least 12 and 8 bytes long; SRTP adds a tag of 10 or more (RFC 3711 section 3).
const SHORTEST_MEDIA: usize = 18;
const DTLS_RECORD_HEADER: usize = 13;
/// Index and tag of SRTCP.
const SRTCP_TRAILER: usize = 14;

/// Classifies a datagram by its first byte and what must follow it.
pub fn classify(datagram: &[u8]) -> Datagram<'_> {
    match datagram.first() {
        Some(0..=3) => stun(datagram).unwrap_or(Datagram::Garbage),
        Some(20..=63) if datagram.len() >= DTLS_RECORD_HEADER => Datagram::Dtls,
        Some(128..=191) if datagram.len() >= SHORTEST_MEDIA => Datagram::Media,
        _ => Datagram::Garbage,
    }
}

/// Whether SRTCP of AES counter mode says of itself that it is not encrypted: the bit before its index, which stands
/// before a tag of 80 bits (RFC 3711 section 3.4). RTCP is told from RTP by its type (RFC 5761 section 4).
pub fn is_bare_rtcp(datagram: &[u8]) -> bool {
    let index = datagram.len().checked_sub(SRTCP_TRAILER).and_then(|at| datagram.get(at));
    matches!(datagram.get(1), Some(192..=223)) && index.is_none_or(|index| index & 0x80 == 0)
}

fn stun(datagram: &[u8]) -> Option<Datagram<'_>> {
    let (header, mut attributes) = datagram.split_at_checked(STUN_HEADER)?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[4..8] != MAGIC_COOKIE || length != attributes.len() || !length.is_multiple_of(4) {
        return None;
    }
    while let Some((head, rest)) = attributes.split_at_checked(4) {
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = rest.get(..length)?;
        if u16::from_be_bytes([head[0], head[1]]) == USERNAME {
            let name = std::str::from_utf8(value).ok()?;
            let (ours, _theirs) = name.split_once(':')?;
            return Some(Datagram::Stun { local_fragment: Some(ours) });
        }
        attributes = rest.get(length.next_multiple_of(4)..)?;
    }
    Some(Datagram::Stun { local_fragment: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(user: &str) -> Vec<u8> {
        let padded = user.len().next_multiple_of(4);
        let mut datagram = vec![0, 1];
        datagram.extend(((padded + 4) as u16).to_be_bytes());
        datagram.extend(MAGIC_COOKIE);
        datagram.extend([7; 12]);
        datagram.extend(USERNAME.to_be_bytes());
        datagram.extend((user.len() as u16).to_be_bytes());
        datagram.extend(user.as_bytes());
        datagram.resize(24 + padded, 0);
        datagram
    }

    #[test]
    fn stun_request_names_its_receiver() {
        assert_eq!(classify(&request("abc:defg")), Datagram::Stun { local_fragment: Some("abc") });
    }

    #[test]
    fn rtcp_says_whether_it_is_encrypted() {
        let rtcp = |encrypted: u8| [&[0x80, 203, 0, 1, 1, 2, 3, 4][..], &[encrypted, 0, 0, 1], &[9; 10]].concat();
        assert!(is_bare_rtcp(&rtcp(0)) && !is_bare_rtcp(&rtcp(0x80)));
        assert!(is_bare_rtcp(&[0x80, 200, 0]), "too short to say anything");
        let rtp = [&[0x80, 96][..], &[0; 30]].concat();
        assert!(!is_bare_rtcp(&rtp));
    }

    #[test]
    fn first_byte_decides() {
        assert_eq!(classify(&[22; 40]), Datagram::Dtls);
        assert_eq!(classify(&[0x80; 40]), Datagram::Media);
        assert_eq!(classify(&[200; 40]), Datagram::Garbage);
        assert_eq!(classify(&[]), Datagram::Garbage);
        assert_eq!(classify(&[0x80; 6]), Datagram::Garbage);
    }

    #[test]
    fn every_truncation_of_a_request_is_garbage() {
        let whole = request("fragment:other");
        for length in 0..whole.len() {
            assert_eq!(classify(&whole[..length]), Datagram::Garbage, "{length} bytes");
        }
    }
}
