//! Whether an endpoint is connected, and whether media comes: what the application can ask, and what it hears.

use crate::pads::pad;
use parking_lot::Mutex;
use trellis_media::Kind;
use trellis_model::{EventSink, Value};

/// The states of one endpoint.
pub(super) struct States {
    events: EventSink,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    connected: bool,
    flowing: bool,
    /// Of audio and video: it was agreed on, and nothing shows yet that the remote can be reached.
    awaited: [bool; 2],
    /// Of audio and video: it comes.
    comes: [bool; 2],
}

impl States {
    pub fn new(events: EventSink) -> States {
        States { events, now: Mutex::default() }
    }

    /// Descriptions were exchanged. What is awaited is reached with its first packet, the rest at once.
    pub fn negotiated(&self, awaited: &[Kind]) {
        for kind in awaited {
            self.now.lock().awaited[pad(*kind)] = true;
        }
        self.tell();
    }

    /// Media of a kind comes, or has ceased.
    pub fn flows(&self, kind: Kind, flowing: bool) {
        {
            let mut now = self.now.lock();
            now.comes[pad(kind)] = flowing;
            now.awaited[pad(kind)] &= !flowing;
        }
        self.tell();
    }

    fn tell(&self) {
        let (connection, media) = {
            let mut now = self.now.lock();
            let connected = now.awaited == [false; 2];
            let flowing = now.comes.contains(&true);
            let before = (now.connected, now.flowing);
            (now.connected, now.flowing) = (connected, flowing);
            (change(before.0, connected), change(before.1, flowing))
        };
        for (event, change) in [("ConnectionStateChanged", connection), ("MediaStateChanged", media)] {
            if let Some((old, new)) = change {
                self.events.raise(event, [("oldState", name(old)), ("newState", name(new))]);
            }
        }
    }

    /// Does a getter of a state; `None` when the operation is none.
    pub fn invoke(&self, operation: &str) -> Option<Value> {
        let now = self.now.lock();
        match operation {
            "getConnectionState" => Some(name(now.connected)),
            "getMediaState" => Some(name(now.flowing)),
            _ => None,
        }
    }
}

fn change(before: bool, after: bool) -> Option<(bool, bool)> {
    (before != after).then_some((before, after))
}

fn name(connected: bool) -> Value {
    if connected { "CONNECTED" } else { "DISCONNECTED" }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex as Lock};

    #[test]
    fn an_endpoint_is_connected_when_all_that_is_awaited_has_come() {
        let heard = Arc::new(Lock::new(Vec::new()));
        let told = Arc::clone(&heard);
        let events = EventSink::new(move |event, fields| {
            let new = fields.into_iter().find(|(name, _)| name == "newState").map(|(_, value)| value);
            told.lock().expect("a list").push((event.to_owned(), new == Some(Value::from("CONNECTED"))));
        });
        let states = States::new(events);
        states.negotiated(&[Kind::Audio, Kind::Video]);
        states.flows(Kind::Audio, true);
        assert_eq!(states.invoke("getConnectionState"), Some("DISCONNECTED".into()));
        states.flows(Kind::Video, true);
        states.flows(Kind::Video, false);
        states.flows(Kind::Audio, false);
        let (connection, media) = ("ConnectionStateChanged".to_owned(), "MediaStateChanged".to_owned());
        let wanted = [(media.clone(), true), (connection, true), (media, false)];
        assert_eq!(*heard.lock().expect("a list"), wanted);
        assert_eq!(states.invoke("getConnectionState"), Some("CONNECTED".into()), "silence is no way that is lost");
    }
}
