//! Which peer a datagram belongs to.
//!
//! Only STUN requests name their peer; all else is told by where it comes from. So two ports can hold one connection
//! between them. What two peers of one network send each other does not come this way: see `inside`.

use crate::link::Link;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// Peers of one network.
const MOST_PEERS: usize = 10_000;
/// Remote addresses of one peer.
const MOST_ADDRESSES: usize = 64;

/// The peers of a network, by our ICE user name fragment and by the addresses of their remotes.
#[derive(Default)]
pub struct Table {
    fragments: HashMap<String, Entry>,
    addresses: HashMap<SocketAddr, Arc<Link>>,
}

struct Entry {
    link: Arc<Link>,
    addresses: Vec<SocketAddr>,
}

impl Table {
    /// Adds a peer; whether there was room.
    pub fn add(&mut self, link: Arc<Link>) -> bool {
        if self.fragments.len() >= MOST_PEERS {
            return false;
        }
        let fragment = link.fragment().to_owned();
        self.fragments.insert(fragment, Entry { link, addresses: Vec::new() });
        true
    }

    pub fn remove(&mut self, fragment: &str) {
        let Some(entry) = self.fragments.remove(fragment) else { return };
        for address in entry.addresses {
            if self.addresses.get(&address).is_some_and(|link| Arc::ptr_eq(link, &entry.link)) {
                self.addresses.remove(&address);
            }
        }
    }

    pub fn by_fragment(&self, fragment: &str) -> Option<&Arc<Link>> {
        self.fragments.get(fragment).map(|entry| &entry.link)
    }

    pub fn by_address(&self, remote: SocketAddr) -> Option<&Arc<Link>> {
        self.addresses.get(&remote)
    }

    /// A datagram from `remote` named this peer: what comes from there is for it from now on. The latest peer wins,
    /// since a browser that was reloaded may use the port of the page before.
    pub fn learn(&mut self, fragment: &str, remote: SocketAddr) {
        let Some(entry) = self.fragments.get_mut(fragment) else { return };
        if !entry.addresses.contains(&remote) {
            if entry.addresses.len() >= MOST_ADDRESSES {
                return;
            }
            entry.addresses.push(remote);
        }
        self.addresses.insert(remote, Arc::clone(&entry.link));
    }

    /// The peer sends to `remote` and may hear from there. A description can name any address, so that this takes
    /// none away from another peer.
    pub fn expect(&mut self, fragment: &str, remote: SocketAddr) {
        if !self.addresses.contains_key(&remote) {
            self.learn(fragment, remote);
        }
    }

    pub fn len(&self) -> usize {
        self.fragments.len()
    }

    pub fn links(&self) -> Vec<Arc<Link>> {
        self.fragments.values().map(|entry| Arc::clone(&entry.link)).collect()
    }
}
