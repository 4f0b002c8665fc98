//! The threads of calls into objects: as many as `limits.call_threads` says, each there while it is needed.

use crate::config::Limits;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;

/// A call that takes longer is told of in the log.
const SLOW: Duration = Duration::from_secs(2);
/// A call that finds no thread for so long is refused.
const NO_THREAD: Duration = Duration::from_secs(1);

/// What a call that found no thread is refused with.
pub const NONE_FREE: &str = "limits.call_threads is reached: all threads wait for slow objects";

/// The threads of calls. Clones are the same ones.
#[derive(Clone)]
pub struct Threads(Arc<Semaphore>);

/// One of them.
pub struct Thread(OwnedSemaphorePermit);

impl Threads {
    pub fn new(limits: &Limits) -> Threads {
        Threads(Arc::new(Semaphore::new(limits.call_threads.clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// A thread; `None` when none became free in time.
    pub async fn take(&self) -> Option<Thread> {
        let permit = timeout(NO_THREAD, Arc::clone(&self.0).acquire_owned()).await;
        permit.ok()?.ok().map(Thread)
    }
}

impl Thread {
    /// Does work that may take long. It is done to its end even if nobody waits for it any more.
    pub async fn run<T: Send + 'static>(
        self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let mut work = spawn_blocking(move || {
            let _permit = self.0;
            work()
        });
        match timeout(SLOW, &mut work).await {
            Ok(done) => done,
            Err(_) => {
                tracing::warn!(call = name, "takes long");
                work.await
            }
        }
    }
}
