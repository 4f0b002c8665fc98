//! Names of 3.0, and what they mean today.

use trellis_model::Class;

/// Classes that were called otherwise, but for those that only wrote `EndPoint`.
const CLASSES: &[(&str, &str)] = &[("MixerEndPoint", "HubPort"), ("PointerDetector2Filter", "PointerDetectorFilter")];

/// Operations that were called otherwise. `start` is left out: it depends on the class.
const OPERATIONS: &[(&str, &str)] = &[
    ("getLocalSdp", "getLocalSessionDescriptor"),
    ("getRemoteSdp", "getRemoteSessionDescriptor"),
    ("generateSdpOffer", "generateOffer"),
    ("processSdpOffer", "processOffer"),
    ("processSdpAnswer", "processAnswer"),
    ("setImageOverlay", "setOverlayedImage"),
    ("unsetImageOverlay", "unsetOverlayedImage"),
];

/// Plain parameters that were called otherwise.
const PARAMETERS: &[(&str, &str)] = &[("windowID", "windowId")];

/// Events that were called otherwise, and what they carried.
const EVENTS: &[(&str, &str, Carries)] = &[
    ("EOS", "EndOfStream", Carries::Nothing),
    ("MediaSessionStart", "MediaSessionStarted", Carries::Nothing),
    ("MediaSessionComplete", "MediaSessionTerminated", Carries::Nothing),
    ("CodeFound", "CodeFound", Carries::Code),
    ("plate-detected", "PlateDetected", Carries::Text("plate")),
    ("window-in", "WindowIn", Carries::Text("windowId")),
    ("window-out", "WindowOut", Carries::Text("windowId")),
];

/// What an event's data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carries {
    /// No data.
    Nothing,
    /// The struct of a code.
    Code,
    /// One field, as text.
    Text(&'static str),
    /// All its own fields, as JSON: of events that 3.0 did not have.
    Fields,
}

/// The declared class of an old or new name.
pub(super) fn class(name: &str) -> Option<&'static Class> {
    if let Some((_, new)) = CLASSES.iter().find(|(old, _)| *old == name) {
        return Class::find(new);
    }
    match name.strip_suffix("EndPoint") {
        Some(stem) => Class::find(&format!("{stem}Endpoint")),
        None => Class::find(name),
    }
}

/// What 3.0 called a class.
pub(super) fn old_class(class: &Class) -> String {
    if let Some((old, _)) = CLASSES.iter().find(|(_, new)| *new == class.name) {
        return (*old).to_owned();
    }
    match class.name.strip_suffix("Endpoint") {
        Some(stem) => format!("{stem}EndPoint"),
        None => class.name.to_owned(),
    }
}

/// What an operation of an object is called today.
pub(super) fn operation<'a>(class: &'static Class, name: &'a str) -> &'a str {
    match name {
        "start" if class.is_a("PlayerEndpoint") => "play",
        "start" if class.is_a("RecorderEndpoint") => "record",
        _ => OPERATIONS.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| *new),
    }
}

/// What a plain parameter is called today.
pub(super) fn parameter(name: &str) -> &str {
    PARAMETERS.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| *new)
}

/// What an event is called today, and what its data is.
pub(super) fn event(name: &str) -> (&str, Carries) {
    let known = EVENTS.iter().find(|(old, ..)| *old == name);
    known.map_or((name, Carries::Fields), |(_, new, carries)| (*new, *carries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use trellis_model::Event;

    #[test]
    fn classes_of_3_0_are_found_and_called_so_again() {
        let old = "PlayerEndPoint RecorderEndPoint HttpPostEndPoint RtpEndPoint WebRtcEndPoint ZBarFilter \
            GStreamerFilter FaceOverlayFilter ChromaFilter PlateDetectorFilter PointerDetector2Filter MixerEndPoint \
            Composite Dispatcher";
        for name in old.split_whitespace() {
            let found = class(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(old_class(found), name);
        }
        assert_eq!(class("PlayerEndpoint").map(|class| class.name), Some("PlayerEndpoint"));
        assert!(class("JackVaderFilter").is_none() && class("EndPoint").is_none_or(|class| class.is_abstract));
    }

    #[test]
    fn what_is_renamed_leads_to_what_is_declared() {
        for (old, new) in OPERATIONS {
            let of = |class: &str| Class::find(class).and_then(|class| class.member(new)).is_some();
            assert!(of("WebRtcEndpoint") || of("FaceOverlayFilter"), "{old}");
        }
        for (old, new, carries) in EVENTS {
            let event = Event::find(new).unwrap_or_else(|| panic!("{old}"));
            if let Carries::Text(field) = carries {
                assert!(event.fields().iter().any(|known| known.name == *field), "{old}");
            }
        }
        let player = Class::find("PlayerEndpoint").unwrap();
        assert_eq!((operation(player, "start"), operation(player, "pause")), ("play", "pause"));
    }
}
