//! Several calls in one message.

use crate::error::ClientError;
use crate::object::{Class, value};
use crate::server::MediaServer;
use crate::transport::{Answer, Link, Transport, outcome};
use crate::wire::text;
use parking_lot::Mutex;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use tokio::sync::watch;

/// Calls in one transaction; servers take no more.
const MOST: usize = 1_000;
/// What the result of an earlier call is named by, before its number.
const PROMISE: &str = "newref:";

/// Calls that are gathered, and then done one after another in one message, up to the first that fails. Nothing is taken
/// back.
///
/// Calls through [`Transaction::server`] are gathered: objects may be made there, and what is made is used by later calls
/// as if it were there. What an operation gives is not known before, so an operation that gives something answers
/// [`ClientError::Unreadable`], though it is gathered; events are subscribed to afterwards.
///
/// ```no_run
/// # use trellis_client::{ClientError, MediaPipeline, MediaServer, PassThrough, PlayerEndpoint};
/// # async fn run(server: &MediaServer) -> Result<(), ClientError> {
/// let transaction = server.transaction();
/// let pipeline = MediaPipeline::create(transaction.server()).await?;
/// let player = PlayerEndpoint::create(&pipeline, "file:///clip.webm").await?;
/// let element = PassThrough::create(&pipeline).await?;
/// player.connect(&element, None).await?;
/// player.play().await?;
/// let done = transaction.commit().await?;
/// let player = done.object(&player)?;
/// # Ok(())
/// # }
/// ```
pub struct Transaction {
    real: MediaServer,
    gathering: MediaServer,
    gathered: Arc<Gathered>,
}

/// What was gathered so far.
struct Gathered {
    operations: Mutex<Vec<Json>>,
    session: Arc<str>,
    link: watch::Sender<Link>,
}

impl Transaction {
    pub(crate) fn of(server: &MediaServer) -> Transaction {
        let link = watch::Sender::new(Link::Connected);
        let gathered = Arc::new(Gathered { operations: Mutex::default(), session: server.session(), link });
        let transport = Box::new(Gatherer(Arc::clone(&gathered)));
        let gathering = MediaServer::over(transport, Arc::default(), server.patience());
        Transaction { real: server.clone(), gathering, gathered }
    }

    /// Where calls are gathered.
    pub fn server(&self) -> &MediaServer {
        &self.gathering
    }

    /// An object that is there already, so that what is called on it, or made in it, is gathered.
    ///
    /// # Errors
    /// None for objects of servers.
    pub fn with<T: Class>(&self, object: &T) -> Result<T, ClientError> {
        Ok(T::of(self.gathering.object(text(&object.to_wire())?)))
    }

    /// Does what was gathered.
    ///
    /// # Errors
    /// That of the first call that failed; what was done before it stays.
    pub async fn commit(self) -> Result<Committed, ClientError> {
        let operations = std::mem::take(&mut *self.gathered.operations.lock());
        let answers = value(self.real.request("transaction", json!({ "operations": operations })).await?);
        let Json::Array(answers) = answers else {
            return Err(ClientError::Unreadable("a transaction without answers".to_owned()));
        };
        let values: Result<Vec<Json>, ClientError> = answers.into_iter().map(|one| outcome(one).map(value)).collect();
        Ok(Committed { server: self.real, values: values? })
    }
}

/// What a transaction has done.
pub struct Committed {
    server: MediaServer,
    values: Vec<Json>,
}

impl Committed {
    /// The object that was made, by its handle within the transaction; what was there before is itself.
    ///
    /// # Errors
    /// A handle of another transaction.
    pub fn object<T: Class>(&self, promised: &T) -> Result<T, ClientError> {
        let id = promised.to_wire();
        let id = match text(&id)?.strip_prefix(PROMISE) {
            None => &id,
            Some(number) => {
                let made = number.parse().ok().and_then(|number: usize| self.values.get(number));
                made.ok_or(ClientError::NotGathered("it was made in another transaction"))?
            }
        };
        Ok(T::of(self.server.object(text(id)?)))
    }
}

/// Takes requests into a transaction.
struct Gatherer(Arc<Gathered>);

impl Gatherer {
    fn gather(&self, method: &str, params: Map<String, Json>) -> Result<Json, ClientError> {
        if !matches!(method, "create" | "invoke" | "release") {
            return Err(ClientError::NotGathered("only making, calling and releasing objects can be"));
        }
        let mut operations = self.0.operations.lock();
        let number = operations.len();
        if number == MOST {
            return Err(ClientError::NotGathered("it has as many calls as it may"));
        }
        operations.push(json!({ "jsonrpc": "2.0", "id": number, "method": method, "params": params }));
        Ok(match method {
            "create" => json!({ "value": format!("{PROMISE}{number}") }),
            _ => Json::Null,
        })
    }
}

impl Transport for Gatherer {
    fn request<'a>(&'a self, method: &'a str, params: Map<String, Json>) -> Answer<'a> {
        Box::pin(async move { self.gather(method, params) })
    }

    fn session(&self) -> Arc<str> {
        Arc::clone(&self.0.session)
    }

    fn link(&self) -> watch::Receiver<Link> {
        self.0.link.subscribe()
    }

    fn close(&self) {}
}
