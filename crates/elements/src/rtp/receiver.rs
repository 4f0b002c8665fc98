//! The thread that all RTP ports of a process share.

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::UdpSocket;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Ports of a process; more are refused.
const MOST_PORTS: usize = 4_096;
/// Sockets of one port.
const MOST_SOCKETS: u64 = 8;
/// Between two looks at what no datagram tells: reports that are due, ports that nobody wants any more.
const TICK: Duration = Duration::from_millis(200);
/// Sockets that are read between two waits.
const READY: usize = 64;
/// The mark of the call among the sockets.
const CALL: u64 = u64::MAX;

/// Sockets that belong together, and what is done with what comes to them.
pub(crate) trait Port: Send {
    /// Its sockets, at most eight; they do not block, and stay as they are.
    fn sockets(&self) -> Vec<&UdpSocket>;
    /// Whether there is anybody to receive for.
    fn is_wanted(&self) -> bool;
    /// Takes in what has come to one of the sockets, or a part of it.
    fn receive(&mut self, socket: usize);
    /// Does what is due by the time.
    fn tick(&mut self) {}
}

/// A handle of the thread, which ends with the last of them. While it has no port it only waits.
#[derive(Clone)]
pub(crate) struct Receiver(Arc<Handle>);

struct Handle {
    newcomers: Arc<Mutex<Newcomers>>,
    wake: UnixStream,
}

#[derive(Default)]
struct Newcomers {
    ports: Vec<Box<dyn Port>>,
    /// Those that the thread has taken over.
    running: usize,
    stopped: bool,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.newcomers.lock().stopped = true;
        let _ = (&self.wake).write(&[0]);
    }
}

impl Receiver {
    pub fn start() -> io::Result<Receiver> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(&woken, EpollEvent::new(EpollFlags::EPOLLIN, CALL))?;
        let newcomers = Arc::new(Mutex::new(Newcomers::default()));
        let mut ports = Ports { epoll, ports: HashMap::new(), next: 0 };
        let shared = Arc::clone(&newcomers);
        thread::Builder::new().name("rtp".into()).spawn(move || ports.run(&shared, &woken))?;
        Ok(Receiver(Arc::new(Handle { newcomers, wake })))
    }

    /// Receives for this port as long as it is wanted.
    pub fn add(&self, port: impl Port + 'static) -> io::Result<()> {
        let mut newcomers = self.0.newcomers.lock();
        if newcomers.ports.len() + newcomers.running >= MOST_PORTS {
            return Err(io::Error::other(format!("{MOST_PORTS} RTP ports are open")));
        }
        newcomers.ports.push(Box::new(port));
        drop(newcomers);
        self.call();
        Ok(())
    }

    /// Has the thread look now whether its ports are still wanted.
    pub fn call(&self) {
        // It can only fail when it is full of calls that have not been heard.
        let _ = (&self.0.wake).write(&[0]);
    }
}

/// The ports that the thread has.
struct Ports {
    epoll: Epoll,
    ports: HashMap<u64, Box<dyn Port>>,
    next: u64,
}

impl Ports {
    fn run(&mut self, newcomers: &Mutex<Newcomers>, woken: &UnixStream) {
        let mut ready = [EpollEvent::empty(); READY];
        let mut ticked = Instant::now();
        loop {
            let limit = if self.ports.is_empty() { EpollTimeout::NONE } else { timeout(ticked) };
            let count = self.epoll.wait(&mut ready, limit).unwrap_or(0);
            let called = ready[..count].iter().any(|event| event.data() == CALL);
            for event in ready[..count].iter().filter(|event| event.data() != CALL) {
                if let Some(port) = self.ports.get_mut(&(event.data() / MOST_SOCKETS)) {
                    port.receive((event.data() % MOST_SOCKETS) as usize);
                }
            }
            let due = ticked.elapsed() >= TICK;
            if called || due {
                let mut calls = [0; 64];
                while (&*woken).read(&mut calls).is_ok_and(|count| count > 0) {}
                self.sweep();
                let mut newcomers = newcomers.lock();
                if newcomers.stopped {
                    return;
                }
                newcomers.ports.drain(..).for_each(|port| self.add(port));
                newcomers.running = self.ports.len();
            }
            if due {
                ticked = Instant::now();
                self.ports.values_mut().for_each(|port| port.tick());
            }
        }
    }

    fn add(&mut self, port: Box<dyn Port>) {
        let number = self.next;
        self.next += 1;
        for (place, socket) in (0..MOST_SOCKETS).zip(port.sockets()) {
            let event = EpollEvent::new(EpollFlags::EPOLLIN, number * MOST_SOCKETS + place);
            if let Err(error) = self.epoll.add(socket, event) {
                tracing::error!(%error, "an RTP port will not receive");
            }
        }
        self.ports.insert(number, port);
    }

    /// Lets go of ports that nobody wants any more.
    fn sweep(&mut self) {
        let Ports { epoll, ports, .. } = self;
        ports.retain(|_, port| {
            let wanted = port.is_wanted();
            if !wanted {
                // A socket that somebody else still holds would go on to be waited for.
                for socket in port.sockets() {
                    let _ = epoll.delete(socket);
                }
            }
            wanted
        });
    }
}

/// What is left until the next tick, rounded up.
fn timeout(ticked: Instant) -> EpollTimeout {
    let left = TICK.saturating_sub(ticked.elapsed()).as_millis() as u16;
    EpollTimeout::from(left + 1)
}
