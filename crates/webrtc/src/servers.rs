//! The servers that are asked for candidates of ours, as the port has them: STUN's and TURN's.

use crate::agenda::Agenda;
use crate::config::TurnServer;
use crate::hub::Hub;
use crate::link::{Datagrams, Late};
use crate::reflexive::{Outcome, Questions};
use crate::relay::{Relayed, Relays, ToServers};
use parking_lot::Mutex;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The servers that have been asked.
#[derive(Default)]
pub struct Servers {
    all: Mutex<All>,
    /// How many there are. Mostly there are none, and then nothing has to be looked up for a datagram.
    number: AtomicUsize,
}

#[derive(Default)]
struct All {
    questions: Questions,
    relays: Relays,
}

impl Servers {
    fn none(&self) -> bool {
        self.number.load(Ordering::Acquire) == 0
    }

    fn with<T>(&self, work: impl FnOnce(&mut All) -> T) -> T {
        let mut all = self.all.lock();
        let done = work(&mut all);
        self.number.store(all.questions.len() + all.relays.len(), Ordering::Release);
        done
    }

    /// A peer asks a STUN server how it sees the port; whether the peer will be told.
    pub fn ask_seen(&self, server: SocketAddr, peer: Arc<str>) -> bool {
        self.with(|all| all.questions.ask(server, peer, Instant::now()))
    }

    /// A peer asks a TURN server for an address; whether the peer will be told.
    pub fn ask_relayed(&self, server: &TurnServer, peer: Arc<str>) -> bool {
        self.with(|all| all.relays.ask(server, peer, Instant::now()))
    }

    /// Whether datagrams from there are a server's.
    pub fn is_known(&self, address: SocketAddr) -> bool {
        !self.none() && self.with(|all| all.questions.is_server(address) || all.relays.is_server(address))
    }
}

impl Hub {
    /// When a server has to be asked, or given up.
    pub fn servers_due(&self) -> Option<u64> {
        if self.servers.none() {
            return None;
        }
        let due = self.servers.with(|all| all.questions.due().into_iter().chain(all.relays.due()).min());
        due.map(|due| self.nanos(due))
    }

    /// Asks servers, and gives up those that say nothing.
    pub fn ask_servers(&self, agenda: &mut Agenda) {
        if self.servers.none() {
            return;
        }
        let now = Instant::now();
        let (requests, given_up, happened, out) = self.servers.with(|all| {
            let (requests, given_up) = all.questions.turn(now);
            (requests, given_up, all.relays.turn(now), all.relays.transmits())
        });
        for (server, request) in requests {
            self.send(&request, request.len(), 1, server);
        }
        self.to_servers(out);
        for Outcome { waiting, .. } in given_up {
            tracing::debug!("a STUN server does not answer");
            self.tell(&waiting, None, None);
        }
        self.relayed(happened, agenda);
    }

    /// A datagram has come from where a server is, which may be a STUN and a TURN server; whether it was the server's.
    pub fn hear_server(&self, server: SocketAddr, datagram: &[u8], agenda: &mut Agenda) -> bool {
        let answered = self.servers.with(|all| all.questions.answered(server, datagram));
        if let Some(Outcome { seen, waiting }) = answered {
            self.tell(&waiting, seen.and_then(|seen| self.addresses.reflexive(seen, server)), None);
            return true;
        }
        let heard = self.servers.with(|all| {
            let happened = all.relays.read(server, datagram, Instant::now())?;
            Some((happened, all.relays.transmits()))
        });
        let Some((happened, out)) = heard else { return false };
        self.to_servers(out);
        self.relayed(happened, agenda);
        true
    }

    fn relayed(&self, happened: Vec<Relayed>, agenda: &mut Agenda) {
        for relayed in happened {
            match relayed {
                Relayed::Datagram { address, remote, bytes } => {
                    let stride = bytes.len().max(1);
                    self.give(Datagrams { remote, local: address, bytes: &bytes, stride }, agenda);
                }
                Relayed::Ready { server, address, waiting } => {
                    let candidate = address.and_then(|address| self.addresses.relayed(address, server));
                    self.tell(&waiting, candidate, address);
                }
            }
        }
    }

    /// Sends datagrams from our address at a TURN server.
    pub fn send_relayed(&self, address: SocketAddr, datagrams: &[u8], size: usize, remote: SocketAddr) {
        let now = Instant::now();
        let out = self.servers.with(|all| {
            for datagram in datagrams.chunks(size.max(1)) {
                all.relays.send(address, remote, datagram, now);
            }
            all.relays.transmits()
        });
        self.to_servers(out);
    }

    /// A peer is gone.
    pub fn leave_servers(&self, fragment: &str) {
        if !self.servers.none() {
            self.to_servers(self.servers.with(|all| all.relays.leave(fragment, Instant::now())));
        }
    }

    fn to_servers(&self, out: ToServers) {
        for (server, bytes) in out {
            self.send(&bytes, bytes.len(), 1, server);
        }
    }

    /// Peers that wait for a server are told what came of it.
    fn tell(&self, waiting: &[Arc<str>], candidate: Option<RTCIceCandidateInit>, relayed: Option<SocketAddr>) {
        let late = candidate.map(|candidate| Late { candidate, relayed });
        for fragment in waiting {
            let link = self.table.lock().by_fragment(fragment).cloned();
            if let Some(link) = link {
                link.gathered(late.clone());
            }
        }
    }
}
