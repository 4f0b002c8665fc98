//! The objects that there are, who holds them, and who hears them. No live object is called from here.

use crate::session::Session;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use trellis_model::{Class, ObjectRef, Remote, RemoteError};

/// Tags of one object.
const MAX_TAGS: usize = 100;
/// Subscriptions to the events of one object.
const MAX_SUBSCRIPTIONS: usize = 1_000;

/// Everything under the one lock of the control plane.
#[derive(Default)]
pub(crate) struct State {
    pub objects: HashMap<Arc<str>, Entry>,
    pub sessions: HashMap<String, Session>,
}

/// An object and what the control plane knows of it.
pub(crate) struct Entry {
    pub remote: Arc<dyn Remote>,
    pub parent: Option<Arc<str>>,
    pub children: Vec<Arc<str>>,
    /// Sessions that hold it; without any it ends.
    pub holders: BTreeSet<String>,
    pub name: String,
    pub tags: Vec<(String, String)>,
    pub send_tags: bool,
    /// Unix time in seconds.
    pub created: i64,
    pub subscriptions: Vec<Subscription>,
}

/// One session's wish for one kind of event of one object.
pub(crate) struct Subscription {
    pub id: String,
    pub event: String,
    pub session: String,
}

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
    pub fn hold(&mut self, id: &str, session: &str) {
        let mut next = self.objects.get_key_value(id).map(|(id, _)| Arc::clone(id));
        while let Some(id) = next {
            let Some(entry) = self.objects.get_mut(&id) else { return };
            entry.holders.insert(session.to_owned());
            next = entry.parent.clone();
        }
    }

    /// Puts a new object in; whoever holds its parent holds it too.
    pub fn insert(&mut self, id: Arc<str>, mut entry: Entry, session: &str) {
        if let Some(parent) = entry.parent.as_ref().and_then(|parent| self.objects.get_mut(parent)) {
            entry.holders.extend(parent.holders.iter().cloned());
            parent.children.push(Arc::clone(&id));
        }
        self.objects.insert(Arc::clone(&id), entry);
        self.hold(&id, session);
    }

    /// Takes an object and its descendants out, descendants first.
    pub fn take(&mut self, id: &str) -> Vec<(Arc<str>, Entry)> {
        let mut taken = Vec::new();
        self.take_into(id, &mut taken);
        if let Some(parent) = taken.last().and_then(|(_, entry)| entry.parent.as_ref())
            && let Some(parent) = self.objects.get_mut(parent)
        {
            parent.children.retain(|child| **child != *id);
        }
        taken
    }

    fn take_into(&mut self, id: &str, taken: &mut Vec<(Arc<str>, Entry)>) {
        let Some((id, mut entry)) = self.objects.remove_entry(id) else { return };
        for child in std::mem::take(&mut entry.children) {
            self.take_into(&child, taken);
        }
        taken.push((id, entry));
    }

    /// The session holds the object no more; what nobody holds is taken out.
    pub fn let_go(&mut self, id: &str, session: &str) -> Vec<(Arc<str>, Entry)> {
        let Some(entry) = self.objects.get_mut(id) else { return Vec::new() };
        entry.holders.remove(session);
        entry.subscriptions.retain(|subscription| subscription.session != session);
        if entry.holders.is_empty() { self.take(id) } else { Vec::new() }
    }

    /// Ends a session: what only it held is taken out.
    pub fn drop_session(&mut self, session: &str) -> Vec<(Arc<str>, Entry)> {
        self.sessions.remove(session);
        let held: Vec<Arc<str>> = self
            .objects
            .iter()
            .filter(|(_, entry)| entry.holders.contains(session))
            .map(|(id, _)| Arc::clone(id))
            .collect();
        held.iter().flat_map(|id| self.let_go(id, session)).collect()
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
        }
    }

    pub fn add_tag(&mut self, key: String, value: String) -> Result<(), RemoteError> {
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

pub(crate) fn not_found(id: &str) -> RemoteError {
    let shown: String = id.chars().take(200).collect();
    if shown.starts_with("newref:") {
        return RemoteError::not_committed(format_args!("Object '{shown}' not found"));
    }
    RemoteError::not_found(format_args!("Object '{shown}' not found"))
}
