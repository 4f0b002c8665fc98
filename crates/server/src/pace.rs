//! The rate that one client's requests are read at.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The pace of one connection.
pub struct Pace {
    requests_per_second: Option<u32>,
    /// When the next request may be begun.
    next: Instant,
}

impl Pace {
    pub fn new(requests_per_second: Option<u32>) -> Pace {
        Pace { requests_per_second, next: Instant::now() }
    }

    /// A second's worth may come at once; then the connection is not read faster than its rate.
    pub async fn keep(&mut self) {
        let Some(rate) = self.requests_per_second.filter(|rate| *rate > 0) else { return };
        let now = Instant::now();
        let second = Duration::from_secs(1);
        self.next = self.next.max(now.checked_sub(second).unwrap_or(now)) + second / rate;
        if self.next > now {
            sleep_until(self.next).await;
        }
    }
}
