//! SRTP and SRTCP (RFC 3711) with keys that descriptions brought (RFC 4568). The cryptography is `rtc-srtp`'s.
//!
//! What `rtc-srtp` leaves to its caller is done here: each stream that comes in has a context of its own, which is
//! kept only once a packet of it was authentic, so that forged packets cost no memory; SRTCP that says it is not
//! encrypted is refused, because it would not be authenticated either; packets are counted against the key's lifetime.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use rtc_srtp::context::Context;
use rtc_srtp::crypto::{RTCCryptoProvider, SecretVec, default_provider};
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;
use std::fmt;
use std::sync::Arc;

/// Streams of one remote that are told apart; of more, the oldest is forgotten.
const MOST_STREAMS: usize = 8;
/// Packets that may come late, behind the newest.
const REPLAY_WINDOW: usize = 1_024;
/// The most packets that one key may protect: SRTP's limit of RFC 3711 section 9.2.
const LONGEST_LIFE: u64 = 1 << 48;
/// A key is near its end when this many packets are left, or an eighth of a short life.
const NEAR_END: u64 = 1 << 16;
/// The bit of an SRTCP packet that says that it is encrypted (RFC 3711 section 3.4).
const ENCRYPTED: u8 = 0x80;
const SRTCP_INDEX: usize = 4;
const SRTCP_TAG: usize = 10;

/// Cipher and authentication of SRTP (RFC 4568 section 6.2, RFC 6188 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// AES in counter mode with 128 bits, tags of 32 bits.
    Aes128Sha1Tag32,
    /// AES in counter mode with 128 bits, tags of 80 bits.
    Aes128Sha1Tag80,
    /// AES in counter mode with 256 bits, tags of 32 bits.
    Aes256Sha1Tag32,
    /// AES in counter mode with 256 bits, tags of 80 bits.
    Aes256Sha1Tag80,
}

impl Suite {
    /// All that there are.
    pub const ALL: [Suite; 4] =
        [Suite::Aes128Sha1Tag80, Suite::Aes128Sha1Tag32, Suite::Aes256Sha1Tag80, Suite::Aes256Sha1Tag32];

    /// Its name in descriptions.
    pub const fn name(self) -> &'static str {
        match self {
            Suite::Aes128Sha1Tag32 => "AES_CM_128_HMAC_SHA1_32",
            Suite::Aes128Sha1Tag80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::Aes256Sha1Tag32 => "AES_256_CM_HMAC_SHA1_32",
            Suite::Aes256Sha1Tag80 => "AES_256_CM_HMAC_SHA1_80",
        }
    }

    /// The suite of a name in a description.
    pub fn named(name: &str) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))
    }

    /// Bytes of the master key and the master salt together: 30 or 46.
    pub const fn key_length(self) -> usize {
        match self {
            Suite::Aes128Sha1Tag32 | Suite::Aes128Sha1Tag80 => 16 + 14,
            Suite::Aes256Sha1Tag32 | Suite::Aes256Sha1Tag80 => 32 + 14,
        }
    }

    const fn profile(self) -> ProtectionProfile {
        match self {
            Suite::Aes128Sha1Tag32 => ProtectionProfile::Aes128CmHmacSha1_32,
            Suite::Aes128Sha1Tag80 => ProtectionProfile::Aes128CmHmacSha1_80,
            Suite::Aes256Sha1Tag32 => ProtectionProfile::Aes256CmHmacSha1_32,
            Suite::Aes256Sha1Tag80 => ProtectionProfile::Aes256CmHmacSha1_80,
        }
    }
}

/// A master key with its salt. It is never printed.
#[derive(Clone)]
pub struct MasterKey {
    suite: Suite,
    bytes: Arc<SecretVec>,
    life: u64,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("suite", &self.suite).finish_non_exhaustive()
    }
}

/// Why there is no protection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtectionError {
    /// Key and salt together are of another length than the suite's.
    #[error("a key for {} has {} bytes with its salt, not {given}", suite.name(), suite.key_length())]
    KeyLength {
        /// The suite.
        suite: Suite,
        /// Bytes that were given.
        given: usize,
    },
    /// A key in characters that base 64 does not have (RFC 4648 section 4).
    #[error("the key is not written in base 64")]
    Base64,
    /// In the words of the cryptography below.
    #[error("SRTP: {0}")]
    Crypto(String),
}

fn crypto_error(error: impl fmt::Display) -> ProtectionError {
    ProtectionError::Crypto(error.to_string())
}

impl MasterKey {
    /// Key and salt, one after the other.
    ///
    /// # Errors
    /// [`ProtectionError::KeyLength`].
    pub fn new(suite: Suite, bytes: Vec<u8>) -> Result<MasterKey, ProtectionError> {
        if bytes.len() != suite.key_length() {
            return Err(ProtectionError::KeyLength { suite, given: bytes.len() });
        }
        Ok(MasterKey { suite, bytes: Arc::new(SecretVec::new(bytes)), life: LONGEST_LIFE })
    }

    /// The same, written in base 64 (RFC 4648 section 4).
    ///
    /// # Errors
    /// [`ProtectionError::Base64`] and [`ProtectionError::KeyLength`].
    pub fn from_base64(suite: Suite, text: &str) -> Result<MasterKey, ProtectionError> {
        STANDARD.decode(text).map_err(|_| ProtectionError::Base64).and_then(|bytes| MasterKey::new(suite, bytes))
    }

    /// Key and salt, written in base 64.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.bytes())
    }

    /// A key that nobody knows.
    ///
    /// # Errors
    /// [`ProtectionError::Crypto`] when the system has no randomness.
    pub fn random(suite: Suite) -> Result<MasterKey, ProtectionError> {
        let mut bytes = vec![0; suite.key_length()];
        default_provider().and_then(|provider| provider.random().fill(&mut bytes)).map_err(crypto_error)?;
        MasterKey::new(suite, bytes)
    }

    /// The key, of which no more packets are accepted than this.
    pub fn with_life(self, packets: u64) -> MasterKey {
        MasterKey { life: packets.clamp(1, LONGEST_LIFE), ..self }
    }

    /// What it is for.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Key and salt, for a description.
    pub fn bytes(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }

    fn context(&self, provider: &dyn RTCCryptoProvider) -> Result<Context, ProtectionError> {
        let profile = self.suite.profile();
        let (key, salt) = self.bytes().split_at_checked(profile.key_len()).unwrap_or_default();
        let (rtp, rtcp) = (srtp_replay_protection(REPLAY_WINDOW), srtcp_replay_protection(REPLAY_WINDOW));
        Context::new(key, salt, profile, Some(rtp), Some(rtcp), provider.crypto()).map_err(crypto_error)
    }
}

/// How far a key has been used.
#[derive(Clone, Copy, Debug)]
struct Life {
    used: u64,
    limit: u64,
    told: bool,
}

impl Life {
    fn new(limit: u64) -> Life {
        Life { used: 0, limit, told: false }
    }

    fn is_over(&self) -> bool {
        self.used >= self.limit
    }

    /// Whether it is near its end; once.
    fn ends_soon(&mut self) -> bool {
        let left = self.limit.saturating_sub(self.used);
        left <= NEAR_END.min(self.limit / 8) && !std::mem::replace(&mut self.told, true)
    }
}

/// Protects what we send.
pub struct Sealer {
    context: Context,
    life: Life,
}

impl Sealer {
    /// With our key.
    ///
    /// # Errors
    /// [`ProtectionError::Crypto`].
    pub fn new(key: &MasterKey) -> Result<Sealer, ProtectionError> {
        let provider = default_provider().map_err(crypto_error)?;
        Ok(Sealer { context: key.context(&*provider)?, life: Life::new(key.life) })
    }

    /// An RTP packet, protected. Its caller sees to it that no two packets of a stream have one number.
    pub fn rtp(&mut self, packet: &[u8]) -> Option<BytesMut> {
        if self.life.is_over() {
            return None;
        }
        self.life.used += 1;
        self.context.encrypt_rtp(packet).ok()
    }

    /// An RTCP packet, protected.
    pub fn rtcp(&mut self, packet: &[u8]) -> Option<BytesMut> {
        self.context.encrypt_rtcp(packet).ok()
    }

    /// Whether the key is near its end; once.
    pub fn ends_soon(&mut self) -> bool {
        self.life.ends_soon()
    }
}

/// Opens what comes in.
pub struct Opener {
    key: MasterKey,
    provider: Arc<dyn RTCCryptoProvider>,
    /// By the stream's source; those that were authentic.
    streams: Vec<(u32, Context)>,
    life: Life,
}

impl Opener {
    /// With the remote's key.
    ///
    /// # Errors
    /// [`ProtectionError::Crypto`].
    pub fn new(key: MasterKey) -> Result<Opener, ProtectionError> {
        let provider = default_provider().map_err(crypto_error)?;
        // A suite that cannot be had shows here, and not with the first packet.
        key.context(&*provider)?;
        let life = Life::new(key.life);
        Ok(Opener { key, provider, streams: Vec::new(), life })
    }

    /// An RTP packet as its sender made it; `None` when it is not authentic, or has come before.
    pub fn rtp(&mut self, packet: &[u8]) -> Option<BytesMut> {
        if self.life.is_over() {
            return None;
        }
        let ssrc = number(packet, 8)?;
        let opened = self.open(ssrc, |context| context.decrypt_rtp(packet).ok())?;
        self.life.used += 1;
        Some(opened)
    }

    /// An RTCP packet as its sender made it; `None` when it is not authentic, or has come before.
    pub fn rtcp(&mut self, packet: &[u8]) -> Option<BytesMut> {
        let index = packet.len().checked_sub(SRTCP_INDEX + SRTCP_TAG)?;
        if packet.get(index)? & ENCRYPTED == 0 {
            return None;
        }
        let ssrc = number(packet, 4)?;
        self.open(ssrc, |context| context.decrypt_rtcp(packet).ok())
    }

    /// Whether the key is near its end; once.
    pub fn ends_soon(&mut self) -> bool {
        self.life.ends_soon()
    }

    fn open(&mut self, ssrc: u32, open: impl Fn(&mut Context) -> Option<BytesMut>) -> Option<BytesMut> {
        if let Some((_, context)) = self.streams.iter_mut().find(|(known, _)| *known == ssrc) {
            return open(context);
        }
        let mut context = self.key.context(&*self.provider).ok()?;
        let opened = open(&mut context)?;
        if self.streams.len() == MOST_STREAMS {
            self.streams.remove(0);
        }
        self.streams.push((ssrc, context));
        Some(opened)
    }
}

fn number(packet: &[u8], at: usize) -> Option<u32> {
    packet.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ssrc: u32, sequence: u16) -> Vec<u8> {
        let mut packet = vec![0x80, 96];
        packet.extend(sequence.to_be_bytes());
        packet.extend(7u32.to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        packet.extend([1, 2, 3, 4, 5]);
        packet
    }

    fn key(suite: Suite) -> MasterKey {
        MasterKey::random(suite).expect("a key")
    }

    #[test]
    fn every_suite_opens_what_it_sealed_and_nothing_twice() {
        let report = [0x80, 201, 0, 1, 0, 0, 0, 9];
        for suite in Suite::ALL {
            assert_eq!(Suite::named(suite.name()), Some(suite));
            let key = key(suite);
            let (mut sealer, mut opener) = (Sealer::new(&key).expect("keys"), Opener::new(key).expect("keys"));
            for sequence in [65_533, 65_534, 65_535, 0, 1] {
                let sealed = sealer.rtp(&packet(1, sequence)).expect("sealed");
                assert_ne!(sealed[12..17], [1, 2, 3, 4, 5], "encrypted");
                assert_eq!(opener.rtp(&sealed).as_deref(), Some(&packet(1, sequence)[..]), "{suite:?}");
                assert_eq!(opener.rtp(&sealed), None, "a replay");
            }
            let sealed = sealer.rtcp(&report).expect("sealed");
            assert_eq!(opener.rtcp(&sealed).as_deref(), Some(&report[..]));
        }
    }

    #[test]
    fn forged_packets_are_refused_and_cost_no_memory() {
        let key = key(Suite::Aes128Sha1Tag80);
        let mut opener = Opener::new(key.clone()).expect("keys");
        let mut other = Sealer::new(&self::key(Suite::Aes128Sha1Tag80)).expect("keys");
        for ssrc in 0..1_000 {
            assert_eq!(opener.rtp(&other.rtp(&packet(ssrc, 1)).expect("sealed")), None);
        }
        assert!(opener.streams.is_empty());
        let mut sealer = Sealer::new(&key).expect("keys");
        for ssrc in 0..20 {
            assert!(opener.rtp(&sealer.rtp(&packet(ssrc, 1)).expect("sealed")).is_some());
        }
        assert_eq!(opener.streams.len(), MOST_STREAMS);
    }

    #[test]
    fn rtcp_that_says_it_is_not_encrypted_is_refused() {
        let key = key(Suite::Aes128Sha1Tag80);
        let mut sealed = Sealer::new(&key).expect("keys").rtcp(&[0x80, 201, 0, 1, 0, 0, 0, 9]).expect("sealed");
        let index = sealed.len() - SRTCP_TAG - SRTCP_INDEX;
        sealed[index] &= !ENCRYPTED;
        assert_eq!(Opener::new(key).expect("keys").rtcp(&sealed), None);
    }

    #[test]
    fn every_cut_of_a_packet_is_refused() {
        let key = key(Suite::Aes256Sha1Tag32);
        let (mut sealer, mut opener) = (Sealer::new(&key).expect("keys"), Opener::new(key).expect("keys"));
        let rtp = sealer.rtp(&packet(1, 1)).expect("sealed");
        let rtcp = sealer.rtcp(&[0x80, 201, 0, 1, 0, 0, 0, 9]).expect("sealed");
        for length in 0..rtp.len() {
            assert_eq!(opener.rtp(&rtp[..length]), None, "{length}");
        }
        for length in 0..rtcp.len() {
            assert_eq!(opener.rtcp(&rtcp[..length]), None, "{length}");
        }
    }

    #[test]
    fn a_key_tells_once_that_it_ends_soon_and_then_ends() {
        let key = key(Suite::Aes128Sha1Tag80);
        let (mut sealer, mut opener) =
            (Sealer::new(&key).expect("keys"), Opener::new(key.with_life(64)).expect("keys"));
        let mut heard = Vec::new();
        let mut opened = 0;
        for sequence in 0..80 {
            opened += usize::from(opener.rtp(&sealer.rtp(&packet(1, sequence)).expect("sealed")).is_some());
            heard.extend(opener.ends_soon().then_some(sequence));
        }
        assert_eq!((heard, opened), (vec![55], 64));
        assert!(!sealer.ends_soon());
    }

    #[test]
    fn keys_of_a_wrong_length_are_refused() {
        let refused = MasterKey::new(Suite::Aes256Sha1Tag80, vec![0; 30]).map(|_| ()).expect_err("too short");
        assert_eq!(refused.to_string(), "a key for AES_256_CM_HMAC_SHA1_80 has 46 bytes with its salt, not 30");
    }
}
