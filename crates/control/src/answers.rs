//! Answers that a session was given lately. A request id that comes twice is done once: the second time it is
//! answered from memory, or waits for the first to be done.

use parking_lot::{Condvar, Mutex};
use serde_json::Value as Json;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// An answer is kept for this time.
const TIME: Duration = Duration::from_secs(20);
/// Answers that one session keeps.
const DEPTH: usize = 256;
/// Bytes of answers that one session keeps.
const BYTES: usize = 256 << 10;
/// A request with a longer id is not remembered.
const LONGEST_ID: usize = 128;

/// The answers of one session, oldest first.
#[derive(Default)]
pub(crate) struct Answers {
    known: HashMap<Arc<str>, Known>,
    order: VecDeque<(Arc<str>, Duration)>,
    bytes: usize,
}

enum Known {
    Pending(Arc<Pending>),
    Done(Arc<str>),
}

/// A request that is being done.
#[derive(Default)]
pub(crate) struct Pending {
    answer: Mutex<Option<Arc<str>>>,
    done: Condvar,
}

impl Pending {
    /// Waits for the answer.
    pub fn wait(&self) -> Arc<str> {
        let mut answer = self.answer.lock();
        loop {
            if let Some(answer) = &*answer {
                return Arc::clone(answer);
            }
            self.done.wait(&mut answer);
        }
    }

    pub fn complete(&self, answer: &Arc<str>) {
        *self.answer.lock() = Some(Arc::clone(answer));
        self.done.notify_all();
    }
}

/// What is known of a request id.
pub(crate) enum Asked {
    /// Nothing: it is to be done.
    New(Arc<Pending>),
    /// It is being done.
    Pending(Arc<Pending>),
    /// It was done.
    Done(Arc<str>),
}

/// What a request is remembered by: its id as text, as Kurento does it, where it has a usable one.
pub(crate) fn key(id: Option<&Json>) -> Option<Arc<str>> {
    let text = match id? {
        Json::String(text) => text.clone(),
        Json::Null => return None,
        other => other.to_string(),
    };
    (text.len() <= LONGEST_ID).then(|| text.into())
}

impl Answers {
    /// Whether nothing was asked lately.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Asks for a request id; when nothing is known of it, it is being done from now on.
    pub fn ask(&mut self, key: &Arc<str>, now: Duration) -> Asked {
        self.forget_old(now);
        match self.known.get(key) {
            Some(Known::Done(answer)) => Asked::Done(Arc::clone(answer)),
            Some(Known::Pending(pending)) => Asked::Pending(Arc::clone(pending)),
            None => {
                let pending = Arc::<Pending>::default();
                self.known.insert(Arc::clone(key), Known::Pending(Arc::clone(&pending)));
                Asked::New(pending)
            }
        }
    }

    /// The answer to a request that was done.
    pub fn given(&mut self, key: &Arc<str>, now: Duration) -> Option<Arc<str>> {
        self.forget_old(now);
        match self.known.get(key) {
            Some(Known::Done(answer)) => Some(Arc::clone(answer)),
            _ => None,
        }
    }

    /// A request is done.
    pub fn done(&mut self, key: &Arc<str>, answer: &Arc<str>, now: Duration) {
        self.known.insert(Arc::clone(key), Known::Done(Arc::clone(answer)));
        self.order.push_back((Arc::clone(key), now));
        self.bytes += answer.len();
        while self.order.len() > DEPTH || self.bytes > BYTES {
            self.forget_oldest();
        }
    }

    /// A request was not done after all.
    pub fn forget(&mut self, key: &Arc<str>) {
        self.known.remove(key);
    }

    /// Forgets what is older than [`TIME`], with its memory.
    pub fn forget_old(&mut self, now: Duration) {
        while self.order.front().is_some_and(|(_, time)| now.saturating_sub(*time) > TIME) {
            self.forget_oldest();
            if self.known.is_empty() {
                *self = Answers::default();
            }
        }
    }

    fn forget_oldest(&mut self) {
        let Some((key, _)) = self.order.pop_front() else { return };
        if let Some(Known::Done(answer)) = self.known.remove(&key) {
            self.bytes -= answer.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_for_twenty_seconds_and_memory_is_bounded() {
        let mut answers = Answers::default();
        let second = Duration::from_secs;
        let name = |number: usize| -> Arc<str> { number.to_string().into() };
        assert!(matches!(answers.ask(&name(0), second(0)), Asked::New(_)));
        assert!(matches!(answers.ask(&name(0), second(0)), Asked::Pending(_)));
        answers.done(&name(0), &"zero".into(), second(1));
        assert!(matches!(answers.ask(&name(0), second(21)), Asked::Done(answer) if &*answer == "zero"));
        assert!(matches!(answers.ask(&name(0), second(22)), Asked::New(_)));
        for number in 0..1_000 {
            answers.done(&name(number), &"x".repeat(10_000).into(), second(30));
        }
        assert!(answers.bytes <= BYTES && answers.order.len() <= DEPTH && answers.known.len() <= DEPTH);
        answers.forget_old(second(60));
        assert_eq!((answers.bytes, answers.known.capacity(), answers.order.capacity()), (0, 0, 0));
    }
}
