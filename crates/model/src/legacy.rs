//! Names that Kurento 7.0 changed. Applications that were written for 6.x still use the old ones, and get them back.
//!
//! Classes, constructors, methods (but for one) and values of enumerations kept their names. Fields of four registers
//! that only come out (`IceCandidatePair`, `Stats`, `ElementStats`, `EndpointStats`) did not; they come out by the names
//! of today.

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
    let param = PROPERTIES.iter().find(|(old, _)| capitalised(old).eq(property.chars())).copied()?;
    Some(Renamed { operation: accessor.chars().chain(capitalised(param.1)).collect(), param })
}

/// Every call is looked at: nothing is allocated to see that its name is none of these.
fn capitalised(name: &str) -> impl Iterator<Item = char> {
    let (first, rest) = name.split_at(1);
    first.chars().map(|letter| letter.to_ascii_uppercase()).chain(rest.chars())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Event};

    #[test]
    fn what_is_renamed_leads_to_what_is_declared() {
        for (old, new) in EVENTS {
            assert!(Event::find(new).is_some(), "{new}");
            assert!(Event::find(old).is_none(), "{old} is no old name");
        }
        let endpoint = Class::find("WebRtcEndpoint").expect("declared");
        for (old, _) in PROPERTIES {
            let name: String = "get".chars().chain(capitalised(old)).collect();
            let renamed = operation(&name).expect("an old name");
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

    #[test]
    fn everything_that_6_x_called_otherwise_is_known() {
        let events = "MediaFlowOutStateChange MediaFlowInStateChange MediaTranscodingStateChange OnIceCandidate \
            OnIceGatheringDone OnIceComponentStateChanged IceComponentStateChange OnDataChannelOpened \
            OnDataChannelClosed DataChannelOpen DataChannelClose";
        for old in events.split_whitespace() {
            assert_ne!(event(old), old);
        }
        let operations = "setOutputBitrate setMinOutputBitrate setMaxOutputBitrate setMinOuputBitrate setMaxOuputBitrate \
            getMinOutputBitrate getMaxOutputBitrate getMinOuputBitrate getMaxOuputBitrate getChilds \
            getExternalAddress setExternalAddress";
        let endpoint = Class::find("WebRtcEndpoint").expect("declared");
        for old in operations.split_whitespace() {
            assert!(endpoint.member(old).is_none(), "{old} is no old name");
            let renamed = operation(old).unwrap_or_else(|| panic!("{old}"));
            let params = endpoint.member(&renamed.operation).expect("declared").params();
            assert!(params.iter().all(|param| param.name == renamed.param.1), "{renamed:?}");
        }
        for name in ["setName", "getChildren", "getStats", "play", "set", "getX", ""] {
            assert_eq!(operation(name), None);
        }
    }
}
