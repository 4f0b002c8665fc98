//! Where events wait for a session that has no socket, until it asks for them.

use parking_lot::Mutex;
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

/// Events that wait for one session; of more the oldest are lost.
const EVENTS: usize = 256;
/// Bytes of events that wait for one session.
const BYTES: usize = 256 << 10;

/// What waits for one session, and the poll that waits for it. Only the latest poll does.
#[derive(Default)]
pub(crate) struct Mailbox(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    events: VecDeque<String>,
    bytes: usize,
    /// Events that were lost since the last were taken.
    lost: u64,
    /// The number of the latest poll.
    latest: u64,
    /// Whether that poll waits, and what wakes it.
    waits: bool,
    waker: Option<Waker>,
    /// Nothing comes any more: the session has ended, or a socket hears for it.
    ended: bool,
}

impl Mailbox {
    /// One more event.
    pub fn put(&self, event: String) {
        self.change(|inner| {
            inner.bytes += event.len();
            inner.events.push_back(event);
            while inner.events.len() > EVENTS || inner.bytes > BYTES {
                let Some(oldest) = inner.events.pop_front() else { break };
                inner.bytes -= oldest.len();
                inner.lost += 1;
            }
        });
    }

    /// All that waits, oldest first.
    pub fn empty(&self) -> Vec<String> {
        let mut inner = self.0.lock();
        inner.bytes = 0;
        std::mem::take(&mut inner.events).into()
    }

    /// Begins a poll, whose number it gives; one that waits already ends.
    pub fn begin(&self) -> u64 {
        self.change(|inner| {
            inner.latest += 1;
            inner.waits = true;
            inner.latest
        })
    }

    /// Ready when there is something to take, or nothing to wait for.
    pub fn ready(&self, poll: u64, context: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.0.lock();
        if inner.latest != poll || inner.ended || !inner.events.is_empty() || inner.lost > 0 {
            return Poll::Ready(());
        }
        inner.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// What a poll gets, and how many events were lost before it; nothing when it is not the latest.
    pub fn take(&self, poll: u64) -> (Vec<String>, u64) {
        let lost = {
            let mut inner = self.0.lock();
            if inner.latest != poll {
                return (Vec::new(), 0);
            }
            std::mem::take(&mut inner.lost)
        };
        (self.empty(), lost)
    }

    /// A poll waits no more.
    pub fn leave(&self, poll: u64) {
        let mut inner = self.0.lock();
        if inner.latest == poll {
            (inner.waits, inner.waker) = (false, None);
        }
    }

    /// Whether a poll waits.
    pub fn is_polled(&self) -> bool {
        self.0.lock().waits
    }

    /// Nothing comes any more.
    pub fn end(&self) {
        self.change(|inner| inner.ended = true);
    }

    /// Changes something that a poll may wait for, and wakes it without the lock.
    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let (value, waker) = {
            let mut inner = self.0.lock();
            (change(&mut inner), inner.waker.take())
        };
        waker.into_iter().for_each(Waker::wake);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_events_the_oldest_are_lost_and_counted() {
        let mailbox = Mailbox::default();
        for number in 0..EVENTS + 3 {
            mailbox.put(number.to_string());
        }
        let poll = mailbox.begin();
        let (events, lost) = mailbox.take(poll);
        assert_eq!((events.len(), events[0].as_str(), lost), (EVENTS, "3", 3));
        for _ in 0..10 {
            mailbox.put("x".repeat(BYTES / 4));
        }
        let (events, lost) = mailbox.take(poll);
        assert_eq!((events.len(), lost), (4, 6));
        mailbox.put("x".repeat(BYTES + 1));
        assert_eq!(mailbox.take(poll), (Vec::new(), 1));
        assert_eq!(mailbox.0.lock().bytes, 0);
    }

    #[test]
    fn a_poll_is_ready_when_something_comes_or_it_waits_in_vain() {
        let mailbox = Mailbox::default();
        let mut context = Context::from_waker(Waker::noop());
        let first = mailbox.begin();
        assert!(mailbox.ready(first, &mut context).is_pending() && mailbox.is_polled());
        let second = mailbox.begin();
        assert!(mailbox.ready(first, &mut context).is_ready());
        assert!(mailbox.ready(second, &mut context).is_pending());
        mailbox.leave(first);
        assert!(mailbox.is_polled());
        mailbox.put("a".to_owned());
        assert!(mailbox.ready(second, &mut context).is_ready());
        assert_eq!(mailbox.take(first).0, Vec::<String>::new());
        assert_eq!(mailbox.take(second).0, ["a"]);
        assert!(mailbox.ready(second, &mut context).is_pending());
        mailbox.end();
        assert!(mailbox.ready(second, &mut context).is_ready());
        mailbox.leave(second);
        assert!(!mailbox.is_polled());
    }
}
