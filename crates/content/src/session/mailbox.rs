//! What waits for a client until it polls.

use super::reason::Reason;
use crate::error::ContentError;
use serde::Serialize;
use std::collections::VecDeque;

/// Events of the application that wait at most; the oldest goes when one more comes.
const MAX_EVENTS: usize = 256;
/// Control events that wait at most; the oldest goes when one more comes. The end of a session is its last, so it stays.
const MAX_CONTROL_EVENTS: usize = 16;

/// An event of the application for its client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Event {
    /// What happened, in the application's words.
    #[serde(rename = "type")]
    pub kind: String,
    /// More about it.
    pub data: String,
}

/// An event of the session itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ControlEvent {
    #[serde(rename = "type")]
    kind: &'static str,
    data: Told,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Told {
    code: i32,
    message: String,
}

impl ControlEvent {
    /// The session ended.
    pub fn terminated(reason: &Reason) -> ControlEvent {
        let data = Told { code: reason.code.0, message: reason.message.clone() };
        ControlEvent { kind: "sessionTerminated", data }
    }

    /// The media failed.
    pub fn failed(error: &ContentError) -> ControlEvent {
        let data = Told { code: error.code.0, message: error.message.clone() };
        ControlEvent { kind: "sessionError", data }
    }
}

/// What a poll brings. Members that are empty are left out.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mail {
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    pub content_events: VecDeque<Event>,
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    pub control_events: VecDeque<ControlEvent>,
}

/// Events that wait, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    mail: Mail,
}

impl Mailbox {
    pub fn is_empty(&self) -> bool {
        self.mail.content_events.is_empty() && self.mail.control_events.is_empty()
    }

    pub fn publish(&mut self, event: Event) {
        let events = &mut self.mail.content_events;
        if events.len() == MAX_EVENTS {
            events.pop_front();
            tracing::debug!("a client does not poll: its oldest event is lost");
        }
        events.push_back(event);
    }

    pub fn control(&mut self, event: ControlEvent) {
        let events = &mut self.mail.control_events;
        if events.len() == MAX_CONTROL_EVENTS {
            events.pop_front();
        }
        events.push_back(event);
    }

    pub fn take(&mut self) -> Mail {
        std::mem::take(&mut self.mail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn the_oldest_event_goes_and_the_end_stays() {
        let mut mailbox = Mailbox::default();
        for number in 0..300 {
            mailbox.publish(Event { kind: number.to_string(), data: String::new() });
            mailbox.control(ControlEvent::failed(&Code::INTERNAL.into()));
        }
        let mail = mailbox.take();
        assert_eq!((mail.content_events.len(), mail.control_events.len()), (256, 16));
        assert_eq!(mail.content_events[255].kind, "299");
        assert!(mailbox.is_empty());
    }

    #[test]
    fn empty_members_are_left_out() {
        assert_eq!(serde_json::to_string(&Mail::default()).unwrap(), "{}");
        let mut mailbox = Mailbox::default();
        mailbox.publish(Event { kind: "a".to_owned(), data: "b".to_owned() });
        let text = serde_json::to_string(&mailbox.take()).unwrap();
        assert_eq!(text, r#"{"contentEvents":[{"type":"a","data":"b"}]}"#);
    }
}
