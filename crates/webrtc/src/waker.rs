//! What the I/O thread waits for: datagrams, a call from another thread, or a moment.

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::time::TimeSpec;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Wakes one thread.
pub struct Waker {
    event: EventFd,
    /// The thread will look at its work before it sleeps, so that nobody has to wake it.
    awake: AtomicBool,
}

impl Waker {
    pub fn new() -> io::Result<Waker> {
        let event = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
        Ok(Waker { event, awake: AtomicBool::new(false) })
    }

    /// To be called when there is new work.
    pub fn wake(&self) {
        if !self.awake.swap(true, Ordering::SeqCst) {
            // It can only fail when it is full of calls that have not been heard.
            let _ = self.event.write(1);
        }
    }

    /// The thread is about to sleep. What work comes from here on, wakes it; so it looks for work once more.
    pub fn doze(&self) {
        self.awake.store(false, Ordering::SeqCst);
    }

    /// Sleeps until `socket` can be read, someone wakes the thread, or the time is over. Whether the socket can be read.
    pub fn wait(&self, socket: BorrowedFd<'_>, limit: Option<Duration>) -> bool {
        let mut waited = [PollFd::new(socket, PollFlags::POLLIN), PollFd::new(self.event.as_fd(), PollFlags::POLLIN)];
        let ready = ppoll(&mut waited, limit.map(TimeSpec::from), None).is_ok_and(|ready| ready > 0);
        self.awake.store(true, Ordering::SeqCst);
        let [read, called] = waited.map(|waited| ready && waited.any().unwrap_or(true));
        if called {
            let _ = self.event.read();
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::time::Instant;

    const LONG: Duration = Duration::from_secs(20);

    fn socket() -> UdpSocket {
        UdpSocket::bind(("127.0.0.1", 0)).expect("a socket")
    }

    #[test]
    fn sleeper_is_woken_by_a_call_a_datagram_or_the_time() {
        let (waker, socket, start) = (Waker::new().expect("a waker"), socket(), Instant::now());
        waker.doze();
        std::thread::scope(|scope| {
            scope.spawn(|| waker.wake());
            assert!(!waker.wait(socket.as_fd(), Some(LONG)));
        });
        socket.send_to(&[1], socket.local_addr().expect("an address")).expect("sent");
        assert!(waker.wait(socket.as_fd(), Some(LONG)));
        assert!(start.elapsed() < LONG / 2);
        let (waker, start) = (Waker::new().expect("a waker"), Instant::now());
        assert!(!waker.wait(self::socket().as_fd(), Some(Duration::from_micros(1_500))));
        assert!(start.elapsed() >= Duration::from_micros(1_500));
    }

    #[test]
    fn call_is_heard_once_and_not_before_it_is_needed() {
        let (waker, socket) = (Waker::new().expect("a waker"), socket());
        waker.wake();
        waker.wake();
        waker.doze();
        let start = Instant::now();
        assert!(!waker.wait(socket.as_fd(), Some(LONG)));
        assert!(start.elapsed() < LONG / 2);
        // Awake: the call costs nothing and is not heard later.
        waker.wake();
        waker.doze();
        assert!(!waker.wait(socket.as_fd(), Some(Duration::from_millis(30))));
        assert!(start.elapsed() >= Duration::from_millis(30));
    }
}
