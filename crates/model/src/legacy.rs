//! Names that Kurento 7.0 changed. Applications that were written for 6.x still use the old ones, and get them back.

/// Old and new names of events.
const EVENTS: &[(&str, &str)] = &[
    ("MediaFlowOutStateChange", "MediaFlowOutStateChanged"),
    ("MediaFlowInStateChange", "MediaFlowInStateChanged"),
    ("MediaTranscodingStateChange", "MediaTranscodingStateChanged"),
    ("OnIceCandidate", "IceCandidateFound"),
    ("OnIceGatheringDone", "IceGatheringDone"),
    ("OnIceComponentStateChanged", "IceComponentStateChanged"),
    ("IceComponentStateChange", "IceComponentStateChanged"),
    ("OnDataChannelOpened", "DataChannelOpened"),
    ("OnDataChannelClosed", "DataChannelClosed"),
    ("DataChannelOpen", "DataChannelOpened"),
    ("DataChannelClose", "DataChannelClosed"),
];

/// Old and new names of properties; the misspelt ones were once spelt so.
const PROPERTIES: &[(&str, &str)] = &[
    ("childs", "children"),
    ("externalAddress", "externalIPv4"),
    ("minOuputBitrate", "minEncoderBitrate"),
    ("maxOuputBitrate", "maxEncoderBitrate"),
    ("minOutputBitrate", "minEncoderBitrate"),
    ("maxOutputBitrate", "maxEncoderBitrate"),
];

/// A method that became a property's setter, with its parameter.
const SET_OUTPUT_BITRATE: (&str, &str) = ("setOutputBitrate", "bitrate");

/// An operation by its name of today, and how its parameter was called and is called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The operation of today.
    pub operation: String,
    /// The old name of its parameter and the one of today.
    pub param: (&'static str, &'static str),
}

/// What an event is called today; its own name when that never changed.
pub fn event(name: &str) -> &str {
    EVENTS.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new)
}

/// What an old operation is called today; `None` when it is not one of those.
pub fn operation(name: &str) -> Option<Renamed> {
    if name == SET_OUTPUT_BITRATE.0 {
        let param = (SET_OUTPUT_BITRATE.1, "encoderBitrate");
        return Some(Renamed { operation: "setEncoderBitrate".to_owned(), param });
    }
    let (accessor, property) = name.split_at_checked(3).filter(|(accessor, _)| matches!(*accessor, "get" | "set"))?;
    let param = PROPERTIES.iter().find(|(old, _)| capitalised(old) == property).copied()?;
    Some(Renamed { operation: format!("{accessor}{}", capitalised(param.1)), param })
}

fn capitalised(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, events};

    #[test]
    fn what_is_renamed_leads_to_what_is_declared() {
        for (old, new) in EVENTS {
            assert!(events().any(|event| event.name == *new), "{new}");
            assert!(events().all(|event| event.name != *old), "{old} is no old name");
        }
        let endpoint = Class::find("WebRtcEndpoint").expect("declared");
        for (old, _) in PROPERTIES {
            let renamed = operation(&format!("get{}", capitalised(old))).expect("an old name");
            assert!(endpoint.member(&renamed.operation).is_some(), "{renamed:?}");
        }
        let renamed = operation("setMaxOutputBitrate").expect("an old name");
        assert_eq!(
            (&*renamed.operation, renamed.param),
            ("setMaxEncoderBitrate", ("maxOutputBitrate", "maxEncoderBitrate"))
        );
        assert!(endpoint.member(&operation("setOutputBitrate").expect("an old name").operation).is_some());
        assert_eq!((operation("getName"), operation("é"), event("Error")), (None, None, "Error"));
    }
}
