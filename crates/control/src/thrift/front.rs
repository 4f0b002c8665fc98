//! The front door: what all connections share.

use super::connection::{Admit, Connection};
use super::house::House;
use crate::control::Control;
use crate::realm::Place;
use crate::screen::MessageLimits;
use crate::tenant::Tenant;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use trellis_model::RemoteError;

/// The services of applications, which events are told to: their sockets are the server's.
pub trait Outside: Send + Sync {
    /// Where a service is reached that a client from an address names, if it may name it. May block.
    ///
    /// # Errors
    /// A name that is nobody's, an address that may not be reached.
    fn reach(&self, host: &str, port: u16, client: IpAddr) -> Result<SocketAddr, RemoteError>;

    /// Sends a message to a service, after those that were sent before. Called under a lock of the control plane: it
    /// never blocks and never calls back. What there is no room for is lost.
    fn send(&self, handler: SocketAddr, message: Vec<u8>);
}

/// The Thrift API of a control plane. Clones are handles of the same one.
#[derive(Clone)]
pub struct Front(Arc<Inner>);

struct Inner {
    control: Control,
    outside: Arc<dyn Outside>,
    /// Of tenants that are connected or have objects: no more than the control plane has tenants.
    houses: Mutex<HashMap<Tenant, Arc<House>>>,
}

impl Front {
    /// The Thrift API of a control plane.
    pub fn new(control: Control, outside: Arc<dyn Outside>) -> Front {
        Front(Arc::new(Inner { control, outside, houses: Mutex::default() }))
    }

    /// A new connection of a client; `admit` knows whose a token is.
    pub fn connect(&self, peer: IpAddr, admit: impl Fn(&str) -> Option<Tenant> + Send + Sync + 'static) -> Connection {
        let admit: Box<Admit> = Box::new(admit);
        Connection::new(self.clone(), peer.to_canonical(), admit)
    }

    /// Releases what gave no sign of life for its period. To be called every second; blocks as long as the objects take
    /// to close.
    pub fn collect(&self) {
        let houses: Vec<Arc<House>> = self.0.houses.lock().values().cloned().collect();
        for house in houses {
            house.collect();
        }
        let mut left = Vec::new();
        self.0.houses.lock().retain(|_, house| {
            // Connections and calls have handles of their own.
            let used = Arc::strong_count(house) > 1 || !house.is_empty();
            if !used {
                left.push(Arc::clone(house));
            }
            used
        });
        left.iter().for_each(|house| house.leave());
    }

    /// Drops the subscriptions of a service that does not answer any more; how many there were.
    pub fn forget(&self, handler: SocketAddr) -> usize {
        let houses: Vec<Arc<House>> = self.0.houses.lock().values().cloned().collect();
        houses.iter().map(|house| house.forget(handler)).sum()
    }

    /// A tenant's house, and a place among its sockets.
    pub(super) fn house(&self, tenant: &Tenant) -> Result<(Arc<House>, Place), RemoteError> {
        let mut houses = self.0.houses.lock();
        let (realm, place) = self.0.control.enter(tenant)?;
        let new = || Arc::new(House::open(&realm, self.0.control.next_connection()));
        let house = houses.entry(tenant.clone()).or_insert_with(new);
        Ok((Arc::clone(house), place))
    }

    pub(super) fn outside(&self) -> Arc<dyn Outside> {
        Arc::clone(&self.0.outside)
    }

    pub(super) fn messages(&self) -> MessageLimits {
        self.0.control.messages()
    }
}
