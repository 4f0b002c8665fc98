//! What the peers of a network share, and the thread that reads its port.

use crate::addresses::{Addresses, canonical};
use crate::agenda::Agenda;
use crate::counters::{Counters, add};
use crate::demux::{Datagram, classify};
use crate::inside::{Inside, Parcel};
use crate::link::{Datagrams, Link};
use crate::servers::Servers;
use crate::socket::{Arrival, LONGEST_READ, Socket};
use crate::table::Table;
use crate::waker::Waker;
use parking_lot::Mutex;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use trellis_media::MediaTime;

/// Reads in a row before the timers have their turn.
const MOST_READS: usize = 64;
/// A socket that cannot be read is left alone for a while.
const AFTER_ERROR: Duration = Duration::from_millis(4);

/// The port and all that is not one peer's.
pub struct Hub {
    pub socket: Socket,
    pub start: Instant,
    pub addresses: Addresses,
    pub clock: Arc<dyn Fn() -> MediaTime + Send + Sync>,
    pub counters: Counters,
    /// A leaf among the locks: nothing else is locked under it. So are the two below.
    pub table: Mutex<Table>,
    /// Fragments of the peers that their owners have called, each once.
    pub woken: Mutex<Vec<Arc<str>>>,
    pub inside: Mutex<Inside>,
    /// A leaf too.
    pub servers: Servers,
    pub waker: Waker,
    pub stop: AtomicBool,
    /// How many peers there have been.
    pub peers: AtomicU64,
}

impl Hub {
    /// Nanoseconds from the port's start to `moment`.
    pub fn nanos(&self, moment: Instant) -> u64 {
        u64::try_from(moment.saturating_duration_since(self.start).as_nanos()).unwrap_or(u64::MAX)
    }

    /// Sends `number` datagrams of `size` bytes, the last of which may be shorter. What the system refuses is lost,
    /// as datagrams are.
    pub fn send(&self, datagrams: &[u8], size: usize, number: usize, remote: SocketAddr) {
        let refused = self.socket.send(datagrams, size, self.addresses.on_wire(remote));
        add(&self.counters.sent, number.saturating_sub(refused));
        add(&self.counters.send_failed, refused);
    }

    /// The I/O thread.
    pub fn run(&self) {
        let (mut buffer, mut agenda) = (vec![0; LONGEST_READ], Agenda::default());
        while !self.stop.load(Ordering::Acquire) {
            self.waker.doze();
            let until = |due: u64| Duration::from_nanos(due.saturating_sub(self.nanos(Instant::now())));
            let next = agenda.next().into_iter().chain(self.servers_due()).min();
            let limit = if self.has_work() { Some(Duration::ZERO) } else { next.map(until) };
            if self.waker.wait(self.socket.as_fd(), limit) {
                self.read(&mut buffer, &mut agenda);
            }
            self.deliver(&mut agenda);
            self.hear_owners(&mut agenda);
            self.ask_servers(&mut agenda);
            for link in agenda.take(self.nanos(Instant::now())) {
                self.turn(&link, None, &mut agenda);
            }
        }
        let links = self.table.lock().links();
        for link in links {
            self.table.lock().remove(link.fragment());
            self.leave_servers(link.fragment());
        }
    }

    fn has_work(&self) -> bool {
        self.stop.load(Ordering::Acquire) || !self.woken.lock().is_empty() || !self.inside.lock().is_empty()
    }

    fn read(&self, buffer: &mut [u8], agenda: &mut Agenda) {
        for _ in 0..MOST_READS {
            match self.socket.receive(buffer) {
                Ok(arrival) => self.route(&arrival, buffer.get(..arrival.length).unwrap_or_default(), agenda),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => {
                    tracing::warn!(%error, "UDP port of WebRTC peers");
                    std::thread::sleep(AFTER_ERROR);
                    return;
                }
            }
        }
    }

    /// Datagrams have come; what TURN servers send is unpacked.
    fn route(&self, arrival: &Arrival, bytes: &[u8], agenda: &mut Agenda) {
        let (remote, stride) = (canonical(arrival.remote), arrival.stride);
        add(&self.counters.received, bytes.len().div_ceil(stride));
        let local = self.addresses.reached(remote, arrival.local);
        if !self.servers.is_known(remote) {
            return self.give(Datagrams { remote, local, bytes, stride }, agenda);
        }
        for datagram in bytes.chunks(stride) {
            if !self.hear_server(remote, datagram, agenda) {
                self.give(Datagrams { remote, local, bytes: datagram, stride }, agenda);
            }
        }
    }

    /// Gives datagrams to their peer. The first one tells whose they are: the system only joins what one remote sent.
    pub fn give(&self, datagrams: Datagrams<'_>, agenda: &mut Agenda) {
        let Datagrams { remote, bytes, stride, .. } = datagrams;
        let number = bytes.len().div_ceil(stride);
        let link = match classify(bytes.get(..stride.min(bytes.len())).unwrap_or_default()) {
            Datagram::Garbage => return add(&self.counters.garbage, number),
            Datagram::Stun { local_fragment: Some(fragment) } => {
                let mut table = self.table.lock();
                table.learn(fragment, remote);
                table.by_fragment(fragment).cloned()
            }
            Datagram::Stun { local_fragment: None } | Datagram::Dtls | Datagram::Media => {
                self.table.lock().by_address(remote).cloned()
            }
        };
        let Some(link) = link else { return add(&self.counters.unknown, number) };
        self.turn(&link, Some(datagrams), agenda);
    }

    /// Gives the peers what others of this network have sent them.
    fn deliver(&self, agenda: &mut Agenda) {
        let parcels = self.inside.lock().take();
        for Parcel { from, to, address, bytes, stride } in parcels {
            let number = bytes.len().div_ceil(stride);
            add(&self.counters.received, number);
            let link = self.table.lock().by_fragment(&to).cloned();
            let Some(link) = link else {
                add(&self.counters.unknown, number);
                continue;
            };
            link.port.hears_from(from);
            self.turn(&link, Some(Datagrams { remote: address, local: address, bytes: &bytes, stride }), agenda);
        }
    }

    /// Drives the peers that their owners have called.
    fn hear_owners(&self, agenda: &mut Agenda) {
        let woken = std::mem::take(&mut *self.woken.lock());
        for fragment in woken {
            let link = self.table.lock().by_fragment(&fragment).cloned();
            if let Some(link) = link {
                link.port.woken.store(false, Ordering::Release);
                self.turn(&link, None, agenda);
            }
        }
    }

    /// A peer that breaks down ends alone.
    fn turn(&self, link: &Arc<Link>, datagrams: Option<Datagrams<'_>>, agenda: &mut Agenda) {
        let lives = catch_unwind(AssertUnwindSafe(|| link.turn(datagrams))).unwrap_or_else(|_| {
            tracing::error!("a WebRTC peer broke down and was closed");
            link.lock_quietly().closed = true;
            false
        });
        if lives {
            agenda.plan(link);
        } else {
            agenda.remove(link);
            self.table.lock().remove(link.fragment());
            self.leave_servers(link.fragment());
        }
    }
}
