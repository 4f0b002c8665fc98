//! Seals RTP packets in place (RFC 3711 section 4, RFC 7714 section 8).

use crate::SrtpProfile;
use crate::keys::Master;
use rtc::crypto::{
    AeadAlgorithm, AeadCipher, BlockCipherAlgorithm, CryptoError, HmacAlgorithm, Mac, RTCCrypto, SecretVec,
    StreamCipher, StreamCipherAlgorithm,
};

/// An RTP header without contributing sources and extensions (RFC 3550 section 5.1).
pub const HEADER: usize = 12;
/// Truncated HMAC-SHA1-80, and the tag of AES-GCM.
const SHA1_TAG: usize = 10;
const GCM_TAG: usize = 16;

/// Labels of RFC 3711 section 4.3.1.
const LABEL_ENCRYPTION: u8 = 0;
const LABEL_AUTHENTICATION: u8 = 1;
const LABEL_SALT: u8 = 2;

/// One direction's cipher. Its caller sees to it that no two packets of one source get one index.
pub enum Sealer {
    AesCm { cipher: Box<dyn StreamCipher>, mac: Box<dyn Mac>, salt: [u8; 16] },
    AesGcm { cipher: Box<dyn AeadCipher>, salt: [u8; 12] },
}

impl Sealer {
    /// Derives the session keys.
    pub fn new(master: &Master, crypto: &dyn RTCCrypto) -> Result<Sealer, CryptoError> {
        let derive = |label, output: &mut [u8]| derive(crypto, master, label, output);
        let mut key = SecretVec::new(vec![0; 16]);
        derive(LABEL_ENCRYPTION, key.as_mut())?;
        match master.profile {
            SrtpProfile::AesCmSha1 => {
                let (mut salt, mut authentication) = ([0; 16], SecretVec::new(vec![0; 20]));
                derive(LABEL_SALT, &mut salt[..14])?;
                derive(LABEL_AUTHENTICATION, authentication.as_mut())?;
                let cipher = crypto.new_stream_cipher(StreamCipherAlgorithm::Aes128Ctr, key.as_ref())?;
                let mac = crypto.new_hmac(HmacAlgorithm::Sha1, authentication.as_ref())?;
                Ok(Sealer::AesCm { cipher, mac, salt })
            }
            SrtpProfile::AesGcm => {
                let mut salt = [0; 12];
                derive(LABEL_SALT, &mut salt)?;
                let cipher = crypto.new_aead(AeadAlgorithm::Aes128Gcm, key.as_ref())?;
                Ok(Sealer::AesGcm { cipher, salt })
            }
        }
    }

    /// What it seals by.
    pub fn profile(&self) -> SrtpProfile {
        match self {
            Sealer::AesCm { .. } => SrtpProfile::AesCmSha1,
            Sealer::AesGcm { .. } => SrtpProfile::AesGcm,
        }
    }

    /// Encrypts the packet that begins at `start` of `buffer` and ends with it, and appends its tag. `index` is the
    /// sequence number with its roll-overs, 48 bits (RFC 3711 section 3.3.1).
    pub fn seal(&mut self, buffer: &mut Vec<u8>, start: usize, ssrc: u32, index: u64) -> Result<(), CryptoError> {
        let Some((header, payload)) = buffer.get_mut(start..).and_then(|packet| packet.split_at_mut_checked(HEADER))
        else {
            return Ok(());
        };
        match self {
            Sealer::AesCm { cipher, mac, salt } => {
                let mut iv = *salt;
                mask(&mut iv[4..8], &ssrc.to_be_bytes());
                mask(&mut iv[8..14], &index.to_be_bytes()[2..]);
                cipher.apply_keystream(&iv, payload)?;
                let mut tag = [0; 20];
                mac.sign(&[&buffer[start..], &((index >> 16) as u32).to_be_bytes()], &mut tag)?;
                buffer.extend_from_slice(&tag[..SHA1_TAG]);
            }
            Sealer::AesGcm { cipher, salt } => {
                let mut nonce = *salt;
                mask(&mut nonce[2..6], &ssrc.to_be_bytes());
                mask(&mut nonce[6..], &index.to_be_bytes()[2..]);
                let mut tag = [0; GCM_TAG];
                cipher.seal_in_place(&nonce, header, payload, &mut tag)?;
                buffer.extend_from_slice(&tag);
            }
        }
        Ok(())
    }
}

/// AES in counter mode over the salt with the label in it (RFC 3711 sections 4.3.1 and 4.3.3); the derivation rate
/// is zero.
fn derive(crypto: &dyn RTCCrypto, master: &Master, label: u8, output: &mut [u8]) -> Result<(), CryptoError> {
    let salt = match master.profile {
        SrtpProfile::AesCmSha1 => 14,
        SrtpProfile::AesGcm => 12,
    };
    for (number, output) in (0u16..).zip(output.chunks_mut(16)) {
        let mut block = [0; 16];
        mask(&mut block[..salt], master.salt.as_ref());
        block[7] ^= label;
        block[14..].copy_from_slice(&number.to_be_bytes());
        crypto.block_encrypt(BlockCipherAlgorithm::Aes128, master.key.as_ref(), &mut block)?;
        output.copy_from_slice(&block[..output.len()]);
    }
    Ok(())
}

fn mask(bytes: &mut [u8], mask: &[u8]) {
    for (byte, mask) in bytes.iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc::srtp::context::Context;
    use rtc::srtp::protection_profile::ProtectionProfile;

    const SSRC: u32 = 0x8BAD_F00D;

    fn packet(index: u64, length: u8) -> Vec<u8> {
        let mut packet = vec![0x80, 96];
        packet.extend((index as u16).to_be_bytes());
        packet.extend(7u32.to_be_bytes());
        packet.extend(SSRC.to_be_bytes());
        packet.extend(0..length);
        packet
    }

    fn master(profile: SrtpProfile) -> Master {
        let bytes = |count: u8, step: u8| SecretVec::new((0..count).map(|byte| byte.wrapping_mul(step)).collect());
        Master { profile, key: bytes(16, 17), salt: bytes(14, 29) }
    }

    fn agrees_with_webrtc_rs(profile: SrtpProfile, theirs: ProtectionProfile, salt: usize) {
        let provider = rtc::crypto::default_provider().expect("a provider");
        let master = master(profile);
        let salt = &master.salt.as_ref()[..salt];
        let mut oracle = Context::new(master.key.as_ref(), salt, theirs, None, None, provider.crypto()).expect("keys");
        let mut sealer = Sealer::new(&master, provider.crypto()).expect("keys");
        // Across two roll-overs of the sequence number.
        for index in (40_000u64..170_000).step_by(50) {
            let plain = packet(index, (index % 200) as u8);
            let mut sealed = vec![1, 2, 3];
            sealed.extend(&plain);
            sealer.seal(&mut sealed, 3, SSRC, index).expect("sealed");
            assert_eq!(sealed[3..], oracle.encrypt_rtp(&plain).expect("sealed")[..], "index {index}");
        }
    }

    #[test]
    fn counter_mode_is_that_of_webrtc_rs() {
        agrees_with_webrtc_rs(SrtpProfile::AesCmSha1, ProtectionProfile::Aes128CmHmacSha1_80, 14);
    }

    #[test]
    fn galois_mode_is_that_of_webrtc_rs() {
        agrees_with_webrtc_rs(SrtpProfile::AesGcm, ProtectionProfile::AeadAes128Gcm, 12);
    }
}
