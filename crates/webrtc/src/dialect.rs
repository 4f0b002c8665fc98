//! How a remote spoke in its offer, so that our answer is one that it can read.

use crate::IceCandidate;
use crate::codecs::FeedbackFor;
use std::fmt::Write;

/// Nothing to translate, until an offer says otherwise.
#[derive(Default)]
pub struct Dialect {
    /// One for each section of the offer, in its order: its name, and what became of it.
    pub sections: Vec<(String, Spoken)>,
    /// The offer has a BUNDLE group.
    pub bundled: bool,
    /// The remote wants to begin the DTLS handshake itself.
    pub active: bool,
    /// Of an offer of ours: its feedback, of which webrtc-rs knows nothing.
    pub feedback: Vec<FeedbackFor>,
}

/// A section of the offer.
pub enum Spoken {
    /// Left out of what webrtc-rs sees; the answer has this instead.
    Rejected(String),
    /// Negotiated.
    Accepted(Accepted),
}

/// What is particular about a section.
pub struct Accepted {
    pub protocol: String,
    /// Its name is ours: it had none.
    pub nameless: bool,
    /// RTP and RTCP share a port (RFC 5761).
    pub muxed: bool,
    /// Nothing is to flow.
    pub inactive: bool,
    /// It describes SCTP as Firefox and Chrome did before RFC 8841: by port.
    pub port_of_sctp: Option<u16>,
    /// What the remote and we both do, of which webrtc-rs knows nothing.
    pub feedback: Vec<FeedbackFor>,
}

impl Dialect {
    /// The index of the section that holds the candidates.
    pub fn transport(&self) -> u16 {
        let place = self.sections.iter().position(|(_, section)| matches!(section, Spoken::Accepted(_)));
        place.and_then(|place| u16::try_from(place).ok()).unwrap_or_default()
    }

    /// Whether a candidate of the remote belongs to a section that was rejected.
    pub fn rejects(&self, candidate: &IceCandidate) -> bool {
        let named = self.sections.iter().find(|(mid, _)| *mid == candidate.sdp_mid);
        let section = named.or_else(|| self.sections.get(usize::from(candidate.sdp_m_line_index)));
        matches!(section, Some((_, Spoken::Rejected(_))))
    }

    /// Our description as the remote reads it: one section for each of its own, in its order and in its words.
    pub fn speak(&self, ours: &str) -> String {
        let mut parts = ours.split_inclusive("\r\n").peekable();
        let mut out = String::with_capacity(ours.len());
        if self.sections.is_empty() {
            parts.for_each(|line| with_feedback(line, &self.feedback, &mut out));
            return out;
        }
        while let Some(line) = parts.next_if(|line| !line.starts_with("m=")) {
            if self.bundled || !line.starts_with("a=group:BUNDLE") {
                out.push_str(line);
            }
        }
        for (_, section) in &self.sections {
            match section {
                Spoken::Rejected(text) => out.push_str(text),
                Spoken::Accepted(accepted) => {
                    if let Some(first) = parts.next() {
                        accepted.first_line(first, &mut out);
                    }
                    while let Some(line) = parts.next_if(|line| !line.starts_with("m=")) {
                        self.line(line, accepted, &mut out);
                    }
                }
            }
        }
        out
    }

    fn line(&self, line: &str, section: &Accepted, out: &mut String) {
        match line.trim_end().strip_prefix("a=").unwrap_or_default() {
            name if section.nameless && name.starts_with("mid:") => {}
            "rtcp-mux" if !section.muxed => {}
            "setup:active" if self.active => out.push_str("a=setup:passive\r\n"),
            "sendrecv" | "sendonly" | "recvonly" if section.inactive => out.push_str("a=inactive\r\n"),
            port if section.port_of_sctp.is_some() && port.starts_with("sctp-port:") => {
                let _ = write!(out, "a=sctpmap:{SCTP_PORT} webrtc-datachannel {SCTP_STREAMS}\r\n");
            }
            _ => with_feedback(line, &section.feedback, out),
        }
    }
}

/// A line, and the feedback of the payload type that it describes.
fn with_feedback(line: &str, feedback: &[FeedbackFor], out: &mut String) {
    out.push_str(line);
    let payload_type = line.strip_prefix("a=rtpmap:").and_then(|rest| rest.split(' ').next()?.parse::<u8>().ok());
    for (of, what) in feedback.iter().filter(|(of, _)| Some(*of) == payload_type) {
        let _ = write!(out, "a=rtcp-fb:{of} {what}\r\n");
    }
}

/// The SCTP port of webrtc-rs' descriptions, and the streams that old remotes want to see.
const SCTP_PORT: u16 = 5_000;
const SCTP_STREAMS: u16 = 1_024;

impl Accepted {
    fn first_line(&self, line: &str, out: &mut String) {
        let mut words = line.trim_end().splitn(4, ' ');
        let (medium, port) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let formats = words.nth(1).unwrap_or_default();
        let _ = match self.port_of_sctp {
            Some(_) => write!(out, "{medium} {port} {} {SCTP_PORT}\r\n", self.protocol),
            None => write!(out, "{medium} {port} {} {formats}\r\n", self.protocol),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_of_rejected_sections_are_known_by_name_or_else_by_place() {
        let accepted = Accepted {
            protocol: String::new(),
            nameless: false,
            muxed: true,
            inactive: false,
            port_of_sctp: None,
            feedback: Vec::new(),
        };
        let rejected = Spoken::Rejected(String::new());
        let sections = vec![("a".to_owned(), rejected), ("v".to_owned(), Spoken::Accepted(accepted))];
        let dialect = Dialect { sections, ..Dialect::default() };
        let rejects = |sdp_mid: &str, sdp_m_line_index| {
            let candidate = IceCandidate { candidate: String::new(), sdp_mid: sdp_mid.to_owned(), sdp_m_line_index };
            dialect.rejects(&candidate)
        };
        assert_eq!(dialect.transport(), 1);
        assert!(rejects("a", 1) && rejects("", 0));
        assert!(!rejects("v", 0) && !rejects("", 1) && !rejects("x", 9));
    }
}
