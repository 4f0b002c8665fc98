//! Whether a remote is heard: RTP or RTCP that it sealed.

use crate::observer::MediaState;
use std::time::{Duration, Instant};

/// A remote that has sent neither for so long is silent.
const SILENCE: Duration = Duration::from_secs(5);

/// When the remote was last heard, while it counts as heard.
#[derive(Default)]
pub struct Hearing(Option<Instant>);

impl Hearing {
    /// Something came; the state, if that changes it.
    pub fn came(&mut self, now: Instant) -> Option<MediaState> {
        self.0.replace(now).is_none().then_some(MediaState::Heard)
    }

    /// Time has passed; the state, if that changes it.
    pub fn passed(&mut self, now: Instant) -> Option<MediaState> {
        let silent = self.0.is_some_and(|heard| now.saturating_duration_since(heard) >= SILENCE);
        if silent { self.ended() } else { None }
    }

    /// Nothing more will come for now; the state, if that changes it.
    pub fn ended(&mut self) -> Option<MediaState> {
        self.0.take().map(|_| MediaState::Silent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_is_silent_after_five_seconds_and_heard_with_the_next_packet() {
        let (mut hearing, start) = (Hearing::default(), Instant::now());
        let after = |millis| start + Duration::from_millis(millis);
        assert_eq!((hearing.passed(after(9_000)), hearing.ended()), (None, None), "it was never heard");
        assert_eq!((hearing.came(start), hearing.came(after(1_000))), (Some(MediaState::Heard), None));
        assert_eq!(hearing.passed(after(5_999)), None);
        assert_eq!((hearing.passed(after(6_000)), hearing.passed(after(7_000))), (Some(MediaState::Silent), None));
        assert_eq!(hearing.came(after(8_000)), Some(MediaState::Heard));
        assert_eq!(hearing.ended(), Some(MediaState::Silent));
    }
}
