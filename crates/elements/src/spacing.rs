//! Requests for key pictures, at a distance from each other: one is on its way already.

use trellis_media::MediaTime;

/// A remote is asked for key pictures no more often than this.
const SPACING: MediaTime = MediaTime::from_millis(300);

/// When a remote was asked.
#[derive(Default)]
pub(crate) struct Spacing {
    last: Option<MediaTime>,
    /// One is wanted when the distance is over.
    pending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Now,
    /// At this time, once more [`Spacing::due`].
    Later(MediaTime),
    /// It will be asked anyway.
    Already,
}

impl Spacing {
    pub fn want(&mut self, now: MediaTime) -> Ask {
        match self.last.map(|last| last + SPACING).filter(|free| now < *free) {
            Some(_) if self.pending => Ask::Already,
            Some(free) => {
                self.pending = true;
                Ask::Later(free)
            }
            None => {
                *self = Spacing { last: Some(now), pending: false };
                Ask::Now
            }
        }
    }

    pub fn due(&mut self, now: MediaTime) -> bool {
        std::mem::take(&mut self.pending) && self.want(now) == Ask::Now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_pictures_are_asked_for_at_a_distance_and_none_is_forgotten() {
        let millis = MediaTime::from_millis;
        let mut spacing = Spacing::default();
        let asked = [1_000, 1_010, 1_299].map(|time| spacing.want(millis(time)));
        assert_eq!(asked, [Ask::Now, Ask::Later(millis(1_300)), Ask::Already]);
        assert!(spacing.due(millis(1_300)) && !spacing.due(millis(1_600)), "once");
        assert_eq!(spacing.want(millis(1_500)), Ask::Later(millis(1_600)));
        assert!(spacing.due(millis(1_600)));
        assert_eq!(spacing.want(millis(5_000)), Ask::Now);
    }
}
