//! Properties of every endpoint of RTP, WebRTC's among them, that are not limits of bandwidth.
//!
//! What an application sets though nothing follows from it is kept and given back, and a warning says so: an application
//! that was written for another server must not fail here.

use trellis_model::{Args, Record, RemoteError, Value};

/// Bytes of the longest RTP packet that our packetisers make, which is also Kurento's default.
const MTU: i64 = 1_200;
/// Larger packets do not pass an Ethernet.
const LARGEST_MTU: i64 = 65_507;

/// The properties of one endpoint.
pub(super) struct Settings {
    /// Without effect below the default: packets of our own have that size at most, and others' are not cut.
    mtu: i64,
    /// Without effect but for `rembOnConnect`: they tune an estimator that we do not have.
    remb: Record,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { mtu: MTU, remb: Record { kind: "RembParams".to_owned(), fields: Vec::new() } }
    }
}

/// Says that nothing follows from what an application set.
pub(super) fn without_effect(endpoint: &str, property: &str, why: &str) {
    tracing::warn!(endpoint, property, why, "a property without effect was set");
}

impl Settings {
    /// Does a getter or setter; `None` when it is of no property here. `endpoint` is for the log.
    pub fn invoke(&mut self, operation: &str, args: &Args, endpoint: &str) -> Option<Result<Value, RemoteError>> {
        Some(match operation {
            "getMtu" => Ok(self.mtu.into()),
            "getRembParams" => Ok(Value::Record(self.remb.clone())),
            "setMtu" => args.int("mtu").and_then(|bytes| self.set_mtu(bytes, endpoint)),
            "setRembParams" => args.record("rembParams").map(|params| {
                if params.fields.iter().any(|(name, _)| name != "rembOnConnect") {
                    without_effect(endpoint, "rembParams", "the receivers' estimates are used as they come");
                }
                self.remb = params;
                Value::Null
            }),
            _ => return None,
        })
    }

    fn set_mtu(&mut self, bytes: i64, endpoint: &str) -> Result<Value, RemoteError> {
        if !(1..=LARGEST_MTU).contains(&bytes) {
            return Err(RemoteError::illegal_param(format_args!("mtu is 1 to {LARGEST_MTU} bytes")));
        }
        if bytes < MTU {
            without_effect(endpoint, "mtu", "packets of our own have up to 1200 bytes");
        }
        self.mtu = bytes;
        Ok(Value::Null)
    }

    /// What a remote is taken to be able to receive until it says so itself, in bits a second.
    pub fn first_estimate(&self) -> Option<u64> {
        self.remb.int("rembOnConnect").and_then(|bits| u64::try_from(bits).ok()).filter(|bits| *bits > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_estimate_is_what_was_set() {
        let mut settings = Settings::default();
        assert_eq!(settings.first_estimate(), None);
        settings.remb.fields.push(("rembOnConnect".to_owned(), Value::Int(500_000)));
        assert_eq!(settings.first_estimate(), Some(500_000));
    }
}
