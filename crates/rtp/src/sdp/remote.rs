//! A remote's media section, read into types.

use super::codecs::{self, CodecLine};
use super::crypto::CryptoLine;
use super::description::{Description, Section};
use crate::session::{FeedbackKinds, Remote};
use std::net::{IpAddr, SocketAddr};
use trellis_media::Kind;

/// The profiles of RTP (RFC 3551, RFC 4585, RFC 3711, RFC 5124).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `RTP/AVP`.
    Avp,
    /// `RTP/AVPF`: with feedback.
    Avpf,
    /// `RTP/SAVP`: protected.
    Savp,
    /// `RTP/SAVPF`: both.
    Savpf,
}

impl Protocol {
    /// As a media section names it. One whose keys come by DTLS is none of these.
    pub fn named(name: &str) -> Option<Protocol> {
        let all = [Protocol::Avp, Protocol::Avpf, Protocol::Savp, Protocol::Savpf];
        all.into_iter().find(|protocol| protocol.name().eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Protocol::Avp => "RTP/AVP",
            Protocol::Avpf => "RTP/AVPF",
            Protocol::Savp => "RTP/SAVP",
            Protocol::Savpf => "RTP/SAVPF",
        }
    }

    /// Whether packets are protected.
    pub const fn is_secure(self) -> bool {
        matches!(self, Protocol::Savp | Protocol::Savpf)
    }

    /// Whether there is feedback.
    pub const fn has_feedback(self) -> bool {
        matches!(self, Protocol::Avpf | Protocol::Savpf)
    }
}

/// Which way media goes, as the maker of a description sees it (RFC 8866 section 6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// It sends.
    pub send: bool,
    /// It receives.
    pub receive: bool,
}

impl Direction {
    /// Both ways.
    pub const BOTH: Direction = Direction { send: true, receive: true };

    /// The attribute of a description.
    pub const fn name(self) -> &'static str {
        match (self.send, self.receive) {
            (true, true) => "sendrecv",
            (true, false) => "sendonly",
            (false, true) => "recvonly",
            (false, false) => "inactive",
        }
    }

    fn named(name: &str) -> Option<Direction> {
        let all = [(true, true), (true, false), (false, true), (false, false)];
        all.into_iter().map(|(send, receive)| Direction { send, receive }).find(|direction| direction.name() == name)
    }

    /// The same as the other side sees it.
    pub const fn reversed(self) -> Direction {
        Direction { send: self.receive, receive: self.send }
    }

    /// No more than both.
    pub const fn and(self, other: Direction) -> Direction {
        Direction { send: self.send && other.send, receive: self.receive && other.receive }
    }
}

/// A media section that could be agreed on.
#[derive(Clone, Debug)]
pub struct RemoteMedia {
    /// Audio or video.
    pub kind: Kind,
    /// Its profile.
    pub protocol: Protocol,
    /// Codecs that there is a payload format for, in its order.
    pub codecs: Vec<CodecLine>,
    /// Which way media goes, as the remote sees it.
    pub direction: Direction,
    /// Where the remote receives; `None` when that shows when its packets come.
    pub remote: Option<Remote>,
    /// The remote begins, and we are to answer to where its packets come from: the attribute that says so.
    pub active: Option<&'static str>,
    /// It can have RTCP on the port of RTP (RFC 5761).
    pub muxed: bool,
    /// Feedback that it understands.
    pub feedback: FeedbackKinds,
    /// Its keys, what it likes best first.
    pub keys: Vec<CryptoLine>,
}

/// A section of a remote's description.
#[derive(Clone, Debug)]
pub struct RemoteSection {
    /// What its `m=` line names, for one that is rejected: medium, protocol and formats.
    pub line: [String; 3],
    /// Its name (RFC 5888), which an answer repeats.
    pub mid: Option<String>,
    /// What it offers; `None` when it is none of ours, or rejected.
    pub media: Option<RemoteMedia>,
}

impl RemoteSection {
    /// Reads a section of a description.
    pub fn read(description: &Description<'_>, section: &Section<'_>) -> RemoteSection {
        let formats = section.formats.join(" ");
        RemoteSection {
            line: [section.medium.to_owned(), section.protocol.to_owned(), formats],
            mid: section.get("mid").map(|mid| mid.value.to_owned()).filter(|mid| !mid.is_empty()),
            media: media(description, section),
        }
    }
}

fn media(description: &Description<'_>, section: &Section<'_>) -> Option<RemoteMedia> {
    let kind = match section.medium {
        "audio" => Kind::Audio,
        "video" => Kind::Video,
        _ => return None,
    };
    let protocol = Protocol::named(section.protocol)?;
    let port: u16 = section.port.split('/').next()?.parse().ok().filter(|port| *port != 0)?;
    let address = section.connection.or(description.connection).and_then(address);
    let active = active(description, section);
    let muxed = section.has("rtcp-mux");
    let remote = address.filter(|address| active.is_none() && !address.is_unspecified()).map(|address| {
        let rtp = SocketAddr::new(address, port);
        let rtcp = if muxed { rtp } else { rtcp(section, rtp) };
        Remote { rtp, rtcp }
    });
    Some(RemoteMedia {
        kind,
        protocol,
        codecs: codecs::read(description, section, kind),
        direction: direction(description, section),
        remote,
        active,
        muxed,
        feedback: feedback(section, protocol),
        keys: secure_keys(section, protocol),
    })
}

/// `IN IP4 203.0.113.1/127`: the time to live of RFC 8866 section 5.7 does not matter here. Names are not looked up.
fn address(connection: &str) -> Option<IpAddr> {
    let address = connection.split_ascii_whitespace().nth(2)?;
    address.split('/').next()?.parse().ok()
}

/// Where RTCP goes: as `a=rtcp` says (RFC 3605), or to the next port.
fn rtcp(section: &Section<'_>, rtp: SocketAddr) -> SocketAddr {
    let next = || SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1));
    let Some(attribute) = section.get("rtcp") else { return next() };
    let (port, elsewhere) = attribute.value.split_once(' ').unwrap_or((attribute.value, ""));
    let address = address(elsewhere).filter(|address| !address.is_unspecified()).unwrap_or(rtp.ip());
    port.parse().ok().filter(|port| *port != 0).map_or_else(next, |port| SocketAddr::new(address, port))
}

/// Whether the remote begins the connection itself: `direction:active` as telephones behind translators said it, or
/// `setup:active` as RFC 4145 does.
fn active(description: &Description<'_>, section: &Section<'_>) -> Option<&'static str> {
    let says = |key: &&str| description.get(section, key).is_some_and(|attribute| attribute.value == "active");
    ["direction", "setup"].into_iter().find(says)
}

fn direction(description: &Description<'_>, section: &Section<'_>) -> Direction {
    let named = |attribute: &super::Attribute<'_>| Direction::named(attribute.key);
    let own = section.attributes.iter().find_map(named);
    own.or_else(|| description.attributes.iter().find_map(named)).unwrap_or(Direction::BOTH)
}

/// Of any of the section's codecs: who understands a kind of feedback understands it for all.
fn feedback(section: &Section<'_>, protocol: Protocol) -> FeedbackKinds {
    let mut kinds = FeedbackKinds::default();
    let lines = section.attributes.iter().filter(|attribute| attribute.key == "rtcp-fb" && protocol.has_feedback());
    for line in lines {
        let (_, what) = line.value.split_once(char::is_whitespace).unwrap_or_default();
        match what.trim() {
            "nack" => kinds.nack = true,
            "nack pli" => kinds.picture_loss = true,
            "ccm fir" => kinds.full_intra = true,
            "goog-remb" => kinds.bandwidth = true,
            _ => {}
        }
    }
    kinds
}

fn secure_keys(section: &Section<'_>, protocol: Protocol) -> Vec<CryptoLine> {
    let lines = section.attributes.iter().filter(|attribute| attribute.key == "crypto" && protocol.is_secure());
    lines.filter_map(|line| CryptoLine::parse(line.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(section: &str) -> Option<RemoteMedia> {
        let text = format!("v=0\r\nc=IN IP4 192.0.2.1\r\na=sendonly\r\n{section}");
        let description = Description::parse(&text).expect("a description");
        RemoteSection::read(&description, &description.sections[0]).media
    }

    #[test]
    fn rtcp_is_where_it_is_said_or_else_next_to_rtp() {
        let at = |section: &str| read(section).and_then(|media| media.remote).map(|remote| remote.rtcp.to_string());
        let to = |text: &str| Some(text.to_owned());
        assert_eq!(at("m=audio 4000 RTP/AVP 0"), to("192.0.2.1:4001"));
        assert_eq!(at("m=audio 4000/2 RTP/AVP 0\r\na=rtcp:5000"), to("192.0.2.1:5000"));
        assert_eq!(at("m=audio 4000 RTP/AVP 0\r\na=rtcp:5000 IN IP4 192.0.2.9"), to("192.0.2.9:5000"));
        assert_eq!(at("m=audio 4000 RTP/AVP 0\r\na=rtcp-mux"), to("192.0.2.1:4000"));
        assert_eq!(at("m=audio 4000 RTP/AVP 0\r\nc=IN IP6 2001:db8::7"), to("[2001:db8::7]:4001"));
        assert_eq!(at("m=audio 4000 RTP/AVP 0\r\na=direction:active"), None);
        assert_eq!(at("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0"), None);
    }

    #[test]
    fn directions_and_feedback_are_the_sections_own_or_the_sessions() {
        let section =
            "m=video 4000 RTP/AVPF 96\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:* ccm fir\r\na=rtpmap:96 VP8/90000";
        let media = read(section).expect("media");
        assert_eq!(media.direction.name(), "sendonly");
        assert!(media.feedback.picture_loss && media.feedback.full_intra && !media.feedback.nack);
        let plain = read(&section.replace("AVPF", "AVP")).expect("media");
        assert_eq!(plain.feedback, FeedbackKinds::default(), "the profile has none");
        let own = read("m=audio 4000 RTP/AVP 0\r\na=inactive").expect("media");
        assert_eq!(own.direction, Direction::default());
    }

    #[test]
    fn what_is_no_rtp_of_ours_is_nothing() {
        for section in [
            "m=audio 0 RTP/AVP 0",
            "m=audio 70000 RTP/AVP 0",
            "m=audio x RTP/AVP 0",
            "m=audio 4000 UDP/TLS/RTP/SAVPF 0",
            "m=application 4000 RTP/AVP 0",
        ] {
            assert!(read(section).is_none(), "{section}");
        }
    }
}
