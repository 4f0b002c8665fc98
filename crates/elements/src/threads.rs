//! Threads that wait for networks, where a library knows no other way: as many as there are connections at work, and
//! never more than a bound.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Of these threads in this process.
const MOST: usize = 512;

static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Runs work that may wait for a network on a thread of its own.
///
/// # Errors
/// When there are too many, or the system has no more.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let place = Place::take()?;
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _place = place;
        work();
    })?;
    Ok(())
}

struct Place;

impl Place {
    fn take() -> io::Result<Place> {
        if WAITING.fetch_add(1, Ordering::Relaxed) >= MOST {
            WAITING.fetch_sub(1, Ordering::Relaxed);
            return Err(io::Error::other("too many connections to other servers are at work"));
        }
        Ok(Place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}
