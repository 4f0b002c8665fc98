//! Faces of real pictures are found where another detector (OpenCV's, see the media catalogue) finds them.

mod support;

use support::{area, media, painted, sample, still};
use trellis_media::{MediaTime, Picture};
use trellis_vision::{Area, FaceDetector, FaceTracker, Overlay};

/// Two detectors that frame the same face do not cut it alike: one has the chin in, one the hair.
const SAME_FACE: f64 = 0.4;

#[track_caller]
fn finds(picture: &Picture, expected: &[[i32; 4]]) -> Vec<Area> {
    let found = FaceDetector::new().detect(picture);
    for face in expected {
        let best = found.iter().map(|one| one.overlap(&area(*face))).fold(0.0, f64::max);
        assert!(best >= SAME_FACE, "{face:?} is not among {found:?} (overlap {best:.2})");
    }
    found
}

#[test]
fn one_frontal_face_is_found_and_nothing_else() {
    let Some(astronaut) = still("face/astronaut.png") else { return };
    assert_eq!(finds(&astronaut, &[[177, 66, 95, 95]]).len(), 1);
}

#[test]
fn face_of_a_wide_picture_is_found() {
    let Some(portrait) = still("face/obama-480p.jpg") else { return };
    assert_eq!(finds(&portrait, &[[377, 41, 134, 134]]).len(), 1);
}

#[test]
fn two_people_are_two_faces() {
    let Some(people) = still("face/two_people.jpg") else { return };
    assert_eq!(finds(&people, &[[786, 65, 169, 169], [235, 29, 177, 177]]).len(), 2);
}

#[test]
fn face_in_a_picture_of_a_camera_is_found() {
    let Some(raw) = media("face/CiscoVT2people_320x192_12fps.yuv") else { return };
    let planes = Picture::black(320, 192).unwrap().planes();
    let starts = [0, 320 * 192, 320 * 192 * 5 / 4];
    let picture = painted(320, 192, |plane, x, y| raw[starts[plane] + y * planes[plane].width + x]);
    finds(&picture, &[[36, 10, 57, 57]]);
}

#[test]
fn no_face_is_found_where_there_is_none() {
    let mut detector = FaceDetector::new();
    assert!(detector.detect(&painted(640, 480, |_, x, y| (x ^ y) as u8)).is_empty());
    assert!(detector.detect(&Picture::black(1280, 720).unwrap()).is_empty());
    let Some(code) = still("codes/qrcode-2_1.png") else { return };
    assert!(detector.detect(&code).is_empty());
}

#[test]
fn pictures_of_any_size_are_looked_at_without_harm() {
    let mut detector = FaceDetector::new();
    for (width, height) in [(1, 1), (2, 500), (500, 2), (36, 36), (37, 41), (179, 121), (321, 241), (1919, 1079)] {
        detector.detect(&Picture::black(width, height).unwrap());
    }
}

#[test]
fn the_hat_sits_on_the_head() {
    let (Some(mut picture), Some(hat)) = (still("face/astronaut.png"), media("hat/tophat.png")) else { return };
    let before = picture.clone();
    let mut tracker = FaceTracker::new();
    tracker.update(MediaTime::ZERO, &FaceDetector::new().detect(&picture));
    let mut hat = Overlay::decode(&hat).unwrap();
    let [face] = tracker.positions(MediaTime::ZERO)[..] else { panic!("one face") };
    // Where the head of the baseline ends, in columns; the hat is as wide as the face, its brim at the forehead.
    hat.draw(&mut picture, Area { y: face.y - face.height as i32 * 9 / 10, ..face });
    let changed = |x: usize, y: usize| sample(&picture, 0, x, y) != sample(&before, 0, x, y);
    let count = |columns: std::ops::Range<usize>, rows: std::ops::Range<usize>| {
        columns.flat_map(|x| rows.clone().map(move |y| (x, y))).filter(|(x, y)| changed(*x, *y)).count()
    };
    let above = count(177..272, 0..66);
    assert!(above > 95 * 66 / 3, "only {above} pixels above the face are hat");
    assert_eq!(count(0..512, 100..512), 0, "hat on the chin or below");
    assert_eq!(count(0..140, 0..512) + count(310..512, 0..512), 0, "hat beside the head");
}
