//! Leases: how objects live whose clients give a sign of life for each, and not for a session, as Thrift's do.
//!
//! Invariant: whoever has a lease is held by the session that it was given for, and so are its ancestors, which have
//! leases too; a number leads to an object exactly as long as the object has the lease.

use crate::objects::{State, Taken, not_found};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use trellis_model::RemoteError;
use uuid::Uuid;

/// Shortest and longest time that an object may ask for.
const PERIODS: std::ops::RangeInclusive<u64> = 1..=86_400;
/// How long an object lives that asks for nothing: `DEFAULT_GARBAGE_COLLECTOR_PERIOD` of Kurento 3.
const DEFAULT_PERIOD: Duration = Duration::from_secs(120);

/// How long an object lives without a sign of life; `None` for as long as what it was created in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms(Option<Duration>);

impl Default for Terms {
    fn default() -> Self {
        Terms(Some(DEFAULT_PERIOD))
    }
}

impl Terms {
    /// Never ended for want of a sign of life.
    pub const FOREVER: Terms = Terms(None);

    /// A period in seconds.
    pub fn seconds(seconds: i32) -> Result<Terms, RemoteError> {
        let wrong = || {
            let (least, most) = (PERIODS.start(), PERIODS.end());
            RemoteError::illegal_param(format_args!("a garbage collector period is {least} to {most} seconds"))
        };
        let seconds = u64::try_from(seconds).ok().filter(|seconds| PERIODS.contains(seconds)).ok_or_else(wrong)?;
        Ok(Terms(Some(Duration::from_secs(seconds))))
    }
}

/// What an object is called by, and how long it lives.
pub(crate) struct Lease {
    /// Never given twice in a realm.
    pub number: i64,
    /// Without it the number opens nothing.
    pub token: Arc<str>,
    terms: Terms,
    /// The last sign of life.
    seen: Duration,
}

/// The objects that have leases, by number.
#[derive(Default)]
pub(crate) struct Leases {
    last: i64,
    objects: HashMap<i64, Arc<str>>,
}

impl Leases {
    /// The object is gone.
    pub fn end(&mut self, lease: &Lease) {
        self.objects.remove(&lease.number);
    }

    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

impl State {
    /// The lease of an object; a new one, for a session, where it has none.
    pub fn lease(&mut self, id: &str, session: &Arc<str>, terms: Terms, now: Duration) -> Result<&Lease, RemoteError> {
        self.hold(id, session);
        let mut next = Some(Arc::<str>::from(id));
        let mut asked = terms;
        while let Some(id) = next {
            let entry = self.objects.get_mut(&id).ok_or_else(|| not_found(&id))?;
            next = entry.parent.clone();
            if entry.lease.is_none() {
                self.leases.last += 1;
                let number = self.leases.last;
                let token = Uuid::new_v4().to_string().into();
                entry.lease = Some(Lease { number, token, terms: asked, seen: now });
                self.leases.objects.insert(number, id);
            }
            asked = Terms::default();
        }
        self.objects.get(id).and_then(|entry| entry.lease.as_ref()).ok_or_else(|| not_found(id))
    }

    /// The object that a number and a token mean.
    pub fn leased(&self, number: i64, token: &str) -> Option<Arc<str>> {
        let id = self.leases.objects.get(&number)?;
        let lease = self.objects.get(id)?.lease.as_ref()?;
        (*lease.token == *token).then(|| Arc::clone(id))
    }

    /// A sign of life: of the object, of what it was created in, of what was created in it.
    pub fn show_life(&mut self, id: &str, now: Duration) -> Result<(), RemoteError> {
        let entry = self.entry(id)?;
        let mut above = entry.parent.clone();
        let mut below = vec![Arc::<str>::from(id)];
        while let Some(entry) = above.and_then(|id| self.objects.get_mut(&id)) {
            entry.see(now);
            above = entry.parent.clone();
        }
        while let Some(id) = below.pop() {
            let Some(entry) = self.objects.get_mut(&id) else { continue };
            entry.see(now);
            below.extend(entry.children.iter().cloned());
        }
        Ok(())
    }

    /// Ends the leases that ran out: a session lets go of those objects, and of all that was created in them.
    pub fn end_leases(&mut self, session: &Arc<str>, now: Duration) -> Taken {
        let ended = |id: &&Arc<str>| {
            let lease = self.objects.get(*id).and_then(|entry| entry.lease.as_ref());
            lease.is_some_and(|lease| lease.terms.0.is_some_and(|period| now.saturating_sub(lease.seen) > period))
        };
        let ended: Vec<Arc<str>> = self.leases.objects.values().filter(ended).cloned().collect();
        ended.iter().flat_map(|id| self.let_go_of_all(id, session)).collect()
    }

    fn let_go_of_all(&mut self, id: &str, session: &Arc<str>) -> Taken {
        let children = self.objects.get(id).map(|entry| entry.children.clone()).unwrap_or_default();
        let mut taken: Taken = children.iter().flat_map(|child| self.let_go_of_all(child, session)).collect();
        taken.extend(self.let_go(id, session));
        // Others hold it still.
        if let Some(lease) = self.objects.get_mut(id).and_then(|entry| entry.lease.take()) {
            self.leases.end(&lease);
        }
        taken
    }
}

impl crate::objects::Entry {
    fn see(&mut self, now: Duration) {
        if let Some(lease) = &mut self.lease {
            lease.seen = now;
        }
    }
}
