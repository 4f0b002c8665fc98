//! Which packets of a received stream are missing, and when to ask for them (RFC 4585 section 6.2.1).
//!
//! A hole is asked for as soon as it shows and again each round trip: a receiver further on gives up after some ten
//! round trips of its own, so that what is repaired late is repaired for nobody.

use crate::tally::Arrived;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Holes that are asked for at a time. Behind a longer one only a key picture helps.
const MOST_HOLES: usize = 256;
const MOST_REQUESTS: u8 = 10;
/// As long as nobody has measured it.
const ROUND_TRIP: Duration = Duration::from_millis(40);

/// The holes of one stream.
#[derive(Default)]
pub struct Missing {
    highest: Option<u16>,
    /// In the order of their numbers.
    holes: VecDeque<Hole>,
}

struct Hole {
    sequence: u16,
    requests: u8,
    next: Instant,
}

impl Missing {
    /// A packet came for the first time.
    pub fn packet(&mut self, sequence: u16, now: Instant) -> Arrived {
        let Some(highest) = self.highest else {
            self.highest = Some(sequence);
            return Arrived::Unasked;
        };
        let ahead = sequence.wrapping_sub(highest);
        if ahead >= 1 << 15 {
            let place = self.holes.iter().position(|hole| hole.sequence == sequence);
            let hole = place.and_then(|place| self.holes.remove(place));
            return if hole.is_some_and(|hole| hole.requests > 0) { Arrived::Repaired } else { Arrived::Unasked };
        }
        self.highest = Some(sequence);
        if usize::from(ahead) > MOST_HOLES {
            self.holes.clear();
            return Arrived::Unasked;
        }
        for step in 1..ahead {
            if self.holes.len() == MOST_HOLES {
                self.holes.pop_front();
            }
            self.holes.push_back(Hole { sequence: highest.wrapping_add(step), requests: 0, next: now });
        }
        Arrived::Unasked
    }

    /// When there is something to ask for.
    pub fn due(&self) -> Option<Instant> {
        self.holes.iter().map(|hole| hole.next).min()
    }

    /// The packets to ask for now.
    pub fn ask(&mut self, now: Instant, round_trip: Option<Duration>) -> Vec<u16> {
        let pause = round_trip.unwrap_or(ROUND_TRIP).clamp(Duration::from_millis(10), Duration::from_millis(200));
        self.holes.retain(|hole| hole.requests < MOST_REQUESTS || hole.next > now);
        let due = self.holes.iter_mut().filter(|hole| hole.next <= now);
        let ask = |hole: &mut Hole| {
            hole.requests += 1;
            hole.next = now + pause;
            hole.sequence
        };
        due.map(ask).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIP: Option<Duration> = Some(Duration::from_millis(20));

    #[test]
    fn hole_is_asked_for_at_once_and_each_round_trip_until_it_is_filled() {
        let (mut missing, now) = (Missing::default(), Instant::now());
        for sequence in [65_534, 65_535, 2] {
            missing.packet(sequence, now);
        }
        assert_eq!(missing.due(), Some(now));
        assert_eq!(missing.ask(now, TRIP), [0, 1]);
        assert!(missing.ask(now + Duration::from_millis(19), TRIP).is_empty());
        assert_eq!(missing.packet(0, now + Duration::from_millis(19)), Arrived::Repaired);
        assert_eq!(missing.ask(now + Duration::from_millis(20), TRIP), [1]);
        missing.packet(1, now + Duration::from_millis(21));
        assert_eq!(missing.due(), None);
    }

    #[test]
    fn packet_that_never_comes_is_given_up() {
        let (mut missing, mut now) = (Missing::default(), Instant::now());
        for sequence in [1, 3] {
            missing.packet(sequence, now);
        }
        let mut requests = 0;
        while missing.due().is_some() {
            requests += missing.ask(now, TRIP).len();
            now += Duration::from_millis(20);
        }
        assert_eq!(requests, 10);
    }

    #[test]
    fn long_holes_are_not_asked_for_and_many_short_ones_are_bounded() {
        let (mut missing, now) = (Missing::default(), Instant::now());
        for sequence in [1, 3, 1_000] {
            missing.packet(sequence, now);
        }
        assert_eq!(missing.due(), None);
        for number in 0..2_000u16 {
            missing.packet(1_000 + 2 * number, now);
        }
        assert_eq!(missing.ask(now, TRIP).len(), MOST_HOLES);
    }
}
