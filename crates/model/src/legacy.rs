//! Names that Kurento 7.0 changed. Applications that were written for 6.x still use the old ones, and get them back.
//!
//! Classes, constructors, methods (but for one) and values of enumerations kept their names. Fields of four registers
//! that only come out (`IceCandidatePair`, `Stats`, `ElementStats`, `EndpointStats`) did not; they come out by both names.

use crate::{ComplexType, Record, Value};

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

/// Fields of registers: the register, the old name, the one of today, and what the old one was of it.
const FIELDS: &[(&str, &str, &str, Was)] = &[
    ("IceCandidatePair", "streamID", "streamId", Was::TheSame),
    ("IceCandidatePair", "componentID", "componentId", Was::TheSame),
    ("Stats", "timestamp", "timestampMillis", Was::InSeconds),
    ("ElementStats", "inputAudioLatency", "inputLatency", Was::LatencyOf("AUDIO")),
    ("ElementStats", "inputVideoLatency", "inputLatency", Was::LatencyOf("VIDEO")),
    ("EndpointStats", "audioE2ELatency", "E2ELatency", Was::LatencyOf("AUDIO")),
    ("EndpointStats", "videoE2ELatency", "E2ELatency", Was::LatencyOf("VIDEO")),
];

/// What a field of 6.x was of the one of today.
enum Was {
    TheSame,
    /// Of milliseconds.
    InSeconds,
    /// The average of one kind of media, of a list with one for each; 0 where none was measured.
    LatencyOf(&'static str),
}

impl Was {
    fn of(&self, now: &Value) -> Value {
        match (self, now) {
            (Was::InSeconds, Value::Int(millis)) => Value::Int(millis / 1_000),
            (Was::LatencyOf(kind), Value::List(all)) => {
                let average = |latency: &Value| match latency {
                    Value::Record(latency) if latency.text("type").as_deref() == Some(kind) => latency.float("avg"),
                    _ => None,
                };
                Value::Float(all.iter().find_map(average).unwrap_or(0.0))
            }
            _ => now.clone(),
        }
    }
}

/// The fields of a register that goes out by their old names, where they had others.
pub fn fields(record: &Record) -> impl Iterator<Item = (&'static str, Value)> {
    let kind = ComplexType::find(&record.kind);
    let renamed = FIELDS.iter().filter(move |(of, ..)| kind.is_some_and(|kind| kind.is_a(of)));
    renamed.filter_map(|(_, old, new, was)| Some((*old, was.of(record.get(new)?))))
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
    use crate::{Class, Event, json};

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
    fn registers_come_out_by_the_names_of_6_x_too() {
        let latency =
            |kind: &str, avg| Value::record("MediaLatencyStat", [("type", kind.into()), ("avg", Value::Float(avg))]);
        let latencies = Value::List(vec![latency("VIDEO", 7.0)]);
        let out = |kind: &str, fields: Vec<(&str, Value)>| json::write(&Value::record(kind, fields));
        let pair = out("IceCandidatePair", vec![("streamId", "1".into()), ("componentId", Value::Int(1))]);
        assert_eq!((&pair["streamID"], &pair["componentID"]), (&pair["streamId"], &pair["componentId"]));
        let stats = vec![
            ("timestampMillis", Value::Int(1_795_401_090_869)),
            ("inputLatency", latencies.clone()),
            ("E2ELatency", latencies),
        ];
        let stats = out("EndpointStats", stats);
        assert_eq!(stats["timestamp"], 1_795_401_090);
        for (old, value) in [("Audio", 0.0), ("Video", 7.0)] {
            assert_eq!(stats[format!("input{old}Latency")], value);
            assert_eq!(stats[format!("{}E2ELatency", old.to_lowercase())], value);
        }
        assert_eq!(out("RTCInboundRTPStreamStats", vec![("timestampMillis", Value::Int(2_000))])["timestamp"], 2);
        for (register, old, new, _) in FIELDS {
            let register = ComplexType::find(register).expect("declared");
            let has = |name: &str| register.fields().iter().any(|field| field.name == name);
            assert!(has(new) && !has(old), "{old}");
        }
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
