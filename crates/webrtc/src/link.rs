//! One peer as the network sees it: its session under a lock, when it is due, and who hears of it.

use crate::drive::Reports;
use crate::network::Port;
use crate::observer::PeerObserver;
use crate::session::Session;
use crate::{SrtpProfile, demux};
use bytes::BytesMut;
use parking_lot::{Mutex, MutexGuard};
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A session that claims to be late is driven no more often than this.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// One peer.
pub struct Link {
    pub port: Arc<Port>,
    fragment: String,
    session: Mutex<Session>,
    observer: Arc<dyn PeerObserver>,
    /// Nanoseconds after the port's start.
    due: AtomicU64,
}

/// Datagrams that came together.
pub struct Datagrams<'a> {
    pub remote: SocketAddr,
    /// Our candidate that they came to.
    pub local: SocketAddr,
    pub bytes: &'a [u8],
    /// Bytes of each but the last; not zero.
    pub stride: usize,
}

/// A candidate of ours that a server had to be asked for.
#[derive(Clone)]
pub struct Late {
    pub candidate: RTCIceCandidateInit,
    /// Its address, when it is one at a TURN server.
    pub relayed: Option<SocketAddr>,
}

/// A locked session. When it is released, the I/O thread looks after what has changed.
pub struct Locked<'a> {
    link: &'a Link,
    session: MutexGuard<'a, Session>,
}

impl Link {
    pub fn new(port: Arc<Port>, session: Session, observer: Arc<dyn PeerObserver>) -> Link {
        let fragment = session.fragment().to_owned();
        Link { port, fragment, session: Mutex::new(session), observer, due: AtomicU64::new(0) }
    }

    pub fn fragment(&self) -> &str {
        &self.fragment
    }

    pub fn observer(&self) -> &dyn PeerObserver {
        self.observer.as_ref()
    }

    /// For the owner's calls.
    pub fn lock(&self) -> Locked<'_> {
        Locked { link: self, session: self.session.lock() }
    }

    /// For the owner's media: the I/O thread has nothing to do after it.
    pub fn lock_quietly(&self) -> MutexGuard<'_, Session> {
        self.session.lock()
    }

    /// When the I/O thread has to drive it.
    pub fn due(&self) -> u64 {
        self.due.load(Ordering::Acquire)
    }

    /// Drives the session, with datagrams if some came; then tells the observer. Only the I/O thread calls it.
    /// Returns whether the peer lives on.
    pub fn turn(&self, datagrams: Option<Datagrams<'_>>) -> bool {
        let now = Instant::now();
        let mut reports = Reports::default();
        let mut session = self.session.lock();
        if let Some(datagrams) = datagrams {
            for bytes in datagrams.bytes.chunks(datagrams.stride) {
                self.read(&mut session, &datagrams, bytes, now);
            }
            // Only checks of ICE change the pair, and only DTLS ends the connection.
            match datagrams.bytes.first() {
                Some(0..=3) if session.connected => session.choose_path(),
                Some(20..=63) if session.connected => session.hear_end(&mut reports),
                _ => {}
            }
        }
        let late = self.due() <= self.port.nanos(now) && !session.closed;
        if late && let Err(error) = session.rtc.handle_timeout(now) {
            tracing::debug!(%error, "timer");
        }
        session.report(now);
        session.transmit(&self.port);
        session.collect(&self.port, now, &mut reports);
        if session.ask(now) {
            session.transmit(&self.port);
        }
        let due = session.due().map_or(u64::MAX, |due| self.port.nanos(due.max(now + SHORTEST_WAIT)));
        self.due.store(due, Ordering::Release);
        let closed = session.closed;
        drop(session);
        reports.deliver(self.observer());
        !closed
    }

    /// A server that was asked has answered with a candidate of ours, or will not; the observer hears of it.
    pub fn gathered(&self, late: Option<Late>) {
        let (told, done) = {
            let mut session = self.lock();
            let done = session.asked == 1;
            session.asked = session.asked.saturating_sub(1);
            let told = late.and_then(|late| {
                session.relayed = late.relayed.or(session.relayed);
                session.gather_late(late.candidate).unwrap_or_else(|error| {
                    tracing::debug!(%error, "a candidate of ours");
                    None
                })
            });
            (told, done)
        };
        if let Some(candidate) = told {
            self.observer.candidate(candidate);
        }
        if done {
            self.observer.gathering_done();
        }
    }

    fn read(&self, session: &mut Session, from: &Datagrams<'_>, bytes: &[u8], now: Instant) {
        // `rtc` would take it for authentic as it is.
        let unauthenticated = session
            .path
            .sealer
            .as_ref()
            .is_some_and(|sealer| sealer.profile() == SrtpProfile::AesCmSha1 && demux::is_bare_rtcp(bytes));
        if unauthenticated {
            tracing::debug!("RTCP that says that it is not encrypted");
            return;
        }
        let transport = TransportContext {
            local_addr: from.local,
            peer_addr: from.remote,
            transport_protocol: TransportProtocol::UDP,
            ecn: None,
        };
        let datagram = TaggedBytesMut { now, transport, message: BytesMut::from(bytes) };
        if let Err(error) = session.rtc.handle_read(datagram) {
            tracing::debug!(%error, "datagram refused");
        }
    }

    /// Ends the connection: the remote hears of it, and the I/O thread forgets the peer.
    pub fn close(&self) {
        let mut session = self.lock();
        if !session.closed {
            if let Err(error) = session.rtc.close() {
                tracing::debug!(%error, "closing");
            }
            session.closed = true;
            session.connected = false;
        }
    }
}

impl std::ops::Deref for Locked<'_> {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

impl std::ops::DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.session.transmit(&self.link.port);
        self.link.due.store(0, Ordering::Release);
        self.link.port.wake();
    }
}
