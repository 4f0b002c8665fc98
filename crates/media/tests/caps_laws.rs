//! The laws of the caps algebra, on many small random constraints, alternatives and caps, each against the plain
//! meaning: which of all small numbers and formats are accepted.

use trellis_media::{Alternative, Caps, Codec, Constraint, Field, Format, Kind};

const CASES: u64 = 4_000;
const LARGEST: u32 = 4;
const FIELDS: [Field; 3] = [Field::Width, Field::Height, Field::FrameRate];

/// SplitMix64 (public domain, S. Vigna).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) % u64::from(limit)) as u32
    }

    /// Any constraint, also senseless ones: the number 0, ranges that are upside down, empty lists, repetitions.
    fn constraint(&mut self) -> Constraint {
        let mut number = || self.below(LARGEST + 1);
        match number() {
            0 | 1 => Constraint::Any,
            2 => Constraint::One(number()),
            3 => Constraint::Range(number(), number()),
            _ => Constraint::Some((0..number()).map(|_| number()).collect()),
        }
    }

    fn alternative(&mut self) -> Alternative {
        FIELDS.iter().fold(Alternative::any(), |alternative, field| alternative.with(*field, self.constraint()))
    }

    fn caps(&mut self) -> Caps {
        (0..self.below(4)).map(|_| self.alternative()).collect()
    }
}

fn numbers() -> std::ops::RangeInclusive<u32> {
    0..=LARGEST + 1
}

fn formats() -> Vec<Format> {
    FIELDS.iter().fold(vec![Format::raw_video()], |formats, field| {
        formats.iter().flat_map(|format| numbers().map(|number| format.with(*field, number))).collect()
    })
}

#[test]
fn constraints_intersect_contain_and_fixate_by_what_they_allow() {
    for seed in 0..CASES {
        let random = &mut Random(seed);
        let (one, other) = (random.constraint(), random.constraint());
        let both = one.intersect(&other);
        let allowed = |constraint: &Constraint| numbers().filter(|n| constraint.allows(*n)).collect::<Vec<u32>>();
        let meaning: Vec<u32> = allowed(&one).into_iter().filter(|number| other.allows(*number)).collect();
        let text = format!("{one:?} and {other:?}: {both:?}");
        assert_eq!(both.as_ref().map(allowed).unwrap_or_default(), meaning, "{text}");
        assert_eq!(both.is_some(), !meaning.is_empty(), "{text}");
        assert_eq!(one.overlaps(&other), both.is_some(), "{text}");
        assert_eq!(other.intersect(&one).as_ref().map(allowed), both.as_ref().map(allowed), "{text}");
        assert_eq!(one.is_possible(), !allowed(&one).is_empty(), "{one:?}");
        let meant = allowed(&other).iter().all(|number| one.allows(*number));
        assert_eq!(one.contains(&other), meant, "{one:?} contains {other:?}");
        for number in numbers() {
            let nearest = one.nearest(number);
            assert_eq!(nearest.is_some(), one.is_possible(), "{one:?} near {number}");
            assert!(nearest.is_none_or(|nearest| one.allows(nearest)), "{one:?} near {number}");
            assert!(!one.allows(number) || nearest == Some(number), "{one:?} near {number}");
        }
    }
}

#[test]
fn alternatives_intersect_contain_and_fixate_by_what_they_accept() {
    let formats = formats();
    for seed in 0..CASES / 4 {
        let random = &mut Random(seed);
        let (one, other) = (random.alternative(), random.alternative());
        let both = one.intersect(&other);
        let accepted = formats.iter().filter(|format| one.accepts(format) && other.accepts(format));
        let meaning: Vec<&Format> = accepted.collect();
        assert_eq!(both.is_some(), !meaning.is_empty(), "seed {seed}");
        assert_eq!(one.overlaps(&other), both.is_some(), "seed {seed}");
        for format in &formats {
            let by_both = both.as_ref().is_some_and(|both| both.accepts(format));
            assert_eq!(by_both, one.accepts(format) && other.accepts(format), "seed {seed}: {format}");
            assert_eq!(one.all_failing(format).first().copied(), one.failing(format));
        }
        let meant = formats.iter().all(|format| one.accepts(format) || !other.accepts(format));
        assert_eq!(one.contains(&other), meant, "seed {seed}");
        let near = formats[random.below(formats.len() as u32) as usize];
        let fixed = one.fixate(&near);
        assert_eq!(fixed.is_some(), one.is_possible(), "seed {seed}");
        assert!(fixed.is_none_or(|fixed| one.accepts(&fixed)), "seed {seed}");
        assert!(!one.accepts(&near) || fixed == Some(near), "seed {seed}");
    }
}

#[test]
fn caps_intersect_to_what_both_accept_and_never_contain_too_much() {
    let formats = formats();
    for seed in 0..CASES / 4 {
        let random = &mut Random(seed);
        let (one, other, third) = (random.caps(), random.caps(), random.caps());
        let both = one.intersect(&other);
        let all = both.intersect(&third);
        for format in &formats {
            let by_both = one.accepts(format) && other.accepts(format);
            assert_eq!(both.accepts(format), by_both, "seed {seed}: {format}");
            assert_eq!(all.accepts(format), by_both && third.accepts(format), "seed {seed}: {format}");
        }
        assert!(one.contains(&one) && one.contains(&both) && other.contains(&both), "seed {seed}");
        assert!(!one.contains(&other) || formats.iter().all(|format| one.accepts(format) || !other.accepts(format)));
        let near = formats[random.below(formats.len() as u32) as usize];
        let fixed = one.fixate(&near);
        assert!(fixed.is_none_or(|fixed| one.accepts(&fixed)), "seed {seed}");
        assert_eq!(fixed.is_some(), one.alternatives().iter().any(Alternative::is_possible), "seed {seed}");
    }
}

#[test]
fn an_intersection_keeps_the_order_of_preference() {
    let caps = |text: &str| text.parse::<Caps>().unwrap_or_else(|error| panic!("{text}: {error}"));
    let both = caps("video/vp9 | video/vp8 | video/h264").intersect(&caps("video/h264 | video/vp9"));
    assert_eq!(both.to_string(), "video/vp9 | video/h264");
    let listed = |numbers: &[u32]| Constraint::Some(numbers.iter().copied().collect());
    assert_eq!(listed(&[3, 1, 2]).intersect(&listed(&[1, 3])), Some(listed(&[3, 1])));
}

#[test]
fn what_is_not_stated_satisfies_only_who_asks_nothing() {
    let unstated = Format::encoded(Codec::Vp8);
    assert!(Caps::any_of(Kind::Video).accepts(&unstated));
    for constraint in [Constraint::One(0), Constraint::Range(0, 9), Constraint::Some([0, 1].into_iter().collect())] {
        assert!(!Alternative::any().with(Field::Width, constraint.clone()).accepts(&unstated), "{constraint:?}");
    }
}

#[test]
fn fixating_changes_as_little_as_it_must() {
    let limit = |low, high| Alternative::any().with(Field::Width, Constraint::Range(low, high));
    let wide = |width| Format::raw_video().with(Field::Width, width);
    assert_eq!(limit(1, 1280).fixate(&wide(1920)), Some(wide(1280)));
    assert_eq!(limit(640, 1280).fixate(&wide(320)), Some(wide(640)));
    assert_eq!(limit(640, 1280).fixate(&wide(800)), Some(wide(800)));
    assert_eq!(limit(640, 1280).fixate(&wide(0)), Some(wide(1280)));
    assert_eq!(limit(640, u32::MAX).fixate(&wide(0)), Some(wide(640)));
}
