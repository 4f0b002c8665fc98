//! The port's relayed addresses: what goes through TURN servers (RFC 8656).
//!
//! A server tells its clients apart by their address, and ours is that of the one port. So there is one allocation at
//! a server, which all peers share that want one there, and it goes with the last of them. What comes through it is
//! told apart as what comes directly: by ICE's names and the remotes' addresses.

use crate::config::TurnServer;
use bytes::BytesMut;
use rtc::crypto::RTCCryptoProvider;
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use rtc::stun::message::TransactionId;
use rtc::turn::client::{Client, ClientConfig, Event};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Servers with an allocation of ours.
const MOST_SERVERS: usize = 16;
/// Remotes that one allocation lets through; each has a channel number of its own (RFC 8656 section 12).
const MOST_REMOTES: usize = 4_096;
/// Who waits for candidates waits no longer for a server.
const PATIENCE: Duration = Duration::from_millis(3_500);
/// Between two requests to let a remote through.
const PERMISSION_SPACING: Duration = Duration::from_millis(250);

/// The allocations of a network.
#[derive(Default)]
pub struct Relays(Vec<Relay>);

struct Relay {
    server: SocketAddr,
    client: Client,
    /// The relayed address; `None` until the server has given one.
    address: Option<SocketAddr>,
    /// When those that wait are told, with or without one.
    deadline: Instant,
    /// The peers that use it, by their ICE user name fragments; the network has a bounded number of them.
    users: Vec<Arc<str>>,
    /// Of these: not told yet.
    waiting: Vec<Arc<str>>,
    /// Remotes that were asked to be let through, and when.
    remotes: HashMap<SocketAddr, Instant>,
}

/// What comes of servers.
#[derive(Debug, PartialEq, Eq)]
pub enum Relayed {
    /// A remote has sent this to the relayed address.
    Datagram { address: SocketAddr, remote: SocketAddr, bytes: BytesMut },
    /// These peers have the relayed address; `None`: the server gives none.
    Ready { server: SocketAddr, address: Option<SocketAddr>, waiting: Vec<Arc<str>> },
}

/// Datagrams to servers.
pub type ToServers = Vec<(SocketAddr, BytesMut)>;

impl Relays {
    /// A peer wants the server's relayed address; whether it will be told. The first one's credentials count.
    pub fn ask(&mut self, server: &TurnServer, peer: Arc<str>, now: Instant) -> bool {
        if !self.0.iter().any(|relay| relay.server == server.address) {
            let Some(relay) = Relay::open(server, now).filter(|_| self.0.len() < MOST_SERVERS) else { return false };
            self.0.push(relay);
        }
        let Some(relay) = self.0.iter_mut().find(|relay| relay.server == server.address) else { return false };
        for peers in [&mut relay.users, &mut relay.waiting] {
            if !peers.contains(&peer) {
                peers.push(Arc::clone(&peer));
            }
        }
        if relay.address.is_some() {
            relay.deadline = now;
        }
        true
    }

    /// A peer is gone.
    pub fn leave(&mut self, peer: &str, now: Instant) -> ToServers {
        let mut last_words = ToServers::new();
        self.0.retain_mut(|relay| {
            relay.users.retain(|user| &**user != peer);
            relay.waiting.retain(|user| &**user != peer);
            if relay.users.is_empty() {
                relay.close(now);
                last_words.extend(relay.transmits());
            }
            !relay.users.is_empty()
        });
        last_words
    }

    /// How many servers there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_server(&self, address: SocketAddr) -> bool {
        self.0.iter().any(|relay| relay.server == address)
    }

    /// A datagram has come from where a server is; `None` when it is not the server's: anybody may name any address
    /// as a server's, and takes nothing away from who is really there.
    pub fn read(&mut self, server: SocketAddr, datagram: &[u8], now: Instant) -> Option<Vec<Relayed>> {
        let relay = self.0.iter_mut().find(|relay| relay.server == server)?;
        if !relay.expects(datagram) {
            return None;
        }
        let (local_addr, transport_protocol) = (unspecified(server), TransportProtocol::UDP);
        let transport = TransportContext { local_addr, peer_addr: server, transport_protocol, ecn: None };
        if let Err(error) = relay.client.handle_read(TaggedBytesMut { now, transport, message: datagram.into() }) {
            tracing::debug!(%error, "a TURN server's datagram");
        }
        Some(self.events(now))
    }

    /// Sends a datagram from a relayed address. It is lost, as datagrams are, until the server lets the remote through.
    pub fn send(&mut self, address: SocketAddr, remote: SocketAddr, datagram: &[u8], now: Instant) {
        let Some(relay) = self.0.iter_mut().find(|relay| relay.address == Some(address)) else { return };
        let sent = relay.client.relay(address).and_then(|mut way| way.send_to(now, datagram, remote));
        if sent.is_ok() || (!relay.remotes.contains_key(&remote) && relay.remotes.len() >= MOST_REMOTES) {
            return;
        }
        let asked = relay.remotes.get(&remote).copied();
        if asked.is_none_or(|asked| now.saturating_duration_since(asked) >= PERMISSION_SPACING) {
            relay.remotes.insert(remote, now);
            if let Err(error) = relay.client.relay(address).and_then(|mut way| way.create_permission(now, remote)) {
                tracing::debug!(%error, "a remote behind a TURN server");
            }
        }
    }

    /// What is to be sent to servers.
    pub fn transmits(&mut self) -> ToServers {
        self.0.iter_mut().flat_map(Relay::transmits).collect()
    }

    /// When there is something to do.
    pub fn due(&mut self) -> Option<Instant> {
        self.0.iter_mut().filter_map(Relay::due).min()
    }

    /// Lets time pass.
    pub fn turn(&mut self, now: Instant) -> Vec<Relayed> {
        for relay in &mut self.0 {
            if let Err(error) = relay.client.handle_timeout(now) {
                tracing::debug!(%error, "a TURN server's timer");
            }
        }
        let mut happened = self.events(now);
        self.0.retain_mut(|relay| {
            let given_up = relay.address.is_none() && relay.deadline <= now;
            if relay.deadline <= now && !relay.waiting.is_empty() {
                let waiting = std::mem::take(&mut relay.waiting);
                happened.push(Relayed::Ready { server: relay.server, address: relay.address, waiting });
            }
            !given_up
        });
        happened
    }

    /// What servers have said.
    fn events(&mut self, now: Instant) -> Vec<Relayed> {
        let mut happened = Vec::new();
        for relay in &mut self.0 {
            while let Some(event) = relay.client.poll_event() {
                match event {
                    Event::AllocateResponse(_, address) => {
                        (relay.address, relay.deadline) = (Some(address), now);
                    }
                    Event::AllocateError(_, error) => {
                        tracing::warn!(%error, "a TURN server gives no address");
                        relay.deadline = now;
                    }
                    Event::DataIndicationOrChannelData(_, remote, bytes) => {
                        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
                        happened.extend(relay.address.map(|address| Relayed::Datagram { address, remote, bytes }));
                    }
                    Event::CreatePermissionError(_, error) => tracing::debug!(%error, "a remote behind a TURN server"),
                    _ => {}
                }
            }
        }
        happened
    }
}

impl Relay {
    fn open(server: &TurnServer, now: Instant) -> Option<Relay> {
        let config = ClientConfig {
            turn_serv_addr: server.address.to_string(),
            local_addr: unspecified(server.address),
            username: server.user.clone(),
            password: server.password.clone(),
            ..ClientConfig::default()
        };
        let provider: Arc<dyn RTCCryptoProvider> = rtc::crypto::default_provider().ok()?;
        let mut client = Client::new(config, provider).ok()?;
        client.allocate(now).ok()?;
        Some(Relay {
            server: server.address,
            client,
            address: None,
            deadline: now + PATIENCE,
            users: Vec::new(),
            waiting: Vec::new(),
            remotes: HashMap::new(),
        })
    }

    /// Whether only a server sends such: data in a channel or an indication, or the answer to a request (RFC 8656
    /// sections 11 and 12, RFC 8489 section 5).
    fn expects(&self, datagram: &[u8]) -> bool {
        match datagram {
            [0x40..=0x7f, ..] | [0x00, 0x17, ..] => true,
            _ => {
                let id = datagram.get(8..20).and_then(|id| id.try_into().ok());
                id.is_some_and(|id| self.client.has_transaction(&TransactionId(id)))
            }
        }
    }

    /// The server may give the address to others.
    fn close(&mut self, now: Instant) {
        if let Some(address) = self.address
            && let Err(error) = self.client.relay(address).and_then(|mut way| way.close(now))
        {
            tracing::debug!(%error, "closing the way through a TURN server");
        }
    }

    fn transmits(&mut self) -> ToServers {
        let next = || self.client.poll_write().map(|out| (out.transport.peer_addr, out.message));
        std::iter::from_fn(next).collect()
    }

    fn due(&mut self) -> Option<Instant> {
        let told = (!self.waiting.is_empty()).then_some(self.deadline);
        self.client.poll_timeout().into_iter().chain(told).min()
    }
}

fn unspecified(like: SocketAddr) -> SocketAddr {
    let ip = if like.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    SocketAddr::new(ip, 0)
}
