//! The transport that a description offers: ICE credentials, candidates, and the certificate's fingerprint.

use std::fmt::Write;
use std::net::IpAddr;
use trellis_rtp::sdp::{Description, Fault, Section};

/// Candidates of one description.
const MOST_CANDIDATES: usize = 64;
/// The one hash that webrtc-rs compares, which is the one that every browser sends.
const HASH: &str = "sha-256";
const HASH_LENGTH: usize = 32;

/// One transport.
pub struct Transport<'a> {
    fragment: &'a str,
    password: &'a str,
    fingerprint: &'a str,
    /// RFC 8842; what the first section says.
    pub setup: &'a str,
    lite: bool,
    trickle: bool,
    candidates: Vec<&'a str>,
}

impl<'a> Transport<'a> {
    /// That of bundled sections, which is that of the first (RFC 9143 section 7.2); what it lacks may stand at the
    /// session's level, or with the others.
    pub fn of(
        description: &Description<'a>,
        sections: &[&Section<'a>],
        default_setup: &'a str,
    ) -> Result<Transport<'a>, Fault> {
        let find = |key: &str| {
            let first = sections.first().and_then(|section| description.get(section, key));
            first.or_else(|| sections.iter().find_map(|section| section.get(key)))
        };
        let line = sections.first().map_or(1, |section| section.line);
        let credential = |key: &str, cause| {
            let words = |value: &'a str| Some(value).filter(|value| !value.is_empty() && !value.contains(' '));
            find(key).and_then(|found| words(found.value)).ok_or(Fault::new(line, cause))
        };
        let fragment = credential("ice-ufrag", "there is no a=ice-ufrag")?;
        let setup = find("setup").map(|setup| setup.value);
        Ok(Transport {
            fragment,
            password: credential("ice-pwd", "there is no a=ice-pwd")?,
            fingerprint: fingerprint(description, sections, line)?,
            setup: setup.filter(|setup| ["active", "passive", "actpass"].contains(setup)).unwrap_or(default_setup),
            lite: find("ice-lite").is_some(),
            trickle: find("ice-options").is_some_and(|options| options.value.contains("trickle")),
            candidates: candidates(description, sections, fragment),
        })
    }

    /// At the session's level.
    pub fn write(&self, out: &mut String) {
        if self.lite {
            out.push_str("a=ice-lite\r\n");
        }
        if self.trickle {
            out.push_str("a=ice-options:trickle\r\n");
        }
        let _ = write!(out, "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", self.fragment, self.password);
        let _ = write!(out, "a=fingerprint:{HASH} {}\r\n", self.fingerprint);
    }

    /// In one section, for all.
    pub fn write_candidates(&self, out: &mut String) {
        for candidate in &self.candidates {
            let _ = write!(out, "a=candidate:{candidate}\r\n");
        }
    }
}

/// RFC 8122 section 5: there may be several, by different hashes.
fn fingerprint<'a>(description: &Description<'a>, sections: &[&Section<'a>], line: usize) -> Result<&'a str, Fault> {
    let of_sections = sections.iter().flat_map(|section| &section.attributes);
    let mut all =
        of_sections.chain(&description.attributes).filter(|attribute| attribute.key == "fingerprint").peekable();
    if all.peek().is_none() {
        return Err(Fault::new(line, "there is no a=fingerprint"));
    }
    let split = |value: &'a str| value.split_once(' ').map(|(hash, digits)| (hash, digits.trim()));
    let mut known = all.filter_map(|attribute| Some((attribute.line, split(attribute.value)?)));
    let (line, (_, digits)) = known
        .find(|(_, (hash, _))| hash.eq_ignore_ascii_case(HASH))
        .ok_or(Fault::new(line, "there is no fingerprint by sha-256"))?;
    let byte = |digits: &str| digits.len() == 2 && u8::from_str_radix(digits, 16).is_ok();
    let whole = digits.split(':').count() == HASH_LENGTH && digits.split(':').all(byte);
    if whole { Ok(digits) } else { Err(Fault::new(line, "the fingerprint is not one of sha-256")) }
}

/// Those that a UDP port can reach. Names that only mDNS resolves are left out: such a remote is found by its own
/// checks (RFC 8445 section 7.3.1.3).
fn candidates<'a>(description: &Description<'a>, sections: &[&Section<'a>], fragment: &str) -> Vec<&'a str> {
    let same = |section: &&&Section<'a>| {
        let own = description.get(section, "ice-ufrag");
        own.is_none_or(|own| own.value == fragment)
    };
    let attributes = sections.iter().filter(same).flat_map(|section| &section.attributes);
    let mut candidates: Vec<&str> = Vec::new();
    for attribute in attributes.chain(&description.attributes).filter(|attribute| attribute.key == "candidate") {
        if candidates.len() < MOST_CANDIDATES && reachable(attribute.value) && !candidates.contains(&attribute.value) {
            candidates.push(attribute.value);
        }
    }
    candidates
}

/// RFC 8839 section 5.1.
fn reachable(candidate: &str) -> bool {
    let words: Vec<&str> = candidate.split_ascii_whitespace().collect();
    let [_, component, protocol, priority, address, port, "typ", kind, rest @ ..] = words.as_slice() else {
        return false;
    };
    let related = match rest {
        ["raddr", _, "rport", port, ..] => port.parse::<u16>().is_ok(),
        ["raddr", ..] => false,
        _ => true,
    };
    *component == "1"
        && protocol.eq_ignore_ascii_case("udp")
        && priority.parse::<u32>().is_ok()
        && address.parse::<IpAddr>().is_ok_and(|address| !address.is_unspecified())
        && matches!(port.parse::<u16>(), Ok(1..))
        && ["host", "srflx", "prflx", "relay"].contains(kind)
        && related
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_on_udp_are_reachable() {
        assert!(reachable("1 1 UDP 2113667327 203.0.113.1 54400 typ host"));
        assert!(reachable("2 1 udp 1 2001:db8::1 5 typ srflx raddr 10.0.0.1 rport 9 generation 0"));
        for other in [
            "1 2 udp 1 203.0.113.1 54400 typ host",
            "1 1 tcp 1 203.0.113.1 9 typ host tcptype active",
            "1 1 udp 1 5b2ee34f-0f5a.local 9 typ host",
            "1 1 udp 1 xx.xx.xxx.xxx 27622 typ host",
            "1 1 udp 1 0.0.0.0 60672 typ host",
            "1 1 udp 1 203.0.113.1 0 typ host",
            "1 1 udp 99999999999 203.0.113.1 1 typ host",
            "1 1 udp 1 203.0.113.1 1 typ srflx raddr 1.2.3.4",
            "1 1 udp",
        ] {
            assert!(!reachable(other), "{other}");
        }
    }
}
