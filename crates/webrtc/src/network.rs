//! One UDP port for all peers, and each peer's way to it.

use crate::addresses::Addresses;
use crate::agenda::NEVER;
use crate::counters::{Counters, NetworkCounters, add};
use crate::demux::{Datagram, classify};
use crate::hub::Hub;
use crate::inside::{Inside, Parcel};
use crate::link::Link;
use crate::peer::Peer;
use crate::servers::Servers;
use crate::session::{Credentials, Session};
use crate::socket::Socket;
use crate::waker::Waker;
use crate::{NetworkConfig, NetworkError, PeerConfig, PeerError, PeerObserver, TurnServer};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// The UDP port of all peers. A clone is another handle; when the last one and the last peer are gone, it ends.
#[derive(Clone)]
pub struct Network(Arc<Handle>);

struct Handle(Arc<Hub>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Release);
        self.0.waker.wake();
    }
}

impl Network {
    /// Opens the port and starts its thread.
    pub fn bind(config: NetworkConfig) -> Result<Network, NetworkError> {
        let socket = Socket::open(config.listen).map_err(NetworkError::Bind)?;
        let bound = socket.local_addr().map_err(NetworkError::Bind)?;
        let hub = Arc::new(Hub {
            socket,
            start: Instant::now(),
            addresses: Addresses::new(bound, &config.external),
            clock: config.clock,
            counters: Counters::default(),
            table: Mutex::default(),
            woken: Mutex::default(),
            inside: Mutex::new(Inside::default()),
            servers: Servers::default(),
            waker: Waker::new().map_err(NetworkError::Thread)?,
            stop: AtomicBool::new(false),
            peers: AtomicU64::new(0),
        });
        let of_thread = Arc::clone(&hub);
        let thread = std::thread::Builder::new().name("webrtc-io".to_owned());
        thread.spawn(move || of_thread.run()).map_err(NetworkError::Thread)?;
        Ok(Network(Arc::new(Handle(hub))))
    }

    /// A new peer, which tells `observer` what happens.
    pub fn peer(&self, config: PeerConfig, observer: Arc<dyn PeerObserver>) -> Result<Peer, PeerError> {
        let session = Session::new(config, Credentials::random(), Instant::now())
            .map_err(|error| PeerError::Setup(error.to_string()))?;
        let port = Arc::new(Port::new(Arc::clone(&self.0.0), session.fragment()));
        let link = Arc::new(Link::new(Arc::clone(&port), session, observer));
        if !port.table.lock().add(Arc::clone(&link)) {
            return Err(PeerError::TooMany);
        }
        port.wake();
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

/// One peer's way to the port.
pub struct Port {
    hub: Arc<Hub>,
    fragment: Arc<str>,
    pub number: u64,
    /// Where the agenda has the peer.
    pub planned: AtomicU64,
    /// The I/O thread has been told that the owner called.
    pub woken: AtomicBool,
    /// The peer of the same network that is at the other end, if one is: its fragment. A leaf among the locks.
    partner: Mutex<Option<Arc<str>>>,
}

impl Port {
    fn new(hub: Arc<Hub>, fragment: &str) -> Port {
        Port {
            number: hub.peers.fetch_add(1, Ordering::Relaxed),
            hub,
            fragment: fragment.into(),
            planned: AtomicU64::new(NEVER),
            woken: AtomicBool::new(false),
            partner: Mutex::default(),
        }
    }

    /// The I/O thread shall look after this peer.
    pub fn wake(&self) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.hub.woken.lock().push(Arc::clone(&self.fragment));
            self.hub.waker.wake();
        }
    }

    /// Sends `number` datagrams of `size` bytes, the last of which may be shorter. What the system refuses is lost,
    /// as datagrams are.
    pub fn send(&self, datagrams: &[u8], size: usize, number: usize, remote: SocketAddr) {
        if self.hub.addresses.is_own(remote) {
            self.hand_over(datagrams, size.max(1), number, remote);
        } else {
            self.hub.send(datagrams, size, number, remote);
        }
    }

    /// Sends to another peer of this network. A check of ICE names it; all else goes where the last check went.
    fn hand_over(&self, datagrams: &[u8], stride: usize, number: usize, address: SocketAddr) {
        let named = datagrams.chunks(stride).find_map(|datagram| match classify(datagram) {
            Datagram::Stun { local_fragment } => local_fragment,
            _ => None,
        });
        let partner = {
            let mut partner = self.partner.lock();
            if let Some(named) = named
                && partner.as_deref() != Some(named)
            {
                *partner = Some(named.into());
            }
            partner.clone()
        };
        let parcel = partner.map(|to| {
            let from = Arc::clone(&self.fragment);
            Parcel { from, to, address, bytes: datagrams.to_vec(), stride }
        });
        if parcel.is_some_and(|parcel| self.hub.inside.lock().put(parcel)) {
            add(&self.hub.counters.sent, number);
            self.hub.waker.wake();
        } else {
            add(&self.hub.counters.send_failed, number);
        }
    }

    /// Asks a STUN server how it sees the port; whether the peer will be told.
    pub fn ask_seen(&self, server: SocketAddr) -> bool {
        let asked = self.hub.servers.ask_seen(server, Arc::clone(&self.fragment));
        self.hub.waker.wake();
        asked
    }

    /// Asks a TURN server for an address; whether the peer will be told.
    pub fn ask_relayed(&self, server: &TurnServer) -> bool {
        let asked = self.hub.servers.ask_relayed(server, Arc::clone(&self.fragment));
        self.hub.waker.wake();
        asked
    }

    /// A peer of this network has sent something. It may be the partner, until checks of our own say who is: what is
    /// sent to it alone is the reply to its first check.
    pub fn hears_from(&self, fragment: Arc<str>) {
        self.partner.lock().get_or_insert(fragment);
    }
}

impl std::ops::Deref for Port {
    type Target = Hub;
    fn deref(&self) -> &Hub {
        &self.hub
    }
}
