//! Learns the SRTP keys of a connection, so that a sending leg can seal its own packets.
//!
//! webrtc-rs does not hand out what DTLS agreed on, but it does all cryptography through a provider that the
//! application may give it. Ours passes everything on and notes the key derivation of SRTP (RFC 3711 section 4.3):
//! the only use of a bare block cipher in a connection, first for our own packets and then for the remote's. A test
//! holds it against webrtc-rs' own SRTP, since this is an order of calls and no promise.

use crate::SrtpProfile;
use parking_lot::Mutex;
use rtc::crypto::{
    AeadAlgorithm, AeadCipher, BlockCipherAlgorithm, CbcAlgorithm, CbcCipher, CryptoAlgorithm, CryptoError,
    HashAlgorithm, HmacAlgorithm, KeyExchangeAlgorithm, Mac, PublicKey, RTCCrypto, RTCCryptoProvider, RTCRandom,
    SecretVec, SignatureScheme, SigningKey, StreamCipher, StreamCipherAlgorithm,
};
use std::sync::Arc;

/// Master key and salt of one direction.
pub struct Master {
    pub profile: SrtpProfile,
    pub key: SecretVec,
    /// 14 bytes; AES-GCM uses the first 12.
    pub salt: SecretVec,
}

/// The derivation that has been seen.
enum Seen {
    Nothing,
    /// The first block: the salt under label 0, which changes nothing in it.
    Derivation {
        key: SecretVec,
        salt: SecretVec,
    },
    Master(Master),
    /// Taken, or of no use.
    Over,
}

/// A provider that notes the keys of its one connection.
pub struct KeyTap {
    provider: Arc<dyn RTCCryptoProvider>,
    seen: Mutex<Seen>,
}

impl KeyTap {
    /// A tap around webrtc-rs' default provider.
    pub fn new() -> Result<KeyTap, CryptoError> {
        Ok(KeyTap { provider: rtc::crypto::default_provider()?, seen: Mutex::new(Seen::Nothing) })
    }

    /// The keys of our own packets, once; `None` before they are agreed.
    pub fn take(&self) -> Option<Master> {
        let mut seen = self.seen.lock();
        match std::mem::replace(&mut *seen, Seen::Over) {
            Seen::Master(master) => Some(master),
            other => {
                *seen = other;
                None
            }
        }
    }

    /// The cipher that follows the first derivation tells the profile.
    fn profile(&self, profile: SrtpProfile) {
        let mut seen = self.seen.lock();
        *seen = match std::mem::replace(&mut *seen, Seen::Over) {
            Seen::Derivation { key, salt } => Seen::Master(Master { profile, key, salt }),
            other => other,
        };
    }

    fn inner(&self) -> &dyn RTCCrypto {
        self.provider.crypto()
    }
}

impl RTCCryptoProvider for KeyTap {
    fn name(&self) -> &'static str {
        self.provider.name()
    }
    fn crypto(&self) -> &dyn RTCCrypto {
        self
    }
    fn random(&self) -> &dyn RTCRandom {
        self.provider.random()
    }
}

impl RTCCrypto for KeyTap {
    fn supports(&self, algorithm: CryptoAlgorithm) -> bool {
        self.inner().supports(algorithm)
    }

    fn block_encrypt(&self, algorithm: BlockCipherAlgorithm, key: &[u8], block: &mut [u8]) -> Result<(), CryptoError> {
        let mut seen = self.seen.lock();
        if let (Seen::Nothing, Some(salt)) = (&*seen, block.get(..14)) {
            *seen = Seen::Derivation { key: SecretVec::new(key.to_vec()), salt: SecretVec::new(salt.to_vec()) };
        }
        drop(seen);
        self.inner().block_encrypt(algorithm, key, block)
    }

    fn new_stream_cipher(
        &self,
        algorithm: StreamCipherAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn StreamCipher>, CryptoError> {
        self.profile(SrtpProfile::AesCmSha1);
        self.inner().new_stream_cipher(algorithm, key)
    }

    fn new_aead(&self, algorithm: AeadAlgorithm, key: &[u8]) -> Result<Box<dyn AeadCipher>, CryptoError> {
        self.profile(SrtpProfile::AesGcm);
        self.inner().new_aead(algorithm, key)
    }

    fn hash(&self, algorithm: HashAlgorithm, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.inner().hash(algorithm, data)
    }

    fn new_hmac(&self, algorithm: HmacAlgorithm, key: &[u8]) -> Result<Box<dyn Mac>, CryptoError> {
        self.inner().new_hmac(algorithm, key)
    }

    fn new_cbc(&self, algorithm: CbcAlgorithm, key: &[u8]) -> Result<Box<dyn CbcCipher>, CryptoError> {
        self.inner().new_cbc(algorithm, key)
    }

    fn start_key_exchange(
        &self,
        algorithm: KeyExchangeAlgorithm,
    ) -> Result<Box<dyn rtc::crypto::ActiveKeyExchange>, CryptoError> {
        self.inner().start_key_exchange(algorithm)
    }

    fn generate_signing_key(&self, scheme: SignatureScheme) -> Result<Arc<dyn SigningKey>, CryptoError> {
        self.inner().generate_signing_key(scheme)
    }

    fn import_signing_key(
        &self,
        scheme: SignatureScheme,
        pkcs8_der: &[u8],
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        self.inner().import_signing_key(scheme, pkcs8_der)
    }

    fn verify_signature(
        &self,
        scheme: SignatureScheme,
        public_key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.inner().verify_signature(scheme, public_key, message, signature)
    }
}
