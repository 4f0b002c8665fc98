//! One connection of webrtc-rs and what stands around it: set-up and negotiation.
//!
//! Everything here runs under the lock of its peer and does no I/O; `drive` moves it on.

use crate::codecs::{self, rtc_kind};
use crate::dialect::Dialect;
use crate::feedback::{FeedbackQueue, FeedbackTap};
use crate::hearing::Hearing;
use crate::inbound::Inbound;
use crate::keys::KeyTap;
use crate::normalise;
use crate::outbound::Outbound;
use crate::path::Path;
use crate::reports::{Anchor, NtpClock};
use crate::run::Run;
use crate::sealer::Sealer;
use crate::{IceCandidate, NegotiatedMedia, OfferOptions, PeerConfig, SdpError, SrtpProfile};
use rtc::crypto::{CryptoError, RTCCryptoProvider};
use rtc::data_channel::RTCDataChannelId;
use rtc::dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::{ReceiverReportBuilder, Registry, Slot, TwccReceiverBuilder};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::interceptor_registry::configure_simulcast_extension_headers;
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::RTCRtpTransceiverId;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodingParameters, RTCRtpEncodingParameters, RTCRtpHeaderExtensionCapability, RTCRtpRtxParameters,
    RtpCodecKind,
};
use rtc::shared::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trellis_media::{Codec, Kind};
use trellis_rtp::sdp;
use uuid::Uuid;

/// Longer descriptions are refused unread; a browser's is some 10 KB.
pub const LONGEST_DESCRIPTION: usize = 256 * 1024;
/// Candidates of the remote that are kept until its description comes.
const EARLY_CANDIDATES: usize = 64;
/// The name of our one media stream, and of its source.
pub const STREAM: &str = "trellis";
/// The label of the channel that an offer of ours opens.
const CHANNEL_LABEL: &str = "default";
/// Numbers over all streams of a transport, for congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01).
const TRANSPORT_NUMBERS: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
/// Application-ward of every interceptor of webrtc-rs' own.
const TAP_SLOT: usize = 14_000;
const ICE_CHECK_INTERVAL: Duration = Duration::from_millis(30);
const ICE_CHECKS: u16 = 30;

/// How far the one negotiation of a peer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Negotiation {
    Idle,
    Offered,
    Done,
}

/// ICE credentials; the fragment is what the shared port tells peers apart by.
#[derive(Clone)]
pub struct Credentials {
    pub fragment: String,
    password: String,
}

impl Credentials {
    pub fn random() -> Credentials {
        let password = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Credentials { fragment: Uuid::new_v4().simple().to_string(), password }
    }
}

/// One connection.
pub struct Session {
    pub rtc: RTCPeerConnection,
    pub feedback: FeedbackQueue,
    pub inbound: Inbound,
    /// Audio and video.
    pub outbound: [Option<Outbound>; 2],
    /// The channels that are open.
    pub channels: Vec<(RTCDataChannelId, u16)>,
    /// Where datagrams have been sent to.
    pub destinations: Vec<SocketAddr>,
    pub run: Run,
    /// The way of what `outbound` sends.
    pub path: Path,
    pub clock: NtpClock,
    pub anchor: Anchor,
    pub next_report: Instant,
    /// The most that the remote says it can take, in bits a second.
    pub available: Option<u64>,
    keys: Arc<KeyTap>,
    pub connected: bool,
    pub closed: bool,
    pub hearing: Hearing,
    /// Servers that have been asked for candidates and have not answered.
    pub asked: usize,
    /// Our address at a TURN server.
    pub relayed: Option<SocketAddr>,
    negotiation: Negotiation,
    early: Vec<IceCandidate>,
    config: PeerConfig,
    credentials: Credentials,
    candidates: Vec<RTCIceCandidateInit>,
    /// How the remote put its offer.
    dialect: Dialect,
    /// The remote's description.
    heard: Option<String>,
}

impl Session {
    pub fn new(config: PeerConfig, credentials: Credentials, now: Instant) -> Result<Session, Error> {
        let feedback = FeedbackQueue::default();
        let mut engine = codecs::engine(&config)?;
        let tap = FeedbackTap::new(feedback.clone());
        let registry = Registry::new().with(Slot::from(TAP_SLOT), tap);
        let registry = registry.with(Slot::ReceiverReport, ReceiverReportBuilder::new().build());
        configure_simulcast_extension_headers(&mut engine)?;
        let registry = registry.with(Slot::TwccReceiver, TwccReceiverBuilder::new().build());
        for kind in [RtpCodecKind::Audio, RtpCodecKind::Video] {
            let numbers = RTCRtpHeaderExtensionCapability { uri: TRANSPORT_NUMBERS.to_owned() };
            engine.register_header_extension(numbers, kind, None)?;
        }
        let keys = Arc::new(KeyTap::new().map_err(crypto)?);
        let settings = SettingEngineBuilder::new()
            .with_crypto_provider(keys.clone())
            .with_srtp_protection_profiles(config.srtp.iter().map(|profile| rtc_profile(*profile)).collect())
            .with_ice_credentials(credentials.fragment.clone(), credentials.password.clone())
            .with_ice_connection_attempts(Some(ICE_CHECK_INTERVAL), Some(ICE_CHECKS))
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            .build();
        let rtc = RTCPeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_setting_engine(settings)
            .with_interceptor_registry(registry)
            .build(now)?;
        Ok(Session {
            rtc,
            feedback,
            inbound: Inbound::default(),
            outbound: [None, None],
            channels: Vec::new(),
            destinations: Vec::new(),
            run: Run::default(),
            path: Path::default(),
            clock: NtpClock::new(now),
            anchor: Anchor::default(),
            next_report: now,
            available: None,
            keys,
            connected: false,
            closed: false,
            hearing: Hearing::default(),
            asked: 0,
            relayed: None,
            negotiation: Negotiation::Idle,
            early: Vec::new(),
            config,
            credentials,
            candidates: Vec::new(),
            dialect: Dialect::default(),
            heard: None,
        })
    }

    /// The codecs of a kind that an offer has and we take.
    pub fn offered(&self, sdp: &str, kind: Kind) -> Vec<Codec> {
        if sdp.len() > LONGEST_DESCRIPTION { Vec::new() } else { normalise::offered(sdp, kind, &self.config) }
    }

    /// Answers an offer. When it cannot be answered, the session is as before.
    pub fn answer(&mut self, sdp: &str, preferred: Option<Codec>, now: Instant) -> Result<String, SdpError> {
        self.expect(Negotiation::Idle, sdp)?;
        let (offer, dialect) = normalise::offer(sdp, preferred, &self.config)?;
        self.dialect = dialect;
        let result = self.try_answer(&offer, now);
        let answer = self.settle(result, now)?;
        self.heard = Some(sdp.to_owned());
        Ok(answer)
    }

    fn try_answer(&mut self, sdp: &str, now: Instant) -> Result<String, Error> {
        let offer = RTCSessionDescription::offer(sdp.to_owned())?;
        for kind in [Kind::Audio, Kind::Video] {
            if sdp::has_section(sdp, kind.name()) {
                self.add_track(kind)?;
            }
        }
        self.rtc.set_remote_description(now, offer)?;
        let answer = self.rtc.create_answer(None)?;
        self.rtc.set_local_description(now, answer)?;
        self.finish()
    }

    /// Makes the offer.
    pub fn offer(&mut self, options: OfferOptions, now: Instant) -> Result<String, SdpError> {
        self.expect(Negotiation::Idle, "")?;
        let result = self.try_offer(options, now);
        let offer = self.settle(result, now)?;
        self.negotiation = Negotiation::Offered;
        Ok(offer)
    }

    fn try_offer(&mut self, options: OfferOptions, now: Instant) -> Result<String, Error> {
        for (wanted, kind) in [(options.audio, Kind::Audio), (options.video, Kind::Video)] {
            if wanted {
                self.add_track(kind)?;
            }
        }
        if self.config.data_channels {
            self.rtc.create_data_channel(CHANNEL_LABEL, None)?;
        }
        let offer = self.rtc.create_offer(None)?;
        self.rtc.set_local_description(now, offer)?;
        self.dialect.feedback = codecs::offered_feedback(&self.config);
        Ok(self.local_description().unwrap_or_default())
    }

    /// Takes the answer to our offer; the local description comes back.
    pub fn accept(&mut self, sdp: &str, now: Instant) -> Result<String, SdpError> {
        self.expect(Negotiation::Offered, sdp)?;
        let answer = normalise::answer(sdp, &self.local_description().unwrap_or_default(), &self.config)?;
        let answer = RTCSessionDescription::answer(answer).map_err(refused)?;
        self.rtc.set_remote_description(now, answer).map_err(refused)?;
        self.heard = Some(sdp.to_owned());
        self.finish().map_err(refused)
    }

    fn expect(&self, state: Negotiation, sdp: &str) -> Result<(), SdpError> {
        match self.negotiation {
            _ if self.closed => Err(SdpError::Closed),
            _ if sdp.len() > LONGEST_DESCRIPTION => Err(SdpError::TooLong(LONGEST_DESCRIPTION)),
            now if now == state => Ok(()),
            Negotiation::Idle => Err(SdpError::NoOffer),
            Negotiation::Offered | Negotiation::Done => Err(SdpError::AlreadyNegotiated),
        }
    }

    /// After a failure the half-configured connection gives way to a new one with the same credentials.
    fn settle(&mut self, result: Result<String, Error>, now: Instant) -> Result<String, SdpError> {
        if result.is_err() {
            let (early, candidates) = (std::mem::take(&mut self.early), std::mem::take(&mut self.candidates));
            *self = Session::new(self.config.clone(), self.credentials.clone(), now).map_err(refused)?;
            self.early = early;
            self.gather(&candidates).map_err(refused)?;
        }
        result.map_err(refused)
    }

    /// Both descriptions are there: what may flow is known now.
    fn finish(&mut self) -> Result<String, Error> {
        self.negotiation = Negotiation::Done;
        let remote = self.rtc.remote_description().map(|remote| remote.sdp.clone()).unwrap_or_default();
        for (outbound, kind) in self.outbound.iter_mut().zip([Kind::Audio, Kind::Video]) {
            let Some(outbound) = outbound else { continue };
            outbound.negotiated(&mut self.rtc);
            outbound.prefer(&sdp::payload_types(&remote, kind.name()));
        }
        self.inbound.negotiated(&mut self.rtc);
        self.slim();
        for candidate in std::mem::take(&mut self.early) {
            if let Err(error) = self.remote_candidate(&candidate) {
                tracing::debug!(%error, "early candidate refused");
            }
        }
        Ok(self.local_description().unwrap_or_default())
    }
}

impl Session {
    pub fn fragment(&self) -> &str {
        &self.credentials.fragment
    }

    /// DTLS is done: what it agreed on seals what we send.
    pub fn open_path(&mut self) {
        self.choose_path();
        if self.path.sealer.is_some() {
            return;
        }
        let sealer = self.keys.take().map(|master| Sealer::new(&master, self.keys.crypto()));
        match sealer {
            Some(Ok(sealer)) => self.path.sealer = Some(sealer),
            Some(Err(error)) => tracing::error!(%error, "keys of a WebRTC peer: it will be sent no media"),
            None => tracing::debug!("a WebRTC peer without SRTP"),
        }
    }

    fn add_track(&mut self, kind: Kind) -> Result<(), Error> {
        let codecs = if kind == Kind::Audio { &self.config.audio } else { &self.config.video };
        let Some(codec) = codecs.iter().find_map(|codec| codecs::rtc_codec(*codec)) else { return Ok(()) };
        let (ssrc, retransmission) = (random_ssrc(), random_ssrc());
        let rtx = (kind == Kind::Video).then_some(RTCRtpRtxParameters { ssrc: retransmission });
        let coding = RTCRtpCodingParameters { ssrc: Some(ssrc), rtx, ..RTCRtpCodingParameters::default() };
        let encoding =
            RTCRtpEncodingParameters { rtp_coding_parameters: coding, codec, ..RTCRtpEncodingParameters::default() };
        let (stream, track) = (STREAM.to_owned(), format!("{STREAM}-{kind}"));
        let track = MediaStreamTrack::new(stream, track.clone(), track, rtc_kind(kind), vec![encoding]);
        let sender = self.rtc.add_track(track)?;
        // The track prefers the codec that it was made with; any that is negotiated may flow.
        if let Some(mut transceiver) = self.rtc.rtp_transceiver(RTCRtpTransceiverId::from(sender)) {
            transceiver.set_codec_preferences(Vec::new())?;
        }
        self.outbound[usize::from(kind == Kind::Video)] = Some(Outbound::new(sender, kind, ssrc, retransmission));
        Ok(())
    }

    /// What was negotiated; `None` before, and for what neither side has.
    pub fn media(&self, kind: Kind) -> Option<NegotiatedMedia> {
        let send_codecs = self.outbound(kind).map(Outbound::codecs).unwrap_or_default();
        let receives = self.inbound.receives(kind);
        (self.negotiation == Negotiation::Done && (receives || !send_codecs.is_empty()))
            .then_some(NegotiatedMedia { send_codecs, receives })
    }

    pub fn outbound(&self, kind: Kind) -> Option<&Outbound> {
        match kind {
            Kind::Audio => self.outbound[0].as_ref(),
            Kind::Video => self.outbound[1].as_ref(),
            Kind::Data => None,
        }
    }

    /// What webrtc-rs has made up of codecs to answer questions goes: it would keep it for good. It does so when it is
    /// told its codecs anew.
    fn slim(&mut self) {
        for sender in self.outbound.iter().flatten().map(|outbound| outbound.sender) {
            let Some(mut parameters) = self.rtc.rtp_sender(sender) else { continue };
            let codecs = parameters.get_parameters().rtp_parameters.codecs.clone();
            let transceiver = self.rtc.rtp_transceiver(RTCRtpTransceiverId::from(sender));
            // Told of none it would take every codec.
            let told = transceiver.filter(|_| !codecs.is_empty()).map(|mut it| it.set_codec_preferences(codecs));
            if let Some(Err(error)) = told {
                tracing::debug!(%error, "codecs stay as they are");
            }
        }
    }

    pub fn local_description(&self) -> Option<String> {
        self.rtc.local_description().map(|description| self.dialect.speak(&description.sdp))
    }

    /// As it came.
    pub fn remote_description(&self) -> Option<String> {
        self.heard.clone()
    }

    /// A candidate of the remote; kept when its description has not come yet.
    pub fn candidate(&mut self, candidate: IceCandidate) -> Result<(), Error> {
        if self.rtc.remote_description().is_some() {
            return self.remote_candidate(&candidate);
        }
        if self.early.len() < EARLY_CANDIDATES {
            self.early.push(candidate);
        }
        Ok(())
    }

    /// Names that only mDNS resolves are left out: such a remote is found by its own checks (RFC 8445 7.3.1.3). So
    /// are those for TCP, and those of another transport than the one that was negotiated.
    fn remote_candidate(&mut self, candidate: &IceCandidate) -> Result<(), Error> {
        let mut words = candidate.candidate.split_ascii_whitespace();
        let (transport, address) = (words.nth(2).unwrap_or_default(), words.nth(1).unwrap_or_default());
        let useless = address.ends_with(".local") || transport.eq_ignore_ascii_case("tcp");
        if candidate.candidate.is_empty() || useless || self.dialect.rejects(candidate) {
            return Ok(());
        }
        self.rtc.add_remote_candidate(RTCIceCandidateInit {
            candidate: candidate.candidate.clone(),
            sdp_mid: Some(candidate.sdp_mid.clone()),
            sdp_mline_index: Some(candidate.sdp_m_line_index),
            ..RTCIceCandidateInit::default()
        })
    }

    /// Takes our own candidates. A second call changes nothing.
    pub fn gather(&mut self, candidates: &[RTCIceCandidateInit]) -> Result<Vec<IceCandidate>, Error> {
        if self.candidates.is_empty() {
            for candidate in candidates {
                self.rtc.add_local_candidate(candidate.clone())?;
            }
            self.candidates = candidates.to_vec();
        }
        let mid = self.first_mid();
        Ok(self.candidates.iter().map(|candidate| self.own(candidate, mid.clone())).collect())
    }

    /// Takes one more candidate of ours; `None` when it was known.
    pub fn gather_late(&mut self, candidate: RTCIceCandidateInit) -> Result<Option<IceCandidate>, Error> {
        if self.candidates.contains(&candidate) {
            return Ok(None);
        }
        self.rtc.add_local_candidate(candidate.clone())?;
        let own = self.own(&candidate, self.first_mid());
        self.candidates.push(candidate);
        Ok(Some(own))
    }

    /// The name of the section that has the transport.
    fn first_mid(&self) -> String {
        let sdp = self.rtc.local_description().map(|description| description.sdp).unwrap_or_default();
        sdp.lines().find_map(|line| line.strip_prefix("a=mid:")).unwrap_or("0").trim().to_owned()
    }

    /// A candidate of ours for the remote.
    fn own(&self, candidate: &RTCIceCandidateInit, sdp_mid: String) -> IceCandidate {
        IceCandidate { candidate: candidate.candidate.clone(), sdp_mid, sdp_m_line_index: self.dialect.transport() }
    }
}

fn rtc_profile(profile: SrtpProfile) -> SrtpProtectionProfile {
    match profile {
        SrtpProfile::AesCmSha1 => SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
        SrtpProfile::AesGcm => SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
    }
}

fn crypto(error: CryptoError) -> Error {
    Error::Crypto(error.to_string())
}

fn refused(error: Error) -> SdpError {
    SdpError::Refused(error.to_string())
}

/// Zero is left out: some receivers take it for "none".
fn random_ssrc() -> u32 {
    (Uuid::new_v4().as_u128() >> 96) as u32 | 1
}
