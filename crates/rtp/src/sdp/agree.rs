//! What a remote's section and we have in common (RFC 3264 section 6.1, RFC 4568 section 5.1).

use super::codecs::CodecLine;
use super::crypto::CryptoLine;
use super::remote::{Direction, Protocol, RemoteMedia};
use crate::session::{FeedbackKinds, Keys, MasterKey, MediumConfig, PayloadType};
use trellis_media::Codec;

/// What this side can do.
#[derive(Clone, Debug)]
pub struct Abilities<'a> {
    /// Of the section's kind.
    pub codecs: &'a [Codec],
    /// Which way media may go, as we see it.
    pub direction: Direction,
    /// Our key; without one only plain RTP is agreed on, with one only protected.
    pub key: Option<&'a MasterKey>,
}

/// What was agreed on.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// The remote's side of it.
    pub media: RemoteMedia,
    /// The codecs of both, in the remote's order and with its numbers.
    pub codecs: Vec<CodecLine>,
    /// Which way media goes, as we see it.
    pub direction: Direction,
    /// Feedback of both.
    pub feedback: FeedbackKinds,
    /// The remote's key that was taken.
    pub theirs: Option<CryptoLine>,
}

/// Agrees with a section, as far as that is possible: `None` when it has no codec, no protection or no key that we
/// have too.
pub fn agree(media: RemoteMedia, ours: &Abilities<'_>) -> Option<Agreed> {
    let common = |line: &&CodecLine| ours.codecs.contains(&line.payload_type.codec);
    let codecs: Vec<CodecLine> = media.codecs.iter().filter(common).cloned().collect();
    if codecs.is_empty() || media.protocol.is_secure() != ours.key.is_some() {
        return None;
    }
    let theirs = match ours.key {
        Some(key) => Some(media.keys.iter().find(|line| line.key.suite() == key.suite())?.clone()),
        None => None,
    };
    let direction = media.direction.reversed().and(ours.direction);
    let feedback = media.feedback.and(FeedbackKinds::OURS);
    Some(Agreed { codecs, direction, feedback, theirs, media })
}

impl Agreed {
    /// Its profile.
    pub fn protocol(&self) -> Protocol {
        self.media.protocol
    }

    /// The section of a session. `offered` has the numbers of an offer of ours: a remote may send with those, too.
    pub fn medium(&self, ssrc: u32, ours: Option<&MasterKey>, offered: &[CodecLine]) -> MediumConfig {
        let numbers: Vec<PayloadType> = self.codecs.iter().map(|line| line.payload_type).collect();
        let mut receive = numbers.clone();
        let more = offered.iter().map(|line| line.payload_type);
        let agreed = |number: &PayloadType| numbers.iter().any(|known| known.codec == number.codec);
        receive.extend(more.filter(agreed).filter(|more| numbers.iter().all(|known| known.number != more.number)));
        let keys = ours.zip(self.theirs.as_ref());
        MediumConfig {
            kind: self.media.kind,
            ssrc,
            receive: if self.direction.receive { receive } else { Vec::new() },
            send: if self.direction.send { numbers } else { Vec::new() },
            feedback: self.feedback,
            remote: self.media.remote,
            muxed: self.media.muxed,
            keys: keys.map(|(ours, theirs)| Keys { ours: ours.clone(), theirs: theirs.key.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Description, RemoteSection};
    use super::*;
    use crate::session::Suite;

    const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    fn agreed(section: &str, codecs: &[Codec], key: Option<&MasterKey>) -> Option<Agreed> {
        let text = format!("v=0\r\nc=IN IP4 192.0.2.1\r\n{section}");
        let description = Description::parse(&text).expect("a description");
        let media = RemoteSection::read(&description, &description.sections[0]).media?;
        agree(media, &Abilities { codecs, direction: Direction::BOTH, key })
    }

    #[test]
    fn codecs_keep_the_remotes_order_and_directions_turn_round() {
        let section = "m=audio 4000 RTP/AVP 8 0 96\r\na=rtpmap:96 opus/48000/2\r\na=recvonly";
        let agreed = agreed(section, &[Codec::Opus, Codec::Pcmu], None).expect("agreed");
        let numbers: Vec<u8> = agreed.codecs.iter().map(|line| line.payload_type.number).collect();
        assert_eq!((numbers, agreed.direction.name()), (vec![0, 96], "sendonly"));
        let medium = agreed.medium(1, None, &[]);
        assert!(medium.receive.is_empty() && medium.send.len() == 2 && medium.keys.is_none());
    }

    #[test]
    fn protection_is_agreed_on_with_the_same_suite_or_not_at_all() {
        let key = |suite| MasterKey::random(suite).expect("a key");
        let section = format!(
            "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}\r\n\
             a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"
        );
        let taken = |suite| agreed(&section, &[Codec::Pcmu], Some(&key(suite)));
        assert_eq!(taken(Suite::Aes128Sha1Tag80).and_then(|agreed| agreed.theirs).map(|line| line.tag), Some(2));
        assert!(taken(Suite::Aes256Sha1Tag80).is_none());
        assert!(agreed(&section, &[Codec::Pcmu], None).is_none(), "no key of ours");
        let plain = section.replace("SAVP", "AVP");
        assert!(agreed(&plain, &[Codec::Pcmu], Some(&key(Suite::Aes128Sha1Tag80))).is_none(), "no protection");
    }

    #[test]
    fn numbers_of_our_offer_are_understood_besides_those_of_the_answer() {
        let section = "m=audio 4000 RTP/AVP 111 0\r\na=rtpmap:111 opus/48000/2";
        let offered = super::super::offered_codecs(&[Codec::Opus, Codec::Pcmu, Codec::Pcma]);
        let medium = agreed(section, &[Codec::Opus, Codec::Pcmu], None).expect("agreed").medium(1, None, &offered);
        let receive: Vec<u8> = medium.receive.iter().map(|number| number.number).collect();
        assert_eq!(receive, [111, 0, 96]);
    }
}
