//! The services of applications that events are told to: a connection, a task and a bounded queue for each.
//!
//! Whom a client may name: what the policy of URIs allows (`uri.hosts`), and the address that the client's own connection
//! comes from; of this machine, by any address of the loopback. A message is tried three times; a service that takes none
//! of them is dead: its subscriptions go. A message may come twice, when the answer to it was lost.

use super::frames;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use trellis_control::thrift::{Front, Outside};
use trellis_elements::policy::UriPolicy;
use trellis_model::RemoteError;

/// Messages that wait for a slow service; more are dropped.
const MESSAGES: usize = 256;
/// Services that are told events at once; events for others are dropped. One tenant names far fewer.
const MOST_HANDLERS: usize = 4_096;
/// Bytes of an answer, which is empty.
const LONGEST_ANSWER: usize = 64 << 10;
/// Time for a connection, and for an answer.
const CONNECTING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(10);
/// Waits before the second and the third try.
const WAITS: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// A connection that nothing is told by for so long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// The services of applications. Clones are the same ones.
#[derive(Clone)]
pub struct Handlers(Arc<Inner>);

struct Inner {
    policy: Arc<UriPolicy>,
    runtime: Handle,
    queues: Mutex<HashMap<SocketAddr, mpsc::Sender<Vec<u8>>>>,
    front: OnceLock<Front>,
}

impl Handlers {
    /// Nobody yet. Within the runtime.
    pub fn new(policy: Arc<UriPolicy>) -> Arc<Handlers> {
        let (runtime, queues, front) = (Handle::current(), Mutex::default(), OnceLock::new());
        Arc::new(Handlers(Arc::new(Inner { policy, runtime, queues, front })))
    }

    /// Where subscriptions are dropped.
    pub fn serve(&self, front: Front) {
        let _ = self.0.front.set(front);
    }
}

impl Outside for Handlers {
    fn reach(&self, host: &str, port: u16, client: IpAddr) -> Result<SocketAddr, RemoteError> {
        let unknown = |why: &dyn std::fmt::Display| {
            RemoteError::illegal_param(format_args!("the handler's address cannot be used: {why}"))
        };
        let found: Vec<SocketAddr> = (host, port).to_socket_addrs().map_err(|error| unknown(&error))?.collect();
        let mut refused = None;
        for address in found {
            let ip = address.ip().to_canonical();
            match self.0.policy.address(host, ip) {
                _ if ip == client || (ip.is_loopback() && client.is_loopback()) => return Ok(address),
                Ok(()) => return Ok(address),
                Err(why) => refused = Some(why),
            }
        }
        Err(refused.map_or_else(|| unknown(&"the name has no address"), |why| unknown(&why)))
    }

    fn send(&self, handler: SocketAddr, message: Vec<u8>) {
        let mut queues = self.0.queues.lock();
        if queues.len() >= MOST_HANDLERS && !queues.contains_key(&handler) {
            tracing::warn!("{MOST_HANDLERS} handlers are told events: one for another is lost");
            return;
        }
        let new = || {
            let (queue, queued) = mpsc::channel(MESSAGES);
            self.0.runtime.spawn(tell(Arc::clone(&self.0), handler, queued));
            queue
        };
        if queues.entry(handler).or_insert_with(new).try_send(message).is_err() {
            tracing::warn!("a handler does not keep up: an event is lost");
        }
    }
}

/// Tells one service what is queued for it.
async fn tell(inner: Arc<Inner>, address: SocketAddr, mut queued: mpsc::Receiver<Vec<u8>>) {
    let mut handler = Handler { address, stream: None };
    loop {
        match timeout(IDLE, queued.recv()).await {
            Ok(Some(message)) => {
                if let Err(error) = handler.deliver(&message).await {
                    inner.queues.lock().remove(&address);
                    let subscriptions = inner.front.get().map_or(0, |front| front.forget(address));
                    tracing::warn!(subscriptions, "a handler does not answer: its subscriptions go");
                    tracing::debug!(%address, error, "it was");
                    return;
                }
            }
            Ok(None) => return,
            Err(_) => {
                // Messages are queued under the lock.
                let mut queues = inner.queues.lock();
                if queued.is_empty() {
                    queues.remove(&address);
                    return;
                }
            }
        }
    }
}

/// One service.
struct Handler {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Handler {
    async fn deliver(&mut self, message: &[u8]) -> Result<(), String> {
        let mut failed = String::new();
        for attempt in 0..=WAITS.len() {
            match self.attempt(message).await {
                Ok(()) => return Ok(()),
                Err(error) => failed = error,
            }
            self.stream = None;
            if let Some(wait) = WAITS.get(attempt) {
                sleep(*wait).await;
            }
        }
        Err(failed)
    }

    /// Sends a message and waits for its answer, whatever that says.
    async fn attempt(&mut self, message: &[u8]) -> Result<(), String> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = timeout(CONNECTING, TcpStream::connect(self.address)).await;
                let stream = stream.map_err(|_| "no connection in time")?.map_err(|error| error.to_string())?;
                let _ = stream.set_nodelay(true);
                none.insert(stream)
            }
        };
        frames::write(stream, message).await.map_err(|error| error.to_string())?;
        let answer = timeout(ANSWERING, frames::read(stream, LONGEST_ANSWER)).await;
        let answer = answer.map_err(|_| "no answer in time")?.map_err(|error| error.to_string())?;
        answer.map(|_| ()).ok_or_else(|| "the connection ended".to_owned())
    }
}
