//! The laws of the algebra of caps: intersection, containment, preference, fixation, and their written form.

use proptest::collection::vec;
use proptest::prelude::*;
use trellis_media::{
    Alternative, Caps, Codec, Colour, Constraint, Field, Format, FrameRate, Kind, Packetization, Profile,
};

/// Numbers small enough that everything meets everything.
const LARGEST: u32 = 5;
const FIELDS: [Field; 4] = [Field::Width, Field::Level, Field::Colour, Field::RateClass];

fn constraints() -> impl Strategy<Value = Constraint> {
    let number = || 0..=LARGEST;
    prop_oneof![
        3 => Just(Constraint::Any),
        2 => number().prop_map(Constraint::One),
        2 => vec(number(), 0..4).prop_map(|list| Constraint::Some(list.into_iter().collect())),
        2 => (number(), number()).prop_map(|(low, high)| Constraint::Range(low, high)),
    ]
}

fn alternatives() -> impl Strategy<Value = Alternative> {
    vec(constraints(), FIELDS.len()).prop_map(|constraints| {
        let pairs = FIELDS.into_iter().zip(constraints);
        pairs.fold(Alternative::any(), |alternative, (field, constraint)| alternative.with(field, constraint))
    })
}

fn caps() -> impl Strategy<Value = Caps> {
    vec(alternatives(), 0..4).prop_map(Caps::from_iter)
}

fn formats() -> impl Strategy<Value = Format> {
    vec(0..=LARGEST + 1, FIELDS.len()).prop_map(|values| {
        let pairs = FIELDS.into_iter().zip(values);
        pairs.fold(Format::raw_video(), |format, (field, value)| format.with(field, value))
    })
}

/// Many formats, to compare sets by.
fn samples() -> impl Strategy<Value = Vec<Format>> {
    vec(formats(), 60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_intersection_accepts_what_both_accept(one in caps(), other in caps(), samples in samples()) {
        let both = one.intersect(&other);
        for format in &samples {
            prop_assert_eq!(both.accepts(format), one.accepts(format) && other.accepts(format), "{}", format);
        }
    }

    #[test]
    fn intersection_commutes_as_a_set(one in caps(), other in caps(), samples in samples()) {
        let (there, back) = (one.intersect(&other), other.intersect(&one));
        for format in &samples {
            prop_assert_eq!(there.accepts(format), back.accepts(format), "{}", format);
        }
    }

    #[test]
    fn intersection_associates_as_a_set(one in caps(), other in caps(), third in caps(), samples in samples()) {
        let (left, right) = (one.intersect(&other).intersect(&third), one.intersect(&other.intersect(&third)));
        for format in &samples {
            prop_assert_eq!(left.accepts(format), right.accepts(format), "{}", format);
        }
    }

    #[test]
    fn an_intersection_with_itself_changes_nothing(one in caps(), samples in samples()) {
        let same = one.intersect(&one);
        for format in &samples {
            prop_assert_eq!(same.accepts(format), one.accepts(format), "{}", format);
        }
    }

    #[test]
    fn anything_is_neutral_and_nothing_absorbs(one in caps(), samples in samples()) {
        let with_any = one.intersect(&Alternative::any().into());
        for format in &samples {
            prop_assert_eq!(with_any.accepts(format), one.accepts(format), "{}", format);
        }
        prop_assert!(one.intersect(&Caps::none()).is_none());
        prop_assert!(Caps::none().intersect(&one).is_none());
    }

    #[test]
    fn one_alternative_contains_another_exactly_when_they_have_all_of_it_in_common(
        one in alternatives(),
        other in alternatives(),
        samples in samples(),
    ) {
        let both = one.intersect(&other);
        let common = |format: &Format| both.as_ref().is_some_and(|both| both.accepts(format));
        if one.contains(&other) {
            prop_assert!(samples.iter().all(|format| common(format) == other.accepts(format)));
        } else {
            // The constraints are independent of each other, so a field on its own shows what is not contained.
            let beyond = FIELDS.iter().any(|field| !one.constraint(*field).contains(other.constraint(*field)));
            prop_assert!(beyond && other.is_possible());
        }
        prop_assert_eq!(both.is_some(), one.overlaps(&other));
        prop_assert!(both.is_none_or(|both| one.contains(&both) && other.contains(&both)));
    }

    #[test]
    fn what_contains_contains_transitively(one in alternatives(), other in alternatives(), third in alternatives()) {
        let (narrower, narrowest) = (one.intersect(&other), one.intersect(&other).and_then(|both| both.intersect(&third)));
        if let (Some(narrower), Some(narrowest)) = (narrower, narrowest) {
            prop_assert!(one.contains(&narrower) && narrower.contains(&narrowest) && one.contains(&narrowest));
        }
    }

    #[test]
    fn caps_never_contain_what_they_do_not_accept(one in caps(), other in caps(), samples in samples()) {
        prop_assert!(one.contains(&one) && one.contains(&one.intersect(&other)));
        if one.contains(&other) {
            prop_assert!(samples.iter().all(|format| one.accepts(format) || !other.accepts(format)));
        }
    }

    #[test]
    fn what_is_fixated_is_accepted_and_stays(one in caps(), near in formats()) {
        match one.fixate(&near) {
            Some(fixed) => {
                prop_assert!(one.accepts(&fixed));
                prop_assert_eq!(one.fixate(&fixed), Some(fixed));
                prop_assert!(!one.accepts(&near) || fixed == near);
            }
            None => prop_assert!(one.alternatives().iter().all(|alternative| !alternative.is_possible())),
        }
    }

    #[test]
    fn an_intersection_keeps_what_the_first_prefers(one in caps(), other in caps(), samples in samples()) {
        let both = one.intersect(&other);
        let common: Vec<&Format> = samples.iter().filter(|format| both.accepts(format)).collect();
        for liked in &common {
            for less in common.iter().filter(|less| one.preference(liked) < one.preference(less)) {
                prop_assert!(both.preference(liked) < both.preference(less), "{} before {}", liked, less);
            }
        }
    }

    #[test]
    fn lists_prefer_in_their_order(list in vec(1..=LARGEST, 1..5)) {
        let constraint = Constraint::Some(list.iter().copied().collect());
        for (place, value) in list.iter().enumerate() {
            prop_assert!(constraint.preference(*value) <= place);
            prop_assert_eq!(list[constraint.preference(*value)], *value);
        }
    }

    #[test]
    fn an_alternative_forgets_what_is_no_longer_asked(alternative in alternatives(), constraint in constraints()) {
        for field in FIELDS {
            let asked = alternative.clone().with(field, constraint.clone());
            prop_assert_eq!(asked.constraint(field), &constraint);
            prop_assert_eq!(asked.asked().contains(field), constraint != Constraint::Any);
            let open = asked.with(field, Constraint::Any);
            prop_assert_eq!(open.clone().with(field, alternative.constraint(field).clone()), alternative.clone());
            prop_assert_eq!(open.constraints().count(), open.asked().iter().count());
        }
    }
}

/// Any of these, or 0 for not stated.
fn perhaps(numbers: impl Strategy<Value = u32>) -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), numbers]
}

/// Formats as files and networks bring them.
fn written_formats() -> impl Strategy<Value = Format> {
    let codec = proptest::sample::select(Codec::ALL);
    let details = (
        perhaps(1..=Profile::ALL.len() as u32),
        perhaps(1..100_u32),
        perhaps(1..=Packetization::ALL.len() as u32),
        perhaps(1..=Colour::ALL.len() as u32),
        perhaps(1..9_u32),
        prop_oneof![Just(0_u32), Just(2)],
    );
    let shape = (perhaps(1..4_000_u32), 1..4_000_u32, perhaps(1_000..240_000_u32), perhaps(1..192_000_u32), 1..9_u16);
    (codec, any::<bool>(), details, shape).prop_map(|(codec, rtp, details, shape)| {
        let format = if rtp { Format::rtp(codec) } else { Format::encoded(codec) };
        let (profile, level, packetization, colour, class, reordered) = details;
        let format = format
            .with(Field::Profile, profile)
            .with(Field::Level, level)
            .with(Field::Packetization, packetization)
            .with(Field::Colour, colour)
            .with(Field::RateClass, class)
            .with(Field::Reordered, reordered);
        let (width, height, rate, sampling, channels) = shape;
        let format = if width > 0 { format.with_size(width, height) } else { format };
        let format = format.with_frame_rate(FrameRate(rate));
        if codec.kind() == Kind::Audio && sampling > 0 { format.with_sampling(sampling, channels) } else { format }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_format_reads_back_as_it_was_written(format in written_formats()) {
        prop_assert_eq!(format.to_string().parse::<Format>(), Ok(format), "{}", format);
    }

    #[test]
    fn caps_of_formats_read_back_as_they_were_written(formats in vec(written_formats(), 1..4)) {
        let caps = Caps::like(&formats);
        prop_assert_eq!(caps.to_string().parse::<Caps>(), Ok(caps));
    }

    #[test]
    fn text_that_is_no_format_is_refused_without_harm(text in "[a-z0-9/@x. ()-]{0,40}") {
        if let Ok(format) = text.parse::<Format>() {
            prop_assert_eq!(format.to_string().parse::<Format>(), Ok(format), "{}", text);
        }
    }
}
