//! `a=crypto`: keys in descriptions (RFC 4568 section 9).

use crate::session::{MasterKey, Suite};
use std::fmt;

/// A key, and the tag by which the other side says that it took it.
#[derive(Clone, Debug)]
pub struct CryptoLine {
    /// Of the attribute, from 1.
    pub tag: u32,
    /// With the suite.
    pub key: MasterKey,
}

impl CryptoLine {
    /// Reads the value of an attribute; `None` for what is not supported: suites that are not ours, several keys or a
    /// key identifier, session parameters that weaken or change the protection.
    pub fn parse(value: &str) -> Option<CryptoLine> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok()?;
        let suite = Suite::named(words.next()?)?;
        let inline = words.next()?.strip_prefix("inline:")?;
        // The hint on the size of the window is ours to ignore (section 6.3.7).
        if !words.all(|parameter| parameter.starts_with("WSH=")) {
            return None;
        }
        let mut parts = inline.split('|');
        let mut key = MasterKey::from_base64(suite, parts.next()?).ok()?;
        if let Some(life) = parts.next() {
            key = key.with_life(lifetime(life)?);
        }
        parts.next().is_none().then_some(CryptoLine { tag, key })
    }
}

/// A number of packets, or a power of two of them.
fn lifetime(text: &str) -> Option<u64> {
    match text.strip_prefix("2^") {
        Some(power) => 1u64.checked_shl(power.parse().ok()?),
        None => text.parse().ok(),
    }
}

impl fmt::Display for CryptoLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} inline:{}", self.tag, self.key.suite().name(), self.key.to_base64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    #[test]
    fn a_line_reads_back_and_lifetimes_and_windows_are_understood() {
        let plain = format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}");
        let line = CryptoLine::parse(&plain).expect("a key");
        assert_eq!((line.to_string(), line.key.suite(), line.tag), (plain, Suite::Aes128Sha1Tag80, 1));
        assert!(CryptoLine::parse(&format!("7 AES_CM_128_HMAC_SHA1_32 inline:{KEY}|2^20 WSH=60")).is_some());
    }

    #[test]
    fn what_is_not_supported_is_left_to_others() {
        for line in [
            String::new(),
            "1".to_owned(),
            format!("x AES_CM_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 F8_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 AES_256_CM_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^99"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY};inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP"),
            "1 AES_CM_128_HMAC_SHA1_80 inline:????".to_owned(),
        ] {
            assert!(CryptoLine::parse(&line).is_none(), "{line}");
        }
    }
}
