//! The sessions that there are.

use super::core::Core;
use crate::error::{Code, ContentError};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Default)]
struct Maps {
    sessions: HashMap<Uuid, Arc<Core>>,
    /// By the ways to their media through this server.
    tunnels: HashMap<Uuid, Arc<Core>>,
    closed: bool,
}

/// Sessions by id. As many as it may hold, those included whose end their client was not told yet.
pub(crate) struct Registry {
    most: usize,
    maps: Mutex<Maps>,
}

impl Registry {
    pub fn new(most: usize) -> Registry {
        Registry { most, maps: Mutex::default() }
    }

    pub fn insert(&self, core: &Arc<Core>) -> Result<(), ContentError> {
        let mut maps = self.maps.lock();
        if maps.closed {
            return Err(Code(20041).into());
        }
        if maps.sessions.len() >= self.most {
            return Err(Code::OVERLOADED.into());
        }
        maps.sessions.insert(core.id, Arc::clone(core));
        Ok(())
    }

    pub fn find(&self, id: &str) -> Option<Arc<Core>> {
        let id = Uuid::try_parse(id).ok()?;
        self.maps.lock().sessions.get(&id).cloned()
    }

    /// Opens the session's tunnel.
    pub fn open_tunnel(&self, core: &Arc<Core>) {
        let mut maps = self.maps.lock();
        // A session that was forgotten meanwhile gets none, or it would never go.
        if maps.sessions.contains_key(&core.id) {
            maps.tunnels.insert(core.tunnel, Arc::clone(core));
        }
    }

    pub fn tunnel(&self, id: &str) -> Option<Arc<Core>> {
        let id = Uuid::try_parse(id).ok()?;
        self.maps.lock().tunnels.get(&id).cloned()
    }

    pub fn close_tunnel(&self, core: &Core) {
        self.maps.lock().tunnels.remove(&core.tunnel);
    }

    pub fn remove(&self, core: &Core) {
        let mut maps = self.maps.lock();
        maps.sessions.remove(&core.id);
        maps.tunnels.remove(&core.tunnel);
    }

    pub fn len(&self) -> usize {
        self.maps.lock().sessions.len()
    }

    /// Takes no more sessions; gives those that there are.
    pub fn close(&self) -> Vec<Arc<Core>> {
        let mut maps = self.maps.lock();
        maps.closed = true;
        maps.sessions.values().cloned().collect()
    }
}
