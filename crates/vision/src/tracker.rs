//! Faces between two looks: followed, smoothed, held for a moment when they are lost.

use crate::Area;
use trellis_media::MediaTime;

/// A face that is not seen again is held this long.
const HOLD: MediaTime = MediaTime::from_millis(600);
/// A newly seen face is the known one when they overlap this much.
const SAME: f64 = 0.15;
/// How much of the way to the seen place a face goes with each look.
const PULL: f64 = 0.6;
/// Faces followed at once.
const MAX_FACES: usize = 16;
/// Sides are given in multiples of this: what is drawn on a face that trembles need not be scaled anew each time.
const SIDE_STEP: f64 = 4.0;

/// Follows faces.
#[derive(Clone, Debug, Default)]
pub struct FaceTracker {
    faces: Vec<Face>,
}

#[derive(Clone, Debug)]
struct Face {
    /// Centre and size.
    place: [f64; 4],
    /// Change of the place in a second.
    speed: [f64; 4],
    time: MediaTime,
}

impl Face {
    fn at(&self, time: MediaTime) -> [f64; 4] {
        // A prediction further ahead than the hold leads astray.
        let ahead = (time - self.time).min(HOLD).secs_f64().max(0.0);
        std::array::from_fn(|index| self.place[index] + self.speed[index] * ahead)
    }
}

fn place(area: &Area) -> [f64; 4] {
    let (width, height) = (f64::from(area.width), f64::from(area.height));
    [f64::from(area.x) + width / 2.0, f64::from(area.y) + height / 2.0, width, height]
}

fn area([x, y, width, height]: [f64; 4]) -> Area {
    let side = |length: f64| (length / SIDE_STEP).round().max(1.0) * SIDE_STEP;
    let (width, height) = (side(width), side(height));
    let edge = |middle: f64, length: f64| (middle - length / 2.0).round() as i32;
    Area { x: edge(x, width), y: edge(y, height), width: width as u32, height: height as u32 }
}

impl FaceTracker {
    /// Follows nothing yet.
    pub fn new() -> FaceTracker {
        Self::default()
    }

    /// Takes what a look at the picture of `time` has found.
    pub fn update(&mut self, time: MediaTime, found: &[Area]) {
        let mut unseen: Vec<Area> = found.to_vec();
        for face in &mut self.faces {
            let expected = area(face.at(time));
            let best = (0..unseen.len())
                .max_by(|a, b| unseen[*a].overlap(&expected).total_cmp(&unseen[*b].overlap(&expected)));
            let Some(index) = best.filter(|index| unseen[*index].overlap(&expected) >= SAME) else { continue };
            let seen = place(&unseen.swap_remove(index));
            let predicted = face.at(time);
            let passed = (time - face.time).secs_f64();
            let old = face.place;
            face.place = std::array::from_fn(|index| predicted[index] + PULL * (seen[index] - predicted[index]));
            if passed > 0.0 {
                let speed: [f64; 4] = std::array::from_fn(|index| (face.place[index] - old[index]) / passed);
                face.speed = std::array::from_fn(|index| (face.speed[index] + speed[index]) / 2.0);
            }
            face.time = time;
        }
        self.faces.retain(|face| time - face.time <= HOLD);
        let room = MAX_FACES.saturating_sub(self.faces.len());
        let fresh = unseen.iter().take(room).map(|seen| Face { place: place(seen), speed: [0.0; 4], time });
        self.faces.extend(fresh);
    }

    /// Where the faces are at a time.
    pub fn positions(&self, time: MediaTime) -> Vec<Area> {
        self.faces.iter().filter(|face| time - face.time <= HOLD).map(|face| area(face.at(time))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: i64) -> MediaTime {
        MediaTime::from_millis(millis)
    }

    #[test]
    fn a_face_that_moves_steadily_is_where_it_should_be_between_looks() {
        let mut tracker = FaceTracker::new();
        let face = |at: i64| Area { x: (at / 10) as i32, y: 50, width: 80, height: 80 };
        for look in 0..10 {
            tracker.update(millis(look * 200), &[face(look * 200)]);
        }
        let [found] = tracker.positions(millis(1_900))[..] else { panic!("one face") };
        assert!((found.x - face(1_900).x).abs() <= 6, "{found:?} is not near {:?}", face(1_900));
    }

    #[test]
    fn a_lost_face_is_held_for_a_moment_and_then_gone() {
        let mut tracker = FaceTracker::new();
        tracker.update(millis(0), &[Area { x: 0, y: 0, width: 50, height: 50 }]);
        tracker.update(millis(200), &[]);
        assert_eq!(tracker.positions(millis(400)).len(), 1);
        assert_eq!(tracker.positions(millis(700)).len(), 0);
    }

    #[test]
    fn a_face_that_trembles_keeps_its_size() {
        let mut tracker = FaceTracker::new();
        let mut sizes = std::collections::BTreeSet::new();
        for look in 0..40 {
            let tremble = look as u32 % 2;
            let face = Area { x: 100 - tremble as i32, y: 50, width: 80 + tremble, height: 80 + tremble };
            tracker.update(millis(look * 100), &[face]);
            sizes.extend(tracker.positions(millis(look * 100 + 50)).iter().map(|face| (face.width, face.height)));
        }
        assert_eq!(Vec::from_iter(sizes), [(80, 80)]);
    }

    #[test]
    fn two_faces_that_come_close_stay_two_and_do_not_change_places() {
        let mut tracker = FaceTracker::new();
        let faces = |look: i32| {
            let left = Area { x: 100 + look * 4, y: 50, width: 80, height: 80 };
            [left, Area { x: 400 - look * 4, ..left }]
        };
        for look in 0..28 {
            tracker.update(millis(i64::from(look) * 100), &faces(look));
        }
        let found = tracker.positions(millis(2_700));
        assert_eq!(found.len(), 2);
        for (is, should) in found.iter().zip(faces(27)) {
            assert!(is.overlap(&should) > 0.8, "{is:?} is not {should:?}");
        }
    }

    #[test]
    fn faces_are_bounded_whatever_is_found() {
        let mut tracker = FaceTracker::new();
        let crowd: Vec<Area> = (0..100).map(|n| Area { x: n * 100, y: 0, width: 50, height: 50 }).collect();
        tracker.update(millis(0), &crowd);
        assert_eq!(tracker.positions(millis(0)).len(), MAX_FACES);
    }
}
