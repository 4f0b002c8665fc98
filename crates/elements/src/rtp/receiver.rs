//! The thread that all RTP inputs of a process share.

use crate::rtp::Input;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use parking_lot::Mutex;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;

/// Inputs of a process; more are refused.
const MOST_INPUTS: usize = 1_024;
/// After this long, in milliseconds, it is seen that a pipeline is gone though nothing comes for it.
const SWEEP: u16 = 1_000;

/// A handle of the thread, which ends with the last of them. While it has no input it only waits.
#[derive(Clone)]
pub(crate) struct Receiver(Arc<Handle>);

struct Handle {
    newcomers: Arc<Mutex<Newcomers>>,
    wake: UnixStream,
}

#[derive(Default)]
struct Newcomers {
    inputs: Vec<Input>,
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
        let newcomers = Arc::new(Mutex::new(Newcomers::default()));
        let shared = Arc::clone(&newcomers);
        thread::Builder::new().name("rtp".into()).spawn(move || receive(&shared, &woken))?;
        Ok(Receiver(Arc::new(Handle { newcomers, wake })))
    }

    /// Receives for this input until its pipeline is gone.
    pub fn add(&self, input: Input) -> io::Result<()> {
        let mut newcomers = self.0.newcomers.lock();
        if newcomers.inputs.len() + newcomers.running >= MOST_INPUTS {
            return Err(io::Error::other(format!("{MOST_INPUTS} RTP inputs are open")));
        }
        newcomers.inputs.push(input);
        drop(newcomers);
        // It can only fail when it is full of calls that have not been heard.
        let _ = (&self.0.wake).write(&[0]);
        Ok(())
    }
}

fn receive(newcomers: &Mutex<Newcomers>, woken: &UnixStream) {
    let mut inputs: Vec<Input> = Vec::new();
    let mut ready = Vec::new();
    loop {
        let mut called = [0; 64];
        while (&*woken).read(&mut called).is_ok_and(|count| count > 0) {}
        inputs.retain(Input::is_wanted);
        {
            let mut newcomers = newcomers.lock();
            if newcomers.stopped {
                return;
            }
            inputs.append(&mut newcomers.inputs);
            newcomers.running = inputs.len();
        }
        wait(woken, &inputs, &mut ready);
        for (input, _) in inputs.iter_mut().zip(&ready).filter(|(_, ready)| **ready) {
            input.receive();
        }
    }
}

/// Sleeps until something has come or somebody calls; which of the inputs can be read.
fn wait(woken: &UnixStream, inputs: &[Input], ready: &mut Vec<bool>) {
    let sockets = inputs.iter().map(|input| input.socket().as_fd());
    let mut waited: Vec<PollFd> =
        sockets.chain([woken.as_fd()]).map(|socket| PollFd::new(socket, PollFlags::POLLIN)).collect();
    let limit = if inputs.is_empty() { PollTimeout::NONE } else { PollTimeout::from(SWEEP) };
    let any = poll(&mut waited, limit).is_ok_and(|count| count > 0);
    ready.clear();
    ready.extend(waited[..inputs.len()].iter().map(|waited| any && waited.any().unwrap_or(true)));
}
