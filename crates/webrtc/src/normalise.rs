//! Brings a remote's description into the one form that webrtc-rs takes (RFC 9429), before it sees it.
//!
//! What comes out has one transport, at the session's level, and of each section only the attributes that webrtc-rs
//! reads. Sections that cannot be negotiated are left out; the dialect puts them back into the answer, rejected. There
//! is one transport a peer: sections that are not bundled with the first are rejected (RFC 9143 section 7.3.3).

use crate::dialect::{Accepted, Dialect, Spoken};
use crate::formats::Formats;
use crate::transport::Transport;
use crate::{PeerConfig, SdpError};
use std::collections::HashSet;
use std::fmt::Write;
use trellis_media::{Codec, Kind};
use trellis_rtp::sdp::{Attribute, Description, Fault, Section};

/// Later sections are rejected.
const MOST_SECTIONS: usize = 64;
const DIRECTIONS: [&str; 4] = ["sendrecv", "sendonly", "recvonly", "inactive"];
/// Attributes that are handed on as they are.
const KEPT: [&str; 8] =
    ["msid", "ssrc", "ssrc-group", "rid", "simulcast", "rtcp-mux", "rtcp-rsize", "max-message-size"];
/// Header extensions that webrtc-rs may know; a malformed name would be the end of the whole description.
const EXTENSIONS: [&str; 4] = [
    "urn:ietf:params:rtp-hdrext:",
    "http://www.webrtc.org/experiments/rtp-hdrext/",
    "http://www.ietf.org/id/draft-",
    "https://aomediacodec.github.io/",
];
const DEFAULT_SCTP_PORT: u16 = 5_000;

/// What a section is about.
enum Content<'a> {
    Media(Formats<'a>),
    Data(u16),
    /// Only in answers: ours, which the remote does not want.
    Refused,
}

/// A section that webrtc-rs will see.
struct Chosen<'d, 'a> {
    section: &'d Section<'a>,
    mid: String,
    content: Content<'a>,
}

/// The codecs of a kind that an offer has and the configuration too, in the order of the remote's preference; none
/// when the offer cannot be read.
pub fn offered(text: &str, kind: Kind, config: &PeerConfig) -> Vec<Codec> {
    let Ok(description) = Description::parse(text) else { return Vec::new() };
    let of_kind = |section: &&Section<'_>| section.medium == kind.name();
    match description.sections.iter().find(of_kind).map(|section| content(section, config)) {
        Some(Ok(Content::Media(formats))) => formats.codecs(kind),
        _ => Vec::new(),
    }
}

/// An offer for webrtc-rs, with the codec first that is preferred, and how to put the answer.
pub fn offer(text: &str, preferred: Option<Codec>, config: &PeerConfig) -> Result<(String, Dialect), SdpError> {
    let description = Description::parse(text).map_err(refused)?;
    let group = group(&description);
    let mut dialect = Dialect { bundled: group.is_some(), ..Dialect::default() };
    let mut chosen: Vec<Chosen<'_, '_>> = Vec::new();
    let mut first_fault = None;
    for (place, section) in description.sections.iter().enumerate() {
        let mid = mid(&description, group.as_deref(), place);
        match admit(section, &mid, group.as_deref(), &chosen, config) {
            Ok(mut content) if place < MOST_SECTIONS => {
                if let (Content::Media(formats), Some(codec)) = (&mut content, preferred)
                    && codec.kind().name() == section.medium
                {
                    formats.prefer(codec);
                }
                let accepted = accepted(&description, section, &content);
                dialect.sections.push((mid.clone(), Spoken::Accepted(accepted)));
                chosen.push(Chosen { section, mid, content });
            }
            verdict => {
                let fault = verdict.err().unwrap_or(Fault::new(section.line, "there are too many sections"));
                first_fault.get_or_insert(fault);
                dialect.sections.push((mid, Spoken::Rejected(rejection(section))));
            }
        }
    }
    if chosen.is_empty() {
        return Err(refused(first_fault.unwrap_or(Fault::new(1, "there is no media section"))));
    }
    let sections: Vec<&Section<'_>> = chosen.iter().map(|chosen| chosen.section).collect();
    let transport = Transport::of(&description, &sections, "actpass").map_err(refused)?;
    dialect.active = transport.setup == "active";
    Ok((write(&description, &transport, &chosen), dialect))
}

/// An answer to `offer` for webrtc-rs. Sections without a name have that of ours in their place.
pub fn answer(text: &str, offer: &str, config: &PeerConfig) -> Result<String, SdpError> {
    let description = Description::parse(text).map_err(refused)?;
    let ours = Description::parse(offer).map_err(refused)?;
    if description.sections.len() != ours.sections.len() {
        let line = description.sections.last().map_or(1, |section| section.line);
        return Err(refused(Fault::new(line, "an answer has as many sections as its offer")));
    }
    let pairs = description.sections.iter().zip(&ours.sections);
    let chosen: Vec<Chosen<'_, '_>> = pairs
        .map(|(section, ours)| {
            let mid = section.get("mid").or(ours.get("mid")).map(|mid| mid.value.to_owned()).unwrap_or_default();
            Chosen { section, mid, content: content(section, config).unwrap_or(Content::Refused) }
        })
        .collect();
    let wanted = chosen.iter().filter(|chosen| !matches!(chosen.content, Content::Refused));
    let sections: Vec<&Section<'_>> = wanted.map(|chosen| chosen.section).collect();
    let transport = Transport::of(&description, &sections, "active").map_err(refused)?;
    Ok(write(&description, &transport, &chosen))
}

fn refused(fault: Fault) -> SdpError {
    SdpError::Refused(format!("line {}: {}", fault.line, fault.cause))
}

/// The names in the first BUNDLE group (RFC 9143).
fn group<'a>(description: &Description<'a>) -> Option<Vec<&'a str>> {
    let groups = description.attributes.iter().filter(|attribute| attribute.key == "group");
    let names = |value: &'a str| value.strip_prefix("BUNDLE ").map(|names| names.split_ascii_whitespace().collect());
    groups.filter_map(|group| names(group.value)).find(|names: &Vec<&str>| !names.is_empty())
}

/// The name of a section. One that has none is called as the group may call it, or as its medium, which is how
/// browsers called them.
fn mid(description: &Description<'_>, group: Option<&[&str]>, place: usize) -> String {
    let named =
        |section: &Section<'_>| section.get("mid").map(|mid| mid.value.to_owned()).filter(|mid| !mid.is_empty());
    let sections = &description.sections;
    if let Some(name) = named(&sections[place]) {
        return name;
    }
    let taken = |name: &str| sections.iter().any(|section| named(section).as_deref() == Some(name));
    let medium = sections[place].medium;
    let earlier = sections[..place].iter().filter(|section| section.medium == medium).count();
    let by_medium = if earlier == 0 { medium.to_owned() } else { format!("{medium}{earlier}") };
    let by_group =
        group.and_then(|names| names.get(place)).filter(|_| !group.is_some_and(|names| names.contains(&&*by_medium)));
    by_group.map(|name| (*name).to_owned()).filter(|name| !taken(name)).unwrap_or(by_medium)
}

/// What a section of an offer is about, if it can be negotiated along with those before it.
fn admit<'a>(
    section: &Section<'a>,
    mid: &str,
    group: Option<&[&str]>,
    before: &[Chosen<'_, '_>],
    config: &PeerConfig,
) -> Result<Content<'a>, Fault> {
    let fault = |cause| Err(Fault::new(section.line, cause));
    if before.iter().any(|chosen| chosen.mid == mid) {
        return fault("the name of this section is taken");
    }
    match group {
        Some(names) if !names.contains(&mid) => return fault("this section is not in the BUNDLE group"),
        None if !before.is_empty() => return fault("this section is not bundled with the one before"),
        _ => {}
    }
    let mut content = content(section, config)?;
    let first = before.iter().find(|chosen| chosen.section.medium == section.medium);
    if let (Content::Media(formats), Some(Content::Media(first))) = (&mut content, first.map(|first| &first.content)) {
        formats.share(first);
        if formats.is_empty() {
            return fault("no payload type means the same as in the section before");
        }
    }
    let second =
        matches!(content, Content::Data(_)) && before.iter().any(|chosen| matches!(chosen.content, Content::Data(_)));
    if second { fault("a second section of data channels") } else { Ok(content) }
}

fn content<'a>(section: &Section<'a>, config: &PeerConfig) -> Result<Content<'a>, Fault> {
    let fault = |cause| Err(Fault::new(section.line, cause));
    if section.port == "0" && !section.has("bundle-only") {
        return fault("this section is rejected by its port");
    }
    let kind = match section.medium {
        "audio" => Kind::Audio,
        "video" => Kind::Video,
        "application" => return sctp_port(section).map(Content::Data),
        _ => return fault("no medium of WebRTC"),
    };
    // RFC 9429 section 5.1.2: the profile says nothing.
    if !["RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"].iter().any(|profile| section.protocol.ends_with(profile)) {
        return fault("no protocol of WebRTC");
    }
    let formats = Formats::of(section, kind, config);
    if formats.is_empty() { fault("no codec of this section is known") } else { Ok(Content::Media(formats)) }
}

/// RFC 8841, and how it was before.
fn sctp_port(section: &Section<'_>) -> Result<u16, Fault> {
    if !section.protocol.ends_with("DTLS/SCTP") {
        return Err(Fault::new(section.line, "no protocol of WebRTC"));
    }
    let port = match section.formats.first() {
        Some(&"webrtc-datachannel") => section.get("sctp-port").map(|port| port.value),
        port => port.copied(),
    };
    let number = port.map_or(Ok(DEFAULT_SCTP_PORT), str::parse);
    number.map_err(|_| Fault::new(section.line, "the SCTP port is no number"))
}

fn direction(description: &Description<'_>, section: &Section<'_>) -> &'static str {
    let of = |attributes: &[Attribute<'_>]| {
        let mut keys = attributes.iter().map(|attribute| attribute.key);
        keys.find_map(|key| DIRECTIONS.into_iter().find(|direction| *direction == key))
    };
    of(&section.attributes).or_else(|| of(&description.attributes)).unwrap_or(DIRECTIONS[0])
}

fn accepted(description: &Description<'_>, section: &Section<'_>, content: &Content<'_>) -> Accepted {
    let by_port = section.formats.first() != Some(&"webrtc-datachannel");
    Accepted {
        protocol: section.protocol.to_owned(),
        nameless: section.get("mid").is_none_or(|mid| mid.value.is_empty()),
        muxed: section.has("rtcp-mux"),
        inactive: direction(description, section) == "inactive",
        port_of_sctp: if let Content::Data(port) = content { by_port.then_some(*port) } else { None },
        feedback: match content {
            Content::Media(formats) if section.medium == Kind::Audio.name() => formats.feedback(section, Kind::Audio),
            Content::Media(formats) => formats.feedback(section, Kind::Video),
            Content::Data(_) | Content::Refused => Vec::new(),
        },
    }
}

/// The section of an answer that rejects one of the offer (RFC 3264 section 6).
fn rejection(section: &Section<'_>) -> String {
    let formats = section.formats.join(" ");
    let mut text =
        format!("m={} 0 {} {formats}\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n", section.medium, section.protocol);
    if let Some(mid) = section.get("mid") {
        let _ = write!(text, "a=mid:{}\r\n", mid.value);
    }
    text
}

fn write(description: &Description<'_>, transport: &Transport<'_>, chosen: &[Chosen<'_, '_>]) -> String {
    let mut out = String::from("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE");
    for chosen in chosen {
        let _ = write!(out, " {}", chosen.mid);
    }
    out.push_str("\r\n");
    if description.attributes.iter().any(|attribute| attribute.key == "extmap-allow-mixed") {
        out.push_str("a=extmap-allow-mixed\r\n");
    }
    transport.write(&mut out);
    // webrtc-rs reads no candidates of a section that is inactive.
    let mut candidates = Some(transport);
    for Chosen { section, mid, content } in chosen {
        let direction = if matches!(content, Content::Refused) { "inactive" } else { direction(description, section) };
        let (protocol, formats) = match content {
            Content::Media(formats) => ("UDP/TLS/RTP/SAVPF", formats.list()),
            Content::Data(_) => ("UDP/DTLS/SCTP", "webrtc-datachannel".to_owned()),
            Content::Refused => ("UDP/TLS/RTP/SAVPF", "0".to_owned()),
        };
        let _ = write!(out, "m={} 9 {protocol} {formats}\r\nc=IN IP4 0.0.0.0\r\n", section.medium);
        let _ = write!(out, "a=mid:{mid}\r\na=setup:{}\r\na={direction}\r\n", transport.setup);
        match content {
            Content::Media(formats) => {
                formats.write(&mut out);
                extensions(description, section, &mut out);
            }
            Content::Data(port) => drop(write!(out, "a=sctp-port:{port}\r\n")),
            Content::Refused => continue,
        }
        attributes(section, chosen.len() == 1, &mut out);
        if direction != "inactive"
            && let Some(transport) = candidates.take()
        {
            transport.write_candidates(&mut out);
        }
    }
    out
}

/// Attributes that are handed on as they are. webrtc-rs refuses a track that it could not tell from those of other
/// sections, by source or by rid. Of a source it need know no more than that it is: one line is enough.
fn attributes(section: &Section<'_>, alone: bool, out: &mut String) {
    let number = |attribute: &Attribute<'_>| attribute.value.split(' ').next().and_then(|it| it.parse::<u32>().ok());
    let source = |attribute: &Attribute<'_>| attribute.key == "ssrc" && number(attribute).is_some();
    let mut told = HashSet::new();
    let rid = |attribute: &Attribute<'_>| {
        let direction = attribute.value.split(' ').nth(1);
        attribute.key == "rid" && matches!(direction, Some("send" | "recv"))
    };
    let traceable = alone || section.attributes.iter().any(|attribute| source(attribute) || rid(attribute));
    for attribute in section.attributes.iter().filter(|attribute| KEPT.contains(&attribute.key)) {
        let kept = match attribute.key {
            "ssrc" => number(attribute).is_some_and(|number| told.insert(number)),
            "rid" => rid(attribute),
            "msid" => traceable,
            _ => true,
        };
        let colon = if attribute.value.is_empty() { "" } else { ":" };
        if kept {
            let _ = write!(out, "a={}{colon}{}\r\n", attribute.key, attribute.value);
        }
    }
}

/// RFC 8285; one at the session's level counts for each section.
fn extensions(description: &Description<'_>, section: &Section<'_>, out: &mut String) {
    let all = section.attributes.iter().chain(&description.attributes).filter(|attribute| attribute.key == "extmap");
    for attribute in all {
        let mut words = attribute.value.split_ascii_whitespace();
        let (id, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let id = id.split('/').next().unwrap_or_default();
        // RFC 6904: an extension inside an encrypted one is not handled.
        let known = EXTENSIONS.iter().any(|start| name.starts_with(start)) && !name.ends_with(":encrypt");
        if known && matches!(id.parse::<u8>(), Ok(1..)) {
            let _ = write!(out, "a=extmap:{id} {name}\r\n");
        }
    }
}
