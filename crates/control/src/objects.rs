//! The objects that a tenant has, who holds them, and who hears them. No live object is called from here.

use crate::lease::{Lease, Leases};
use crate::session::{Callback, Session};
use crate::tenant::Usage;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use trellis_model::{Class, ObjectRef, Remote, RemoteError};

/// Tags of one object.
const MAX_TAGS: usize = 100;
/// Bytes of a name, of a tag's key, of a tag's value.
const LONGEST_TEXT: usize = 4_096;
/// Subscriptions to the events of one object.
const MAX_SUBSCRIPTIONS: usize = 1_000;

/// Everything of one tenant, under one lock.
///
/// Invariant: an object names a session among its holders exactly when the session names the object among what it
/// holds. So a session ends in time proportional to what it holds.
#[derive(Default)]
pub(crate) struct State {
    pub objects: HashMap<Arc<str>, Entry>,
    pub sessions: HashMap<Arc<str>, Session>,
    pub usage: Usage,
    pub leases: Leases,
}

/// An object and what the control plane knows of it.
pub(crate) struct Entry {
    pub remote: Arc<dyn Remote>,
    pub parent: Option<Arc<str>>,
    pub children: Vec<Arc<str>>,
    /// Sessions that hold it; without any it ends.
    pub holders: BTreeSet<Arc<str>>,
    pub name: String,
    pub tags: Vec<(String, String)>,
    pub send_tags: bool,
    /// Unix time in seconds.
    pub created: i64,
    pub subscriptions: Vec<Subscription>,
    pub lease: Option<Lease>,
}

/// One session's wish for one kind of event of one object.
pub(crate) struct Subscription {
    pub id: String,
    pub event: String,
    pub session: Arc<str>,
    /// Where it is told; by the socket of the session where there is none.
    pub callback: Option<Callback>,
}

/// Objects that have been taken out and are to be closed, descendants before their ancestors.
pub(crate) type Taken = Vec<(Arc<str>, Entry)>;

impl State {
    pub fn entry(&mut self, id: &str) -> Result<&mut Entry, RemoteError> {
        self.objects.get_mut(id).ok_or_else(|| not_found(id))
    }

    pub fn object(&self, id: &str) -> Result<ObjectRef, RemoteError> {
        let (id, entry) = self.objects.get_key_value(id).ok_or_else(|| not_found(id))?;
        Ok(ObjectRef { id: Arc::clone(id), remote: Arc::clone(&entry.remote) })
    }

    pub fn class(&self, id: &str) -> Result<&'static Class, RemoteError> {
        Ok(self.objects.get(id).ok_or_else(|| not_found(id))?.remote.class())
    }

    /// The session holds the object and all its ancestors.
    pub fn hold(&mut self, id: &str, session: &Arc<str>) {
        let known = self.sessions.entry(Arc::clone(session)).or_default();
        known.in_use = true;
        let mut next = self.objects.get_key_value(id).map(|(id, _)| Arc::clone(id));
        while let Some(id) = next {
            let Some(entry) = self.objects.get_mut(&id) else { return };
            known.exists = true;
            if known.holds.insert(id) {
                entry.holders.insert(Arc::clone(session));
            }
            next = entry.parent.clone();
        }
    }

    /// Puts a new object in; whoever holds its parent holds it too.
    pub fn insert(&mut self, id: Arc<str>, mut entry: Entry, session: &Arc<str>) {
        if let Some(parent) = entry.parent.as_ref().and_then(|parent| self.objects.get_mut(parent)) {
            parent.children.push(Arc::clone(&id));
            for holder in &parent.holders {
                if let Some(known) = self.sessions.get_mut(holder) {
                    known.holds.insert(Arc::clone(&id));
                    entry.holders.insert(Arc::clone(holder));
                }
            }
        }
        self.objects.insert(Arc::clone(&id), entry);
        self.hold(&id, session);
    }

    /// Takes an object and its descendants out.
    pub fn take(&mut self, id: &str) -> Taken {
        let mut taken = Vec::new();
        self.take_into(id, &mut taken);
        if let Some((id, entry)) = taken.last()
            && let Some(parent) = entry.parent.as_ref().and_then(|parent| self.objects.get_mut(parent))
            && let Some(place) = parent.children.iter().position(|child| child == id)
        {
            parent.children.remove(place);
        }
        taken
    }

    fn take_into(&mut self, id: &str, taken: &mut Taken) {
        let Some((id, mut entry)) = self.objects.remove_entry(id) else { return };
        for child in std::mem::take(&mut entry.children) {
            self.take_into(&child, taken);
        }
        for holder in &entry.holders {
            if let Some(session) = self.sessions.get_mut(holder) {
                session.holds.remove(&id);
            }
        }
        self.usage.remove(entry.remote.class());
        if let Some(lease) = &entry.lease {
            self.leases.end(lease);
        }
        taken.push((id, entry));
    }

    /// The session holds the object no more; what nobody holds is taken out.
    pub fn let_go(&mut self, id: &str, session: &str) -> Taken {
        if let Some(known) = self.sessions.get_mut(session) {
            known.holds.remove(id);
        }
        let Some(entry) = self.objects.get_mut(id) else { return Vec::new() };
        entry.holders.remove(session);
        entry.subscriptions.retain(|subscription| *subscription.session != *session);
        if entry.holders.is_empty() { self.take(id) } else { Vec::new() }
    }

    /// Ends a session: what only it held is taken out.
    pub fn drop_session(&mut self, session: &str) -> Taken {
        let Some(ended) = self.sessions.remove(session) else { return Vec::new() };
        ended.holds.iter().flat_map(|id| self.let_go(id, session)).collect()
    }
}

impl Entry {
    pub fn new(remote: Arc<dyn Remote>, parent: Option<Arc<str>>, name: String, created: i64) -> Entry {
        Entry {
            remote,
            parent,
            children: Vec::new(),
            holders: BTreeSet::new(),
            name,
            tags: Vec::new(),
            send_tags: false,
            created,
            subscriptions: Vec::new(),
            lease: None,
        }
    }

    pub fn rename(&mut self, name: String) -> Result<(), RemoteError> {
        fits("a name", &name)?;
        self.name = name;
        Ok(())
    }

    pub fn add_tag(&mut self, key: String, value: String) -> Result<(), RemoteError> {
        fits("a tag's key", &key)?;
        fits("a tag's value", &value)?;
        self.tags.retain(|(known, _)| *known != key);
        if self.tags.len() == MAX_TAGS {
            return Err(RemoteError::not_enough_resources(format_args!("an object has at most {MAX_TAGS} tags")));
        }
        self.tags.push((key, value));
        Ok(())
    }

    pub fn subscribe(&mut self, subscription: Subscription) -> Result<(), RemoteError> {
        if self.subscriptions.len() == MAX_SUBSCRIPTIONS {
            return Err(RemoteError::not_enough_resources("too many subscriptions to one object"));
        }
        self.subscriptions.push(subscription);
        Ok(())
    }
}

fn fits(what: &str, text: &str) -> Result<(), RemoteError> {
    if text.len() <= LONGEST_TEXT {
        return Ok(());
    }
    Err(RemoteError::illegal_param(format_args!("{what} has at most {LONGEST_TEXT} bytes")))
}

pub(crate) fn not_found(id: &str) -> RemoteError {
    let shown: String = id.chars().take(200).collect();
    if shown.starts_with("newref:") {
        return RemoteError::not_committed(format_args!("Object '{shown}' not found"));
    }
    RemoteError::not_found(format_args!("Object '{shown}' not found"))
}
