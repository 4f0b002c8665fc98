//! The UDP socket: reads what the system has joined (GRO), sends runs of equal datagrams by one call (GSO).

use nix::poll::{PollFd, PollFlags, poll};
use quinn_udp::{RecvMeta, Transmit, UdpSocketState};
use socket2::{Domain, Type};
use std::io::{self, ErrorKind, IoSliceMut};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

/// What one read can bring: as much as the system joins.
pub const LONGEST_READ: usize = 64 * 1024;
/// What the system may hold for us while the thread is busy: a second of some dozens of streams.
const SOCKET_BUFFER: usize = 4 * 1024 * 1024;

/// How long sending waits when the system's buffer is full.
const LONGEST_WAIT: u8 = 20;

/// A bound socket. Reading does not wait; sending does, for a while, when the system's buffer is full.
pub struct Socket {
    udp: UdpSocket,
    state: UdpSocketState,
}

/// Datagrams of one remote that came together: `stride` bytes each, but for the last, which may be shorter.
pub struct Arrival {
    pub remote: SocketAddr,
    /// Where they were sent to, when the system tells.
    pub local: Option<IpAddr>,
    pub length: usize,
    pub stride: usize,
}

impl Socket {
    /// An IPv6 socket takes IPv4 too.
    pub fn open(listen: SocketAddr) -> io::Result<Socket> {
        let socket = socket2::Socket::new(Domain::for_address(listen), Type::DGRAM, None)?;
        if listen.is_ipv6() {
            socket.set_only_v6(false)?;
        }
        // The system may allow less; then less it is.
        let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
        let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
        socket.bind(&listen.into())?;
        // This makes the socket non-blocking, too.
        let state = UdpSocketState::new((&socket).into())?;
        Ok(Socket { udp: socket.into(), state })
    }

    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.udp.local_addr()
    }

    /// Reads what has come together.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Arrival> {
        let mut metas = [RecvMeta::default()];
        self.state.recv((&self.udp).into(), &mut [IoSliceMut::new(buffer)], &mut metas)?;
        let [meta] = metas;
        let (length, stride) = (meta.len.min(buffer.len()), meta.stride.max(1));
        Ok(Arrival { remote: meta.addr, local: meta.dst_ip, length, stride })
    }

    /// Sends `datagrams`, each of `size` bytes but for the last, which may be shorter. Returns how many were refused.
    pub fn send(&self, datagrams: &[u8], size: usize, remote: SocketAddr) -> usize {
        let size = size.max(1);
        let several = datagrams.len() > size;
        if several && self.state.max_gso_segments() > 1 {
            let (segment_size, contents) = (Some(size), datagrams);
            let run = Transmit { destination: remote, ecn: None, contents, segment_size, src_ip: None };
            // A device that cannot do it refuses the run as a whole; then the datagrams go one by one.
            if self.patiently(|| self.state.try_send((&self.udp).into(), &run)).is_ok() {
                return 0;
            }
        }
        let refused = |datagram: &&[u8]| self.patiently(|| self.udp.send_to(datagram, remote)).is_err();
        datagrams.chunks(size).filter(refused).count()
    }

    /// Sends once more when the buffer has room again.
    fn patiently<T>(&self, send: impl Fn() -> io::Result<T>) -> io::Result<T> {
        match send() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                // Whether it has room or not shows in the result of the second attempt.
                let _ = poll(&mut [PollFd::new(self.udp.as_fd(), PollFlags::POLLOUT)], LONGEST_WAIT);
                send()
            }
            result => result,
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.udp.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waker::Waker;
    use std::time::Duration;

    #[test]
    fn run_arrives_as_the_datagrams_that_it_was_made_of() {
        let open = || Socket::open(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a socket");
        let (from, to) = (open(), open());
        let run: Vec<u8> = (0..5u8).flat_map(|number| [number; 1_000]).chain([5; 300]).collect();
        assert_eq!(from.send(&run, 1_000, to.local_addr().expect("an address")), 0);
        let (mut came, mut buffer) = (Vec::new(), vec![0; LONGEST_READ]);
        while came.len() < run.len() {
            assert!(Waker::new().expect("a waker").wait(to.as_fd(), Some(Duration::from_secs(5))), "nothing came");
            let arrival = to.receive(&mut buffer).expect("a datagram");
            assert_eq!(arrival.remote, from.local_addr().expect("an address"));
            assert!(arrival.stride == 1_000 || arrival.length == 300);
            came.extend_from_slice(&buffer[..arrival.length]);
        }
        assert_eq!(came, run);
    }
}
