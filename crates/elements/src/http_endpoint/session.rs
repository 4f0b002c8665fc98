//! The session of an HTTP endpoint: begins with the first client, ends a while after the last has gone.

use trellis_media::MediaTime;

/// What a session tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionEvent {
    Started,
    Terminated,
}

/// A session, without a clock of its own.
#[derive(Debug)]
pub(crate) struct Session {
    /// How long it waits for a client when none is there.
    timeout: MediaTime,
    clients: usize,
    begun: bool,
    over: bool,
    /// When the last client went.
    deserted: Option<MediaTime>,
}

impl Session {
    pub fn new(timeout: MediaTime) -> Session {
        Session { timeout: timeout.max(MediaTime::ZERO), clients: 0, begun: false, over: false, deserted: None }
    }

    /// A client has come.
    pub fn came(&mut self) -> Option<SessionEvent> {
        self.clients += 1;
        self.deserted = None;
        (!std::mem::replace(&mut self.begun, true)).then_some(SessionEvent::Started)
    }

    /// A client has gone.
    pub fn went(&mut self, now: MediaTime) {
        self.clients = self.clients.saturating_sub(1);
        if self.clients == 0 {
            self.deserted = Some(now);
        }
    }

    /// When it ends if nobody comes.
    pub fn due(&self) -> Option<MediaTime> {
        self.deserted.filter(|_| !self.over).map(|since| since + self.timeout)
    }

    /// Ends it, when that is due.
    pub fn end_if_due(&mut self, now: MediaTime) -> Option<SessionEvent> {
        self.due().filter(|due| *due <= now).and_then(|_| self.end())
    }

    /// Ends it. One that has not begun ends without a word.
    pub fn end(&mut self) -> Option<SessionEvent> {
        (!std::mem::replace(&mut self.over, true) && self.begun).then_some(SessionEvent::Terminated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> MediaTime {
        MediaTime::from_millis(millis)
    }

    #[test]
    fn it_outlives_a_client_that_comes_back_in_time() {
        let mut session = Session::new(at(2_000));
        assert_eq!((session.came(), session.came()), (Some(SessionEvent::Started), None));
        session.went(at(100));
        assert_eq!(session.due(), None, "one is left");
        session.went(at(200));
        assert_eq!((session.due(), session.end_if_due(at(2_199))), (Some(at(2_200)), None));
        assert_eq!(session.came(), None);
        session.went(at(5_000));
        assert_eq!(session.end_if_due(at(7_000)), Some(SessionEvent::Terminated));
        assert_eq!((session.due(), session.end()), (None, None), "once");
    }

    #[test]
    fn one_that_never_began_does_not_terminate() {
        assert_eq!(Session::new(at(0)).end(), None);
    }
}
