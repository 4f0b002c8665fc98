//! One UDP port for all peers, and the thread that reads it.

use crate::addresses::{Addresses, canonical};
use crate::counters::{Counters, NetworkCounters, add};
use crate::demux::{Datagram, classify};
use crate::link::{Datagrams, Link};
use crate::peer::Peer;
use crate::session::{Credentials, Session};
use crate::socket::{Arrival, LONGEST_READ, Socket};
use crate::table::Table;
use crate::{NetworkConfig, NetworkError, PeerConfig, PeerError, PeerObserver};
use parking_lot::Mutex;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use trellis_media::MediaTime;

/// The thread looks at its timers at least this often.
const TICK: Duration = Duration::from_millis(4);

/// The UDP port of all peers. A clone is another handle; when the last one and the last peer are gone, it ends.
#[derive(Clone)]
pub struct Network(Arc<Handle>);

struct Handle(Arc<Port>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Release);
    }
}

/// What the thread and the peers share.
pub struct Port {
    socket: Socket,
    start: Instant,
    wake: AtomicBool,
    stop: AtomicBool,
    pub addresses: Addresses,
    pub clock: Arc<dyn Fn() -> MediaTime + Send + Sync>,
    pub counters: Counters,
    /// A leaf among the locks: nothing else is locked under it.
    pub table: Mutex<Table>,
}

impl Network {
    /// Opens the port and starts its thread.
    pub fn bind(config: NetworkConfig) -> Result<Network, NetworkError> {
        let socket = Socket::open(config.listen, TICK).map_err(NetworkError::Bind)?;
        let bound = socket.local_addr().map_err(NetworkError::Bind)?;
        let port = Arc::new(Port {
            socket,
            start: Instant::now(),
            wake: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            addresses: Addresses::new(bound, &config.external),
            clock: config.clock,
            counters: Counters::default(),
            table: Mutex::default(),
        });
        let of_thread = Arc::clone(&port);
        let thread = std::thread::Builder::new().name("webrtc-io".to_owned());
        thread.spawn(move || of_thread.run()).map_err(NetworkError::Thread)?;
        Ok(Network(Arc::new(Handle(port))))
    }

    /// A new peer, which tells `observer` what happens.
    pub fn peer(&self, config: PeerConfig, observer: Arc<dyn PeerObserver>) -> Result<Peer, PeerError> {
        let port = Arc::clone(&self.0.0);
        let session = Session::new(config, Credentials::random(), Instant::now())
            .map_err(|error| PeerError::Setup(error.to_string()))?;
        let link = Arc::new(Link::new(Arc::clone(&port), session, observer));
        if !port.table.lock().add(Arc::clone(&link)) {
            return Err(PeerError::TooMany);
        }
        Ok(Peer::new(link, self.clone()))
    }

    /// The address that the port is bound to.
    pub fn local_addr(&self) -> Result<SocketAddr, NetworkError> {
        self.0.0.socket.local_addr().map_err(NetworkError::Bind)
    }

    /// What has been counted.
    pub fn counters(&self) -> NetworkCounters {
        let peers = self.0.0.table.lock().len();
        self.0.0.counters.read(peers)
    }
}

impl Port {
    /// Nanoseconds from the port's start to `moment`.
    pub fn nanos(&self, moment: Instant) -> u64 {
        u64::try_from(moment.saturating_duration_since(self.start).as_nanos()).unwrap_or(u64::MAX)
    }

    /// The thread shall look at its timers.
    pub fn wake(&self) {
        self.wake.store(true, Ordering::Release);
    }

    /// Sends `number` datagrams of `size` bytes, the last of which may be shorter. What the system refuses is lost,
    /// as datagrams are.
    pub fn send(&self, datagrams: &[u8], size: usize, number: usize, remote: SocketAddr) {
        let refused = self.socket.send(datagrams, size, self.addresses.on_wire(remote));
        add(&self.counters.sent, number.saturating_sub(refused));
        add(&self.counters.send_failed, refused);
    }

    fn run(&self) {
        let mut buffer = vec![0; LONGEST_READ];
        let mut next = 0;
        while !self.stop.load(Ordering::Acquire) {
            match self.socket.receive(&mut buffer) {
                Ok(arrival) => {
                    let bytes = buffer.get(..arrival.length).unwrap_or_default();
                    next = next.min(self.route(&arrival, bytes));
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => {
                    tracing::warn!(%error, "UDP port of WebRTC peers");
                    std::thread::sleep(TICK);
                }
            }
            if self.wake.swap(false, Ordering::AcqRel) || next <= self.nanos(Instant::now()) {
                next = self.sweep();
            }
        }
        let links = self.table.lock().links();
        for link in links {
            self.table.lock().remove(link.fragment());
        }
    }

    /// Gives datagrams to their peer; when that peer is due next. The first one tells whose they are: the system only
    /// joins what one remote sent.
    fn route(&self, arrival: &Arrival, bytes: &[u8]) -> u64 {
        let (remote, stride) = (canonical(arrival.remote), arrival.stride);
        let number = bytes.len().div_ceil(stride);
        add(&self.counters.received, number);
        let link = match classify(bytes.get(..stride.min(bytes.len())).unwrap_or_default()) {
            Datagram::Garbage => {
                add(&self.counters.garbage, number);
                return u64::MAX;
            }
            Datagram::Stun { local_fragment: Some(fragment) } => {
                let mut table = self.table.lock();
                table.learn(fragment, remote);
                table.by_fragment(fragment).cloned()
            }
            Datagram::Stun { local_fragment: None } | Datagram::Dtls | Datagram::Media => {
                self.table.lock().by_address(remote).cloned()
            }
        };
        let Some(link) = link else {
            add(&self.counters.unknown, number);
            return u64::MAX;
        };
        let local = self.addresses.reached(remote, arrival.local);
        self.turn(&link, Some(Datagrams { remote, local, bytes, stride }));
        link.due()
    }

    /// Drives every peer whose time has come; when the next one's comes.
    fn sweep(&self) -> u64 {
        let now = self.nanos(Instant::now());
        let links = self.table.lock().links();
        for link in links.iter().filter(|link| link.due() <= now) {
            self.turn(link, None);
        }
        links.iter().map(|link| link.due()).min().unwrap_or(u64::MAX)
    }

    /// A peer that breaks down ends alone.
    fn turn(&self, link: &Link, datagrams: Option<Datagrams<'_>>) {
        let lives = catch_unwind(AssertUnwindSafe(|| link.turn(datagrams))).unwrap_or_else(|_| {
            tracing::error!("a WebRTC peer broke down and was closed");
            link.lock_quietly().closed = true;
            false
        });
        if !lives {
            self.table.lock().remove(link.fragment());
        }
    }
}
