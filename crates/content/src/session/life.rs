//! The life of a session as a state machine: what may be done when, who ended it, and what the client has to be told.
//! It knows no socket and no clock; the time is an argument, counted from any fixed moment.
//!
//! ```text
//! IDLE ── begin ──► HANDLING ── starting ──► STARTING ── activate ──► ACTIVE
//!                      └───────────────── terminate ──────────────────┴──► TERMINATED
//! ```

use super::mailbox::{ControlEvent, Event, Mail, Mailbox};
use super::reason::{Ended, Reason};
use crate::error::{Code, ContentError};
use std::time::Duration;

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It was made, and nobody was told.
    Idle,
    /// The application's handler decides about it.
    Handling,
    /// The handler started it; the media is being made.
    Starting,
    /// The client has its answer.
    Active,
    /// It ended.
    Terminated,
}

/// Times of a session.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long a poll waits for something to tell.
    pub poll: Duration,
    /// How long a session lives that nobody polls, and how long an ended one is remembered for its last poll.
    pub idle: Duration,
}

/// A poll that waits. A newer one interrupts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

/// What a poll is told when it looks.
#[derive(Debug, PartialEq)]
pub(crate) enum Look {
    /// This, at once; empty when the poll was interrupted or waited for long enough.
    Told(Mail),
    /// Nothing yet: look again when something happens, or at this time.
    Wait(Duration),
}

/// Whether a session is over for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// It goes on; look again at this time at the latest.
    Young(Duration),
    /// Nobody polled it for too long: it is to be terminated.
    Idle,
    /// It ended, and the client was told or never came: it is to be forgotten.
    Over,
}

#[derive(Debug)]
pub(crate) struct Life {
    pace: Pace,
    state: State,
    /// A command was answered, so the client may poll before the session starts.
    executed: bool,
    mailbox: Mailbox,
    /// The ticket that was given last.
    polls: u64,
    /// The poll that waits now, and until when.
    waiting: Option<(Ticket, Duration)>,
    /// When the client was last heard.
    heard: Duration,
    /// Transfers of its media that go on.
    transfers: u32,
    ended: Option<Reason>,
    /// The client knows that it ended: it said so, or a poll brought it.
    told: bool,
}

impl Life {
    pub fn new(pace: Pace, now: Duration) -> Life {
        let (mailbox, heard) = (Mailbox::default(), now);
        let (state, waiting, ended) = (State::Idle, None, None);
        Life { pace, state, executed: false, mailbox, polls: 0, waiting, heard, transfers: 0, ended, told: false }
    }

    pub fn state(&self) -> State {
        self.state
    }

    pub fn ended(&self) -> Option<&Reason> {
        self.ended.as_ref()
    }

    /// The handler is asked.
    pub fn begin(&mut self) -> Result<(), ContentError> {
        self.step(State::Idle, State::Handling, Code(10011))
    }

    /// The handler started it.
    pub fn starting(&mut self) -> Result<(), ContentError> {
        self.step(State::Handling, State::Starting, Code::ILLEGAL_STATE)
    }

    /// The media is made. An error means that the session ended meanwhile.
    pub fn activate(&mut self, now: Duration) -> Result<(), ContentError> {
        self.heard = now;
        self.step(State::Starting, State::Active, Code::ILLEGAL_STATE)
    }

    fn step(&mut self, from: State, to: State, otherwise: Code) -> Result<(), ContentError> {
        if self.state != from {
            return Err(ContentError::about(otherwise.0, format_args!("it is {:?}", self.state)));
        }
        self.state = to;
        Ok(())
    }

    /// A command was answered.
    pub fn executed(&mut self, now: Duration) {
        self.executed = true;
        self.heard = now;
    }

    /// Ends it, if it has not ended: the first reason is the reason. Whether this call ended it.
    pub fn terminate(&mut self, reason: Reason, now: Duration) -> bool {
        if self.state == State::Terminated {
            return false;
        }
        // Who waits for the answer of a start is told by it.
        self.told = reason.by == Ended::ByClient || matches!(self.state, State::Handling | State::Starting);
        if !self.told {
            self.mailbox.control(ControlEvent::terminated(&reason));
        }
        self.state = State::Terminated;
        self.heard = now;
        self.ended = Some(reason);
        true
    }

    /// The client learns in another way than by a poll that the session ended.
    pub fn tell(&mut self) {
        self.told = true;
    }

    /// Tells the client of something, if the session has not ended.
    pub fn publish(&mut self, event: Event) -> Result<(), ContentError> {
        if self.state == State::Terminated {
            return Err(ContentError::about(Code::ILLEGAL_STATE.0, "it ended"));
        }
        self.mailbox.publish(event);
        Ok(())
    }

    /// Tells the client that the media failed, if the session has not ended.
    pub fn fail(&mut self, error: &ContentError) {
        if self.state != State::Terminated {
            self.mailbox.control(ControlEvent::failed(error));
        }
    }

    /// A poll begins: the one that waits is interrupted.
    pub fn poll(&mut self, now: Duration) -> Result<Ticket, ContentError> {
        match self.state {
            State::Active => {}
            State::Terminated if !self.told => {}
            State::Terminated => return Err(Code::UNKNOWN_SESSION.into()),
            _ if self.executed => {}
            _ => return Err(Code::NOT_STARTED.into()),
        }
        self.heard = now;
        self.polls += 1;
        let ticket = Ticket(self.polls);
        self.waiting = Some((ticket, now + self.pace.poll));
        Ok(ticket)
    }

    /// What a poll is told now.
    pub fn look(&mut self, ticket: Ticket, now: Duration) -> Look {
        let Some((newest, until)) = self.waiting else { return Look::Told(Mail::default()) };
        if newest != ticket {
            return Look::Told(Mail::default());
        }
        if self.mailbox.is_empty() && now < until && self.state != State::Terminated {
            return Look::Wait(until);
        }
        self.waiting = None;
        self.heard = now;
        self.told |= self.state == State::Terminated;
        Look::Told(self.mailbox.take())
    }

    /// A poll goes away without an answer.
    pub fn leave(&mut self, ticket: Ticket, now: Duration) {
        if self.waiting.take_if(|(newest, _)| *newest == ticket).is_some() {
            self.heard = now;
        }
    }

    /// Media begins to go to the client or to come from it: as long as it does, somebody is there.
    pub fn transfer(&mut self) {
        self.transfers = self.transfers.saturating_add(1);
    }

    /// A transfer ended.
    pub fn transferred(&mut self, now: Duration) {
        self.transfers = self.transfers.saturating_sub(1);
        self.heard = now;
    }

    /// How old it is.
    pub fn age(&self, now: Duration) -> Age {
        let over = self.heard + self.pace.idle;
        match self.state {
            State::Terminated if self.told || over <= now => Age::Over,
            State::Terminated => Age::Young(over),
            // Handlers have a time-out of their own.
            State::Handling | State::Starting => Age::Young(now + self.pace.idle),
            State::Idle if !self.executed => Age::Young(now + self.pace.idle),
            // Who polls, or is given media, is there.
            _ if self.waiting.is_some() || self.transfers > 0 => Age::Young(now + self.pace.idle),
            _ if over <= now => Age::Idle,
            _ => Age::Young(over),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { poll: Duration::from_secs(5), idle: Duration::from_secs(60) };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn active() -> Life {
        let mut life = Life::new(PACE, at(0));
        life.begin().unwrap();
        life.starting().unwrap();
        life.activate(at(0)).unwrap();
        life
    }

    fn event(kind: &str) -> Event {
        Event { kind: kind.to_owned(), data: String::new() }
    }

    fn reason(by: Ended) -> Reason {
        Reason { code: Code::NORMAL, message: "done".to_owned(), by }
    }

    fn code<T: std::fmt::Debug>(result: Result<T, ContentError>) -> i32 {
        result.unwrap_err().code.0
    }

    #[test]
    fn states_follow_each_other_in_one_order() {
        let mut life = Life::new(PACE, at(0));
        assert_eq!(code(life.starting()), 10004);
        life.begin().unwrap();
        assert_eq!(code(life.begin()), 10011, "a second start");
        assert_eq!(code(life.activate(at(0))), 10004);
        life.starting().unwrap();
        life.activate(at(0)).unwrap();
        assert_eq!(life.state(), State::Active);
        assert!(life.terminate(reason(Ended::ByClient), at(1)));
        assert_eq!(code(life.starting()), 10004);
    }

    #[test]
    fn a_poll_is_legal_once_started_or_executed() {
        let mut life = Life::new(PACE, at(0));
        life.begin().unwrap();
        assert_eq!(code(life.poll(at(0))), 10001);
        life.executed(at(0));
        life.poll(at(0)).unwrap();
    }

    #[test]
    fn a_poll_waits_five_seconds_and_is_told_nothing() {
        let mut life = active();
        let ticket = life.poll(at(1)).unwrap();
        assert_eq!(life.look(ticket, at(1)), Look::Wait(at(6)));
        assert_eq!(life.look(ticket, at(6)), Look::Told(Mail::default()));
    }

    #[test]
    fn an_event_ends_the_wait() {
        let mut life = active();
        let ticket = life.poll(at(1)).unwrap();
        life.publish(event("a")).unwrap();
        let Look::Told(mail) = life.look(ticket, at(2)) else { panic!("it waits") };
        assert_eq!(mail.content_events, [event("a")]);
    }

    #[test]
    fn a_new_poll_interrupts_the_old_one_and_gets_what_comes() {
        let mut life = active();
        let (old, new) = (life.poll(at(1)).unwrap(), life.poll(at(2)).unwrap());
        life.publish(event("a")).unwrap();
        assert_eq!(life.look(old, at(2)), Look::Told(Mail::default()));
        life.leave(old, at(2));
        let Look::Told(mail) = life.look(new, at(2)) else { panic!("it waits") };
        assert_eq!(mail.content_events.len(), 1);
    }

    #[test]
    fn the_first_reason_is_the_reason_and_the_last_poll_brings_it() {
        let mut life = active();
        let ticket = life.poll(at(1)).unwrap();
        assert!(life.terminate(reason(Ended::ByApplication), at(2)));
        assert!(!life.terminate(reason(Ended::ByClient), at(2)));
        let Look::Told(mail) = life.look(ticket, at(2)) else { panic!("it waits") };
        assert_eq!(mail.control_events, [ControlEvent::terminated(&reason(Ended::ByApplication))]);
        assert_eq!(code(life.poll(at(2))), 10021);
        assert_eq!(life.age(at(2)), Age::Over);
    }

    #[test]
    fn a_session_that_only_takes_commands_expires_too() {
        let mut life = Life::new(PACE, at(0));
        assert_eq!(life.age(at(100)), Age::Young(at(160)), "the command is being done");
        life.executed(at(100));
        assert_eq!(life.age(at(159)), Age::Young(at(160)));
        assert_eq!(life.age(at(160)), Age::Idle);
    }

    #[test]
    fn an_end_that_the_start_is_answered_with_is_told() {
        let mut life = Life::new(PACE, at(0));
        life.begin().unwrap();
        life.terminate(reason(Ended::ByApplication), at(1));
        assert_eq!(life.age(at(1)), Age::Over);
    }

    #[test]
    fn an_end_that_nobody_polled_for_waits_for_the_next_poll() {
        let mut life = active();
        life.terminate(reason(Ended::ByMedia), at(2));
        assert_eq!(life.age(at(3)), Age::Young(at(62)));
        let ticket = life.poll(at(4)).unwrap();
        let Look::Told(mail) = life.look(ticket, at(4)) else { panic!("it waits") };
        assert_eq!(mail.control_events.len(), 1);
    }

    #[test]
    fn who_ended_it_is_not_told_so() {
        let mut life = active();
        let ticket = life.poll(at(1)).unwrap();
        life.terminate(reason(Ended::ByClient), at(2));
        assert_eq!(life.look(ticket, at(2)), Look::Told(Mail::default()));
        assert_eq!(life.age(at(2)), Age::Over);
        assert_eq!(code(life.publish(event("late"))), 10004);
    }

    #[test]
    fn idle_is_who_neither_polls_nor_waits() {
        let mut life = active();
        assert_eq!(life.age(at(59)), Age::Young(at(60)));
        assert_eq!(life.age(at(60)), Age::Idle);
        let ticket = life.poll(at(60)).unwrap();
        assert_eq!(life.age(at(64)), Age::Young(at(124)));
        life.leave(ticket, at(65));
        assert_eq!(life.age(at(66)), Age::Young(at(125)));
        life.transfer();
        assert_eq!(life.age(at(200)), Age::Young(at(260)), "media flows");
        life.transferred(at(210));
        assert_eq!(life.age(at(270)), Age::Idle);
        life.terminate(reason(Ended::ByApplication), at(270));
        assert_eq!(life.age(at(330)), Age::Over, "nobody came for the last event");
    }
}
