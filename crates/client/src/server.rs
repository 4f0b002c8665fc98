//! A server and one session with it.

use crate::classes::core::ServerManager;
use crate::error::ClientError;
use crate::events::Switchboard;
use crate::object::{Class, Object};
use crate::remote::Remote;
use crate::transaction::Transaction;
use crate::transport::{Link, Transport};
use serde_json::{Map, Value as Json, json};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

/// Requests that are under way at once; more wait for their turn. A server remembers its last 256 answers.
pub(crate) const IN_FLIGHT: usize = 128;
/// Methods that must name their session.
const NAMED: [&str; 5] = ["ref", "unref", "unsubscribe", "keepAlive", "closeSession"];
/// The object that is always there.
const MANAGER: &str = "manager_ServerManager";

/// A media server, as one session of it: everything that is made through it is held by that session. Clones are the same
/// session; when the last is gone, the connection ends, and what the session held is collected by the server some
/// minutes later. [`MediaServer::close`] ends it at once.
#[derive(Clone)]
pub struct MediaServer(Arc<Inner>);

struct Inner {
    transport: Box<dyn Transport>,
    events: Arc<Switchboard>,
    room: Semaphore,
    patience: Duration,
}

impl MediaServer {
    /// Connects to a server: `ws://127.0.0.1:8888/kurento`, or `wss:` with a certificate that browsers accept.
    ///
    /// # Errors
    /// A server that is not there, or lets nobody in without a token.
    pub async fn connect(url: &str) -> Result<MediaServer, ClientError> {
        MediaServer::options().connect(url).await
    }

    /// How a server is to be reached: tokens, times.
    pub fn options() -> Options {
        Options::default()
    }

    /// A server within this process, whose only tenant this program is.
    ///
    /// # Errors
    /// When there are as many connections as there may be.
    #[cfg(feature = "embedded")]
    pub fn embedded(control: &trellis_control::Control) -> Result<MediaServer, ClientError> {
        MediaServer::options().embedded(control, &trellis_control::Tenant::everybody())
    }

    pub(crate) fn over(transport: Box<dyn Transport>, events: Arc<Switchboard>, patience: Duration) -> MediaServer {
        MediaServer(Arc::new(Inner { transport, events, room: Semaphore::new(IN_FLIGHT), patience }))
    }

    /// One JSON-RPC call within the session, for what has no typed form: the result in its answer.
    ///
    /// # Errors
    /// What the server says; no answer in time; a session that is gone.
    pub async fn request(&self, method: &str, params: Json) -> Result<Json, ClientError> {
        let mut params = match params {
            Json::Object(params) => params,
            _ => Map::new(),
        };
        if NAMED.contains(&method) {
            params.insert("sessionId".to_owned(), (&*self.session()).into());
        } else {
            params.remove("sessionId");
        }
        let answered = async {
            let _place = self.0.room.acquire().await.map_err(|_| ClientError::Gone)?;
            self.0.transport.request(method, params).await
        };
        timeout(self.0.patience, answered).await.unwrap_or(Err(ClientError::Timeout))
    }

    /// Calls that are gathered, to be done in one message.
    pub fn transaction(&self) -> Transaction {
        Transaction::of(self)
    }

    pub(crate) fn patience(&self) -> Duration {
        self.0.patience
    }

    /// The id of the session.
    pub fn session(&self) -> Arc<str> {
        self.0.transport.session()
    }

    /// How the server is reached, now and at every change; a change that ends in [`Link::Connected`] was a break of a
    /// moment. What was missed while the link was broken is asked for anew by who needs it.
    pub fn link(&self) -> watch::Receiver<Link> {
        self.0.transport.link()
    }

    /// The server itself, as an object.
    pub fn manager(&self) -> ServerManager {
        ServerManager::of(self.object(MANAGER))
    }

    /// A handle of the object of an id. Nobody checks that there is one.
    pub fn object(&self, id: &str) -> Object {
        Object::new(self.clone(), id)
    }

    /// The object of an id, of a class or one that extends it.
    ///
    /// # Errors
    /// 40101 when there is no such object; [`ClientError::Unreadable`] when it is of another class.
    pub async fn find<T: Class>(&self, id: &str) -> Result<T, ClientError> {
        let described = self.request("describe", json!({ "object": id })).await?;
        let own = described["type"].as_str().into_iter();
        let ancestors = described["hierarchy"].as_array().into_iter().flatten().filter_map(Json::as_str);
        // Ancestors are told with the prefixes of their modules.
        let mut lineage = own.chain(ancestors.filter_map(|name| name.rsplit('.').next()));
        if lineage.any(|name| name == T::NAME) {
            return Ok(T::of(self.object(id)));
        }
        Err(ClientError::Unreadable(format!("'{id}' is no {}", T::NAME)))
    }

    /// Ends the session: what nobody else holds is released. Whatever is asked from now on gives [`ClientError::Gone`],
    /// and the event streams end.
    ///
    /// # Errors
    /// When the server did not say that it did; it does so some minutes later.
    pub async fn close(&self) -> Result<(), ClientError> {
        let closed = self.request("closeSession", Json::Null).await;
        self.0.room.close();
        self.0.transport.close();
        self.0.events.end();
        match closed {
            // A session that has held nothing is none.
            Err(ClientError::Remote { code: 40_007, .. }) => Ok(()),
            closed => closed.map(|_| ()),
        }
    }

    pub(crate) fn events(&self) -> &Switchboard {
        &self.0.events
    }
}

impl fmt::Debug for MediaServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MediaServer({})", self.session())
    }
}

impl PartialEq for MediaServer {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// How a server is reached.
#[derive(Clone)]
pub struct Options {
    pub(crate) token: Option<String>,
    pub(crate) patience: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) reconnect_for: Duration,
    pub(crate) trusted: Vec<u8>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            token: None,
            patience: Duration::from_secs(20),
            keep_alive: Duration::from_secs(5),
            reconnect_for: Duration::from_secs(240),
            trusted: Vec::new(),
        }
    }
}

impl Options {
    /// The token that lets in where one is asked for.
    pub fn token(mut self, token: impl Into<String>) -> Options {
        self.token = Some(token.into());
        self
    }

    /// How long an answer is waited for: 20 seconds where this is not said.
    pub fn patience(mut self, patience: Duration) -> Options {
        self.patience = patience;
        self
    }

    /// How often a server that says nothing is asked whether it is there: every 5 seconds where this is not said. After
    /// three times as long the connection is taken for broken.
    pub fn keep_alive(mut self, interval: Duration) -> Options {
        self.keep_alive = interval.max(Duration::from_millis(10));
        self
    }

    /// How long a broken connection is tried to be made anew before the session is given up: 4 minutes where this is not
    /// said, which is when servers collect it.
    pub fn reconnect_for(mut self, time: Duration) -> Options {
        self.reconnect_for = time;
        self
    }

    /// Certificates of authorities that are trusted besides those of the web, as PEM.
    pub fn trust(mut self, certificates: impl Into<Vec<u8>>) -> Options {
        self.trusted = certificates.into();
        self
    }

    /// Connects to a server.
    ///
    /// # Errors
    /// As [`MediaServer::connect`].
    pub async fn connect(self, url: &str) -> Result<MediaServer, ClientError> {
        let events = Arc::<Switchboard>::default();
        let patience = self.patience;
        let remote = timeout(patience, Remote::open(url, self, Arc::clone(&events)));
        let remote = remote.await.unwrap_or(Err(ClientError::Timeout))?;
        Ok(MediaServer::over(Box::new(remote), events, patience))
    }

    /// A server within this process, as one of its tenants.
    ///
    /// # Errors
    /// When the tenant has as many connections as it may.
    #[cfg(feature = "embedded")]
    pub fn embedded(
        self,
        control: &trellis_control::Control,
        tenant: &trellis_control::Tenant,
    ) -> Result<MediaServer, ClientError> {
        let events = Arc::<Switchboard>::default();
        let embedded = crate::embedded::Embedded::open(control, tenant, Arc::clone(&events))?;
        Ok(MediaServer::over(Box::new(embedded), events, self.patience))
    }
}
