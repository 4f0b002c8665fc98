//! The control plane: what all tenants share, and the collector of what they leave behind.

use crate::clock::Clock;
use crate::connection::Connection;
use crate::manager;
use crate::realm::{Place, Realm};
use crate::resources::Resources;
use crate::screen::MessageLimits;
use crate::session::Push;
use crate::tenant::{Quotas, Tenant};
use crate::visit::Visit;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use trellis_model::{Factory, RemoteError};
use uuid::Uuid;

/// Tenants that there may be at once; who has nothing here is no longer counted after a look of the collector.
const MAX_TENANTS: usize = 10_000;

/// What the control plane needs to know.
#[derive(Clone, Debug)]
pub struct ControlSettings {
    /// Whether a request id that comes twice is answered from memory.
    pub request_cache: bool,
    /// What `ServerManager.getMetadata` gives.
    pub metadata: String,
    /// How much each tenant may have.
    pub quotas: Quotas,
    /// How large a message may be.
    pub messages: MessageLimits,
    /// The share of the process's threads and descriptors above which nothing is created any more; `None` for no limit.
    pub exception_limit: Option<f64>,
    /// Where the time is read.
    pub clock: Clock,
}

impl Default for ControlSettings {
    fn default() -> Self {
        ControlSettings {
            request_cache: true,
            metadata: String::new(),
            quotas: Quotas::default(),
            messages: MessageLimits::default(),
            exception_limit: None,
            clock: Clock::default(),
        }
    }
}

/// The control plane. Clones are handles of the same one.
#[derive(Clone)]
pub struct Control(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    realms: Mutex<HashMap<Tenant, Arc<Realm>>>,
    connections: AtomicU64,
}

/// What the realms share.
pub(crate) struct Shared {
    pub factory: Arc<dyn Factory>,
    pub settings: ControlSettings,
    pub resources: Resources,
    pub server_id: String,
}

impl Control {
    /// A control plane whose objects a factory makes.
    pub fn new(factory: Arc<dyn Factory>, settings: ControlSettings) -> Control {
        let server_id = Uuid::new_v4().to_string();
        let shared = Arc::new(Shared { factory, settings, resources: Resources::default(), server_id });
        Control(Arc::new(Inner { shared, realms: Mutex::default(), connections: AtomicU64::new(0) }))
    }

    /// A new socket of a tenant, or of [`Tenant::everybody`] where nobody is asked who they are; events for its session are
    /// given to `push`.
    ///
    /// # Errors
    /// When the tenant has as many sockets as it may, or when there are as many tenants as there can be.
    pub fn connect_as(&self, tenant: &Tenant, push: Push) -> Result<Connection, RemoteError> {
        let (realm, place) = self.enter(tenant)?;
        Ok(Connection::new(realm, place, self.next_connection(), Some(push)))
    }

    /// The same for somebody within this program, who is no socket and does not count as one.
    ///
    /// # Errors
    /// When there are as many tenants as there can be.
    pub fn attach_as(&self, tenant: &Tenant, push: Push) -> Result<Connection, RemoteError> {
        let (realm, place) = self.realm(tenant, Realm::insider)?;
        Ok(Connection::new(realm, place, self.next_connection(), Some(push)))
    }

    /// Somebody of a tenant who comes with one request, and no socket.
    ///
    /// # Errors
    /// When the tenant has as many sockets as it may: a visit counts as one.
    pub fn visit_as(&self, tenant: &Tenant) -> Result<Visit, RemoteError> {
        let (realm, place) = self.enter(tenant)?;
        Ok(Visit::new(Connection::new(realm, place, self.next_connection(), None)))
    }

    /// A tenant's realm, and a socket's place in it.
    pub(crate) fn enter(&self, tenant: &Tenant) -> Result<(Arc<Realm>, Place), RemoteError> {
        self.realm(tenant, Realm::socket)
    }

    fn realm(
        &self,
        tenant: &Tenant,
        room: fn(&Arc<Realm>) -> Result<Place, RemoteError>,
    ) -> Result<(Arc<Realm>, Place), RemoteError> {
        // The place is taken under the lock: the collector takes no realm away that has one.
        let mut realms = self.0.realms.lock();
        if realms.len() >= MAX_TENANTS && !realms.contains_key(tenant) {
            return Err(RemoteError::not_enough_resources("there are too many tenants"));
        }
        let new = || Realm::new(Arc::clone(&self.0.shared), tenant);
        let realm = Arc::clone(realms.entry(tenant.clone()).or_insert_with(new));
        let place = room(&realm)?;
        Ok((realm, place))
    }

    /// How large messages may be.
    pub(crate) fn messages(&self) -> MessageLimits {
        self.0.shared.settings.messages.clone()
    }

    /// The number of a new connection.
    pub(crate) fn next_connection(&self) -> u64 {
        self.0.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether an object is a tenant's.
    pub fn owns(&self, tenant: &Tenant, object: &str) -> bool {
        let realm = self.0.realms.lock().get(tenant).cloned();
        realm.is_some_and(|realm| realm.state.lock().objects.contains_key(object))
    }

    /// One look of the garbage collector: sessions that showed no life since the last look end, and what only they
    /// held is released. To be called every collector period.
    pub fn collect_garbage(&self) {
        for realm in self.realms() {
            let taken = {
                let mut state = realm.state.lock();
                let sessions = state.sessions.iter_mut();
                let dead = sessions.filter_map(|(id, session)| (!std::mem::take(&mut session.in_use)).then_some(id));
                let dead: Vec<Arc<str>> = dead.cloned().collect();
                dead.iter().flat_map(|session| state.drop_session(session)).collect()
            };
            realm.close(taken, "abandoned");
        }
        self.0.realms.lock().retain(|_, realm| !realm.is_empty());
    }

    /// Sessions whose socket is open, or whose poll waits, live; answers that nobody will ask for again are forgotten. To be called every
    /// quarter of the collector period.
    pub fn keep_connected(&self) {
        let now = self.0.shared.settings.clock.now();
        for realm in self.realms() {
            for session in realm.state.lock().sessions.values_mut() {
                session.in_use |= session.is_heard();
                session.answers.forget_old(now);
            }
        }
    }

    /// Whether the process takes more than a share of its threads or descriptors while there is no object: time to
    /// start anew.
    pub fn is_worn_out(&self, share: f64) -> bool {
        let idle = || self.realms().iter().all(|realm| realm.state.lock().objects.len() <= 1);
        Resources::default().scarce(share, self.0.shared.settings.clock.now()).is_some() && idle()
    }

    /// Releases everything: the server ends.
    pub fn shut_down(&self) {
        for realm in self.realms() {
            let taken = {
                let mut state = realm.state.lock();
                let roots: Vec<_> = state.objects.keys().filter(|id| ***id != *manager::ID).cloned().collect();
                roots.iter().flat_map(|id| state.take(id)).collect()
            };
            realm.close(taken, "the server ends");
        }
    }

    fn realms(&self) -> Vec<Arc<Realm>> {
        self.0.realms.lock().values().cloned().collect()
    }
}
