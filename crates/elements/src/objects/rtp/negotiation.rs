//! One negotiation in an endpoint's life: an offer and an answer, ours and the remote's, in either order.

use crate::rtp_endpoint::{
    ANSWERED_VIDEO_CODECS, AUDIO_CODECS, Family, PortPair, VIDEO_CODECS, announced, bind_address, random,
};
use crate::{Media, pads};
use std::net::{IpAddr, SocketAddr};
use trellis_media::{Codec, Kind};
use trellis_model::RemoteError;
use trellis_rtp::sdp::{
    Abilities, Agreed, CodecLine, CryptoLine, Description, Direction, LocalDescription, LocalMedia, LocalSection,
    Protocol, RemoteSection, agree, offered_codecs,
};
use trellis_rtp::session::{FeedbackKinds, MasterKey, MediumConfig};

/// Longer descriptions are refused unread; a usual one is some 2 KB.
const LONGEST: usize = 64 * 1024;
/// Sections of one kind that media flows in: an element has one pad for each.
const KINDS: [Kind; 2] = [Kind::Audio, Kind::Video];

/// What an endpoint is told at its creation, and who it is.
pub(super) struct Identity {
    pub key: Option<MasterKey>,
    pub family: Family,
    /// Of our streams, audio and video.
    pub ssrcs: [u32; 2],
    pub cname: String,
}

impl Identity {
    pub fn new(key: Option<MasterKey>, family: Family) -> Identity {
        let numbers = random();
        let (audio, video) = (numbers as u32, (numbers >> 32) as u32);
        // The streams of one key must differ in their source (RFC 3711 section 9.1).
        let ssrcs = if audio == video { [audio, !video] } else { [audio, video] };
        Identity { key, family, ssrcs, cname: format!("{:016x}@trellis", random()) }
    }

    fn abilities(&self, kind: Kind, direction: Direction) -> Abilities<'_> {
        let codecs: &[Codec] = if kind == Kind::Audio { &AUDIO_CODECS } else { &ANSWERED_VIDEO_CODECS };
        Abilities { codecs, direction, key: self.key.as_ref() }
    }

    /// The section of an answer.
    fn answered(&self, agreed: &Agreed, pair: &PortPair, mid: Option<String>) -> Result<LocalMedia, RemoteError> {
        let (rtp, rtcp) = pair.numbers().map_err(RemoteError::not_enough_resources)?;
        let keys = self.key.clone().zip(agreed.theirs.as_ref());
        Ok(LocalMedia {
            kind: agreed.media.kind,
            protocol: agreed.protocol(),
            ports: (rtp, if agreed.media.muxed { rtp } else { rtcp }),
            codecs: agreed.codecs.iter().map(CodecLine::answered).collect(),
            direction: agreed.direction,
            feedback: agreed.feedback,
            crypto: keys.map(|(key, theirs)| CryptoLine { tag: theirs.tag, key }),
            passive: agreed.media.active,
            mid,
            source: self.source(agreed.media.kind),
        })
    }

    fn source(&self, kind: Kind) -> (u32, String) {
        (self.ssrcs[pads::pad(kind)], self.cname.clone())
    }
}

/// An offer of ours that waits for its answer.
pub(super) struct Offer {
    pub local: LocalDescription,
    ports: Vec<(Kind, PortPair)>,
}

/// What both sides have said.
pub(super) struct Outcome {
    pub local: LocalDescription,
    pub ports: Vec<(Kind, PortPair)>,
    pub media: Vec<MediumConfig>,
    /// The codecs that the remote may send, as its description and ours have them.
    pub lines: Vec<CodecLine>,
    /// Kinds whose remote shows with its first packet only: it is not known where it is, or whether its key fits.
    pub awaited: Vec<Kind>,
}

fn parse(text: &str) -> Result<Vec<RemoteSection>, RemoteError> {
    if text.len() > LONGEST {
        return Err(RemoteError::sdp_parse(format_args!("a description has {LONGEST} bytes at most")));
    }
    let description = Description::parse(text)
        .map_err(|fault| RemoteError::sdp_parse(format_args!("line {}: {}", fault.line, fault.cause)))?;
    Ok(description.sections.iter().map(|section| RemoteSection::read(&description, section)).collect())
}

fn open(media: &Media, identity: &Identity) -> Result<PortPair, RemoteError> {
    let address = bind_address(media.settings.webrtc_listen.ip(), identity.family);
    PortPair::open(address, &media.settings.rtp_ports).map_err(RemoteError::not_enough_resources)
}

/// Where the remote will find us.
fn address(media: &Media, identity: &Identity, remote: Option<SocketAddr>) -> IpAddr {
    let bound = bind_address(media.settings.webrtc_listen.ip(), identity.family);
    announced(bound, &media.settings.external_addresses, remote)
}

/// An offer with these kinds of media.
pub(super) fn offer(media: &Media, identity: &Identity, kinds: &[Kind]) -> Result<Offer, RemoteError> {
    let (mut sections, mut ports) = (Vec::new(), Vec::new());
    for kind in kinds {
        let pair = open(media, identity)?;
        sections.push(LocalSection::Media(LocalMedia {
            kind: *kind,
            protocol: if identity.key.is_some() { Protocol::Savpf } else { Protocol::Avpf },
            ports: pair.numbers().map_err(RemoteError::not_enough_resources)?,
            codecs: offered_codecs(if *kind == Kind::Audio { &AUDIO_CODECS } else { &VIDEO_CODECS }),
            direction: Direction::BOTH,
            feedback: FeedbackKinds::OURS,
            crypto: identity.key.clone().map(|key| CryptoLine { tag: 1, key }),
            passive: None,
            mid: None,
            source: identity.source(*kind),
        }));
        ports.push((*kind, pair));
    }
    let id = random() >> 1;
    Ok(Offer { local: LocalDescription { id, address: address(media, identity, None), sections }, ports })
}

/// Answers an offer of the remote: each of its sections that something can be agreed on in, the first of a kind; the
/// others are rejected (RFC 3264 section 6).
pub(super) fn answer(media: &Media, identity: &Identity, offer: &str) -> Result<Outcome, RemoteError> {
    let (mut sections, mut outcome) = (Vec::new(), Parts::default());
    let mut remote = None;
    for mut section in parse(offer)? {
        let theirs = section.media.take().filter(|theirs| outcome.lacks(theirs.kind));
        let agreed = theirs.and_then(|theirs| {
            let abilities = identity.abilities(theirs.kind, Direction::BOTH);
            agree(theirs, &abilities)
        });
        let Some(agreed) = agreed else {
            sections.push(LocalSection::Rejected(section));
            continue;
        };
        let pair = open(media, identity)?;
        remote = remote.or(agreed.media.remote.map(|remote| remote.rtp));
        sections.push(LocalSection::Media(identity.answered(&agreed, &pair, section.mid)?));
        outcome.add(&agreed, identity, &[]);
        outcome.ports.push((agreed.media.kind, pair));
    }
    let local = LocalDescription { id: random() >> 1, address: address(media, identity, remote), sections };
    Ok(outcome.with(local))
}

/// Takes the answer to an offer of ours, section by section; what it rejects or lacks is not there.
pub(super) fn accept(identity: &Identity, offer: &mut Option<Offer>, answer: &str) -> Result<Outcome, RemoteError> {
    let missing = || RemoteError::not_offer_generated("There is no offer to answer");
    if offer.is_none() {
        return Err(missing());
    }
    // One that cannot be read leaves the offer as it is.
    let answered = parse(answer)?;
    let Offer { mut local, mut ports } = offer.take().ok_or_else(missing)?;
    let mut outcome = Parts::default();
    let mut answered = answered.into_iter();
    for section in &mut local.sections {
        let LocalSection::Media(ours) = section else { continue };
        let theirs = answered.next().and_then(|section| section.media).filter(|theirs| theirs.kind == ours.kind);
        let abilities = identity.abilities(ours.kind, ours.direction);
        let Some(mut agreed) = theirs.and_then(|theirs| agree(theirs, &abilities)) else { continue };
        // An offer without it cannot be answered with it.
        agreed.media.muxed = false;
        outcome.add(&agreed, identity, &ours.codecs);
        ours.direction = agreed.direction;
        if let Some(place) = ports.iter().position(|(kind, _)| *kind == ours.kind) {
            outcome.ports.push(ports.swap_remove(place));
        }
    }
    Ok(outcome.with(local))
}

/// The kinds of media of an offer.
pub(super) fn kinds(audio: bool, video: bool) -> Vec<Kind> {
    KINDS.into_iter().zip([audio, video]).filter(|(_, wanted)| *wanted).map(|(kind, _)| kind).collect()
}

/// An outcome that grows section by section.
#[derive(Default)]
struct Parts {
    ports: Vec<(Kind, PortPair)>,
    media: Vec<MediumConfig>,
    lines: Vec<CodecLine>,
    awaited: Vec<Kind>,
}

impl Parts {
    fn lacks(&self, kind: Kind) -> bool {
        self.media.iter().all(|medium| medium.kind != kind)
    }

    fn add(&mut self, agreed: &Agreed, identity: &Identity, offered: &[CodecLine]) {
        let kind = agreed.media.kind;
        let medium = agreed.medium(identity.ssrcs[pads::pad(kind)], identity.key.as_ref(), offered);
        if medium.remote.is_none() || (medium.keys.is_some() && !medium.receive.is_empty()) {
            self.awaited.push(kind);
        }
        self.media.push(medium);
        self.lines.extend(agreed.codecs.iter().cloned());
    }

    fn with(self, local: LocalDescription) -> Outcome {
        let Parts { ports, media, lines, awaited } = self;
        Outcome { local, ports, media, lines, awaited }
    }
}
