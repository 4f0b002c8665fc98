//! The Thrift port: framed connections, whose calls are done on the threads that those of WebSockets are done on.
//!
//! A connection is a task that waits for a frame; a thread is taken while a call is at work, one for each connection at
//! the most. Whose bytes are no frames, or no calls, is sent away, and nobody else hears of it.

mod frames;
mod handlers;

use crate::access::{Access, Admission};
use crate::config::Limits;
use crate::front::descriptors;
use crate::pace::Pace;
use crate::threads::{NONE_FREE, Threads};
use anyhow::Context;
use handlers::Handlers;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};
use trellis_control::Control;
use trellis_control::thrift::{Connection, Front, method_of};
use trellis_elements::policy::UriPolicy;

/// Connections that wait to be taken.
const BACKLOG: u32 = 1_024;
/// Time to say a token, where one is needed.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time between looks for objects that nobody keeps alive.
const LOOK: Duration = Duration::from_secs(1);

/// The open port.
pub struct Port {
    listener: TcpListener,
    /// One permit a connection.
    room: Arc<Semaphore>,
}

/// What all connections share.
pub struct Hall {
    front: Front,
    access: Arc<Access>,
    threads: Threads,
    message_bytes: usize,
    requests_per_second: Option<u32>,
}

impl Hall {
    pub fn new(
        control: Control,
        access: &Arc<Access>,
        policy: Arc<UriPolicy>,
        limits: &Limits,
        threads: Threads,
    ) -> Arc<Hall> {
        let handlers = Handlers::new(policy);
        let front = Front::new(control, handlers.clone());
        handlers.serve(front.clone());
        Arc::new(Hall {
            front,
            access: Arc::clone(access),
            threads,
            message_bytes: limits.message_bytes,
            requests_per_second: limits.requests_per_second,
        })
    }
}

impl Port {
    /// Listens. Within the runtime.
    pub fn open(address: SocketAddr) -> anyhow::Result<Port> {
        let listen = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            socket.set_reuseaddr(true)?;
            // Connections inherit it: who is gone without a word is found out though it owes us nothing.
            socket.set_keepalive(true)?;
            socket.bind(address)?;
            socket.listen(BACKLOG)
        };
        let listener = listen().with_context(|| format!("thrift.listen: cannot listen on {address}"))?;
        // The rest of the descriptors is left for HTTP, WebSockets and files.
        Ok(Port { listener, room: Arc::new(Semaphore::new((descriptors() / 4).min(Semaphore::MAX_PERMITS))) })
    }

    /// Where it listens.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Serves as long as the runtime does.
    pub async fn serve(self, hall: Arc<Hall>) {
        tokio::spawn(collect(hall.front.clone()));
        loop {
            let permit = Arc::clone(&self.room).acquire_owned().await;
            let (Ok(permit), Ok((stream, peer))) = (permit, self.listener.accept().await) else {
                // No descriptors: some will be free soon.
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            tokio::spawn(welcome(Arc::clone(&hall), stream, peer, permit));
        }
    }
}

/// Looks for objects that nobody keeps alive.
async fn collect(front: Front) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let front = front.clone();
        // Closing a recorder may take a while.
        let _ = spawn_blocking(move || front.collect()).await;
    }
}

/// One client, until it goes, its token ends, or its bytes are no calls.
async fn welcome(hall: Arc<Hall>, stream: TcpStream, peer: SocketAddr, _permit: OwnedSemaphorePermit) {
    // Answers are small, and wait for nothing.
    let _ = stream.set_nodelay(true);
    let (end, ends) = watch::channel(None);
    let access = Arc::clone(&hall.access);
    let connection = hall.front.connect(peer.ip(), move |token| {
        let Admission { tenant, expires } = access.admit_token(Some(token)).ok()?;
        end.send_replace(expires);
        Some(tenant)
    });
    if let (true, Ok(Admission { tenant, .. })) = (hall.access.is_open(), hall.access.admit_token(None))
        && let Err(error) = connection.enter(&tenant)
    {
        tracing::warn!(%error, "a Thrift connection is refused");
        return;
    }
    let mut client = Client { hall: &hall, connection: Arc::new(connection), stream };
    let ended = tokio::select! {
        ended = client.listen() => ended,
        () = expired(ends) => Err("its token has expired".to_owned()),
    };
    if let Err(why) = ended {
        tracing::warn!(why, "a Thrift connection is closed");
        tracing::debug!(%peer, "it came from");
    }
}

/// Waits until the token ends that was said last.
async fn expired(mut ends: watch::Receiver<Option<SystemTime>>) {
    loop {
        let at = *ends.borrow_and_update();
        let end = async {
            match at {
                Some(at) => sleep(at.duration_since(SystemTime::now()).unwrap_or_default()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = end => return,
            changed = ends.changed() => if changed.is_err() { std::future::pending::<()>().await },
        }
    }
}

/// One client in the hall.
struct Client<'a> {
    hall: &'a Hall,
    connection: Arc<Connection>,
    stream: TcpStream,
}

impl Client<'_> {
    /// Answers call after call; an error when it is to be sent away.
    async fn listen(&mut self) -> Result<(), String> {
        let mut pace = Pace::new(self.hall.requests_per_second);
        let guest_until = Instant::now() + PATIENCE;
        loop {
            let frame = frames::read(&mut self.stream, self.hall.message_bytes);
            let frame = if self.connection.is_inside() {
                frame.await
            } else {
                timeout_at(guest_until, frame).await.map_err(|_| "it said no token".to_owned())?
            };
            let Some(frame) = frame.map_err(|error| error.to_string())? else { return Ok(()) };
            pace.keep().await;
            if let Some(answer) = self.answer(frame).await? {
                frames::write(&mut self.stream, &answer).await.map_err(|error| error.to_string())?;
            }
        }
    }

    async fn answer(&self, frame: Vec<u8>) -> Result<Option<Vec<u8>>, String> {
        let connection = Arc::clone(&self.connection);
        let answer = match self.hall.threads.take().await {
            Some(thread) => {
                let name = method_of(&frame);
                let done = thread.run(&name, move || connection.receive(&frame)).await;
                done.map_err(|error| error.to_string())?
            }
            None => connection.refuse(&frame, NONE_FREE),
        };
        answer.map_err(|error| error.to_string())
    }
}
