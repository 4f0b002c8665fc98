//! A description of ours, written.

use super::codecs::CodecLine;
use super::crypto::CryptoLine;
use super::remote::{Direction, Protocol, RemoteSection};
use crate::session::FeedbackKinds;
use std::fmt;
use std::net::IpAddr;
use trellis_media::Kind;

/// A description of ours.
#[derive(Clone, Debug)]
pub struct LocalDescription {
    /// Of the session: any number (RFC 8866 section 5.2).
    pub id: u64,
    /// Where we are.
    pub address: IpAddr,
    /// Its sections; those of an answer in the order of the offer's.
    pub sections: Vec<LocalSection>,
}

/// A section of ours.
#[derive(Clone, Debug)]
pub enum LocalSection {
    /// One that media can flow in.
    Media(LocalMedia),
    /// The remote's, rejected.
    Rejected(RemoteSection),
}

/// A section that media can flow in.
#[derive(Clone, Debug)]
pub struct LocalMedia {
    /// Audio or video.
    pub kind: Kind,
    /// Its profile.
    pub protocol: Protocol,
    /// Where we receive RTP and RTCP; the same when they share a port.
    pub ports: (u16, u16),
    /// What we take, the best first.
    pub codecs: Vec<CodecLine>,
    /// Which way media goes, as we see it.
    pub direction: Direction,
    /// Feedback that we understand.
    pub feedback: FeedbackKinds,
    /// Our key.
    pub crypto: Option<CryptoLine>,
    /// The remote begins: the attribute by which it said so has this answer.
    pub passive: Option<&'static str>,
    /// Its name (RFC 5888), when the remote gave it one.
    pub mid: Option<String>,
    /// The source of what we send, and our name.
    pub source: (u32, String),
}

impl fmt::Display for LocalDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = if self.address.is_ipv6() { "IP6" } else { "IP4" };
        write!(f, "v=0\r\no=- {id} {id} IN {family} {}\r\n", self.address, id = self.id)?;
        write!(f, "s=Trellis\r\nc=IN {family} {}\r\nt=0 0\r\n", self.address)?;
        self.sections.iter().try_for_each(|section| match section {
            LocalSection::Media(media) => media.fmt(f),
            LocalSection::Rejected(RemoteSection { line: [medium, protocol, formats], mid, .. }) => {
                // A line of formats may not be empty, even if the remote's is.
                let formats = if formats.is_empty() { "0" } else { formats };
                write!(f, "m={medium} 0 {protocol} {formats}\r\na=inactive\r\n")?;
                mid.iter().try_for_each(|mid| write!(f, "a=mid:{mid}\r\n"))
            }
        })
    }
}

impl fmt::Display for LocalMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rtp, rtcp) = self.ports;
        write!(f, "m={} {rtp} {}", self.kind, self.protocol.name())?;
        self.codecs.iter().try_for_each(|line| write!(f, " {}", line.payload_type.number))?;
        write!(f, "\r\n")?;
        for line in &self.codecs {
            let number = line.payload_type.number;
            write!(f, "a=rtpmap:{number} {}\r\n", line.name())?;
            if !line.parameters.is_empty() {
                write!(f, "a=fmtp:{number} {}\r\n", line.parameters)?;
            }
            self.write_feedback(number, f)?;
        }
        self.mid.iter().try_for_each(|mid| write!(f, "a=mid:{mid}\r\n"))?;
        write!(f, "a={}\r\na=rtcp:{rtcp}\r\n", self.direction.name())?;
        if rtp == rtcp {
            f.write_str("a=rtcp-mux\r\n")?;
        }
        self.passive.iter().try_for_each(|attribute| write!(f, "a={attribute}:passive\r\n"))?;
        self.crypto.iter().try_for_each(|line| write!(f, "a=crypto:{line}\r\n"))?;
        let (ssrc, cname) = &self.source;
        if self.direction.send {
            write!(f, "a=ssrc:{ssrc} cname:{cname}\r\n")?;
        }
        Ok(())
    }
}

impl LocalMedia {
    fn write_feedback(&self, number: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FeedbackKinds { nack, picture_loss, full_intra, bandwidth } = self.feedback;
        let lines = [(nack, "nack"), (picture_loss, "nack pli"), (full_intra, "ccm fir"), (bandwidth, "goog-remb")];
        if self.kind == Kind::Video && self.protocol.has_feedback() {
            for (_, what) in lines.iter().filter(|(has, _)| *has) {
                write!(f, "a=rtcp-fb:{number} {what}\r\n")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Description, offered_codecs};
    use super::*;
    use crate::session::{MasterKey, Suite};
    use trellis_media::Codec;

    #[test]
    fn what_is_written_reads_back() {
        let key = MasterKey::random(Suite::Aes256Sha1Tag80).expect("a key");
        let video = LocalMedia {
            kind: Kind::Video,
            protocol: Protocol::Savpf,
            ports: (4_000, 4_001),
            codecs: offered_codecs(&[Codec::Vp8, Codec::H264]),
            direction: Direction { send: true, receive: false },
            feedback: FeedbackKinds::OURS,
            crypto: Some(CryptoLine { tag: 1, key: key.clone() }),
            passive: Some("direction"),
            mid: Some("v".to_owned()),
            source: (7, "me".to_owned()),
        };
        let offered = RemoteSection { line: ["text", "TCP/X", ""].map(str::to_owned), mid: None, media: None };
        let sections = vec![LocalSection::Rejected(offered), LocalSection::Media(video)];
        let text = LocalDescription { id: 5, address: [192, 0, 2, 1].into(), sections }.to_string();
        assert!(text.contains("m=text 0 TCP/X 0\r\n") && text.contains("a=direction:passive\r\n"), "{text}");
        let description = Description::parse(&text).expect("our own");
        let read = RemoteSection::read(&description, &description.sections[1]);
        let media = read.media.expect("media");
        assert_eq!(
            (read.mid.as_deref(), media.protocol, media.direction.name()),
            (Some("v"), Protocol::Savpf, "sendonly")
        );
        assert_eq!(media.feedback, FeedbackKinds::OURS);
        assert_eq!(media.keys[0].key.bytes(), key.bytes());
        assert_eq!(media.codecs, offered_codecs(&[Codec::Vp8, Codec::H264]));
        let remote = media.remote.expect("an address");
        assert_eq!((remote.rtp.port(), remote.rtcp.port()), (4_000, 4_001));
    }
}
