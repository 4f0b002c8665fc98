//! The sockets of one endpoint, and the session that speaks through them.

use super::ports::PortPair;
use crate::rtp::{Port, Receiver};
use parking_lot::Mutex;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use trellis_graph::{Clock, Flush};
use trellis_media::{Codec, Kind, MediaTime, RtpPacket};
use trellis_rtp::session::{Component, Datagram, Ntp, Session, SessionEvent};

/// Datagrams of one socket that are read at a time: others have their turn, too.
const BATCH: usize = 64;
/// No packet that media is sent in is longer.
const LONGEST_PACKET: usize = 2_048;
/// Seconds from 1900, where NTP begins, to 1970.
const NTP_EPOCH: u64 = 2_208_988_800;

/// Any number; another one each time.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Hears what happens in the session; called on the RTP thread, while nothing is locked.
pub(crate) trait Observer: Send + Sync {
    /// Never empty.
    fn happened(&self, events: Vec<SessionEvent>);
}

/// The sockets of an endpoint. Packets are pushed under the pipeline's lock, and sent when it has been released.
pub(crate) struct Transport {
    ports: Vec<(Kind, PortPair)>,
    session: Mutex<Session>,
    clock: Arc<dyn Clock>,
    receiver: Receiver,
    closed: AtomicBool,
    /// Held while sending, so that packets keep their order.
    sending: Mutex<Vec<Datagram>>,
}

impl Transport {
    /// Receives for a session from now on.
    ///
    /// # Errors
    /// When too many ports are open.
    pub fn start(
        (ports, session): (Vec<(Kind, PortPair)>, Session),
        clock: Arc<dyn Clock>,
        receiver: Receiver,
        observer: Arc<dyn Observer>,
    ) -> io::Result<Arc<Transport>> {
        let transport = Arc::new(Transport {
            ports,
            session: Mutex::new(session),
            clock,
            receiver: receiver.clone(),
            closed: AtomicBool::new(false),
            sending: Mutex::default(),
        });
        receiver.add(Arrivals { transport: Arc::clone(&transport), observer })?;
        Ok(transport)
    }

    /// NTP time at zero of a clock.
    pub fn ntp_at_zero(clock: &dyn Clock) -> Ntp {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let time = since_1970 + Duration::from_secs(NTP_EPOCH);
        let now = Ntp((time.as_secs() << 32) | ((u64::from(time.subsec_nanos()) << 32) / 1_000_000_000));
        now.after(MediaTime::ZERO - clock.now())
    }

    /// A packet of the pipeline; whether there is something to flush.
    pub fn push(&self, kind: Kind, codec: Codec, packet: (&RtpPacket, MediaTime), now: MediaTime) -> bool {
        self.session.lock().push(kind, codec, packet, now)
    }

    /// Asks the remote for a key picture, with the next flush.
    pub fn request_keyframe(&self, now: MediaTime) {
        self.session.lock().request_keyframe(now);
    }

    /// Looks at the session.
    pub fn with<T>(&self, look: impl FnOnce(&mut Session) -> T) -> T {
        look(&mut self.session.lock())
    }

    /// Says farewell, and lets go of the ports.
    pub fn close(&self) {
        if self.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        self.session.lock().farewell(self.clock.now());
        self.flush();
        self.receiver.call();
    }

    fn socket(&self, kind: Kind, component: Component) -> Option<&UdpSocket> {
        let (_, pair) = self.ports.iter().find(|(known, _)| *known == kind)?;
        Some(if component == Component::Rtp { &pair.rtp } else { &pair.rtcp })
    }

    fn send(&self, datagram: &Datagram) {
        let Some(socket) = self.socket(datagram.kind, datagram.component) else { return };
        let send = || socket.send_to(&datagram.bytes, datagram.to);
        // A refusal is the answer to a packet before this one, when nobody listened.
        let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        if let Err(error) = send().or_else(|error| if refused(&error) { send() } else { Err(error) }) {
            // Lost, as datagrams are: the remote's reports count it.
            tracing::debug!(%error, "a datagram was not sent");
        }
    }
}

impl Flush for Transport {
    fn flush(&self) {
        let mut sending = self.sending.lock();
        self.session.lock().take_waiting(&mut sending);
        sending.iter().for_each(|datagram| self.send(datagram));
    }
}

/// What comes to an endpoint's ports.
struct Arrivals {
    transport: Arc<Transport>,
    observer: Arc<dyn Observer>,
}

impl Arrivals {
    fn tell(&self, events: Vec<SessionEvent>) {
        self.transport.flush();
        if !events.is_empty() {
            self.observer.happened(events);
        }
    }
}

impl Port for Arrivals {
    fn sockets(&self) -> Vec<&UdpSocket> {
        self.transport.ports.iter().flat_map(|(_, pair)| [&pair.rtp, &pair.rtcp]).collect()
    }

    fn is_wanted(&self) -> bool {
        !self.transport.closed.load(Ordering::Acquire)
    }

    fn receive(&mut self, socket: usize) {
        let component = if socket.is_multiple_of(2) { Component::Rtp } else { Component::Rtcp };
        let Some((kind, _)) = self.transport.ports.get(socket / 2) else { return };
        let Some(socket) = self.transport.socket(*kind, component) else { return };
        let mut events = Vec::new();
        let mut buffer = [0; LONGEST_PACKET];
        for _ in 0..BATCH {
            // What came back for a datagram of ours says nothing about the next that comes in.
            let Ok((length, from)) = socket.recv_from(&mut buffer) else { break };
            let mut session = self.transport.session.lock();
            events.extend(session.handle((*kind, component), from, &buffer[..length], self.transport.clock.now()));
        }
        self.tell(events);
    }

    fn tick(&mut self) {
        let events = self.transport.session.lock().tick(self.transport.clock.now());
        self.tell(events);
    }
}
