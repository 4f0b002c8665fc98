//! The constructor's `crypto`: the key with which an endpoint protects what it sends.

use trellis_model::{Args, Record, RemoteError};
use trellis_rtp::session::{MasterKey, Suite};

/// The key that an application gives, or one that nobody knows; `None` without a suite, for plain RTP.
pub(super) fn key_of(args: &Args) -> Result<Option<MasterKey>, RemoteError> {
    let Some(record) = args.optional_record("crypto")? else { return Ok(None) };
    let Some(suite) = suite_of(&record)? else { return Ok(None) };
    let text = |name: &str| record.text(name).filter(|text| !text.is_empty());
    let key = match (text("key"), text("keyBase64")) {
        (Some(key), _) => MasterKey::new(suite, key.into_bytes()),
        (None, Some(key)) => MasterKey::from_base64(suite, &key),
        (None, None) => MasterKey::random(suite),
    };
    key.map(Some).map_err(RemoteError::illegal_param)
}

fn suite_of(record: &Record) -> Result<Option<Suite>, RemoteError> {
    Ok(Some(match record.text("crypto").as_deref() {
        None | Some("") => return Ok(None),
        Some("AES_128_CM_HMAC_SHA1_32") => Suite::Aes128Sha1Tag32,
        Some("AES_128_CM_HMAC_SHA1_80") => Suite::Aes128Sha1Tag80,
        Some("AES_256_CM_HMAC_SHA1_32") => Suite::Aes256Sha1Tag32,
        Some("AES_256_CM_HMAC_SHA1_80") => Suite::Aes256Sha1Tag80,
        Some(_) => return Err(RemoteError::marshal("Invalid value for 'CryptoSuite'")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use trellis_model::Value;

    fn key(fields: &[(&str, &str)]) -> Result<Option<usize>, i32> {
        let record = Value::record("SDES", fields.iter().map(|(name, value)| (*name, Value::from(*value))));
        let args = Args::new([("crypto".to_owned(), record)].into());
        key_of(&args).map(|key| key.map(|key| key.bytes().len())).map_err(|error| error.code)
    }

    #[test]
    fn a_key_has_the_length_of_its_suite_or_is_refused() {
        let (short, long) = ("0".repeat(30), "0".repeat(46));
        assert_eq!(key_of(&Args::default()).map(|key| key.is_none()), Ok(true));
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&[("key", &short)]), Ok(None), "without a suite nothing is protected");
        for suite in ["AES_128_CM_HMAC_SHA1_32", "AES_128_CM_HMAC_SHA1_80"] {
            assert_eq!(key(&[("crypto", suite)]), Ok(Some(30)), "a random one");
            assert_eq!(key(&[("crypto", suite), ("key", &short)]), Ok(Some(30)));
            assert_eq!(key(&[("crypto", suite), ("key", &long)]), Err(40_107));
        }
        for suite in ["AES_256_CM_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80"] {
            assert_eq!(key(&[("crypto", suite), ("key", &long)]), Ok(Some(46)));
            assert_eq!(key(&[("crypto", suite), ("key", &short)]), Err(40_107));
        }
        let base64 = |key: &'static str| [("crypto", "AES_128_CM_HMAC_SHA1_80"), ("keyBase64", key)];
        assert_eq!(self::key(&base64("WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz")), Ok(Some(30)));
        assert_eq!(self::key(&base64("????")), Err(40_107));
    }
}
