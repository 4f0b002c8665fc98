//! What quality costs: the part of a plan that nobody may be made to pay for his neighbours.

use trellis_media::{Field, Format};

/// What a format has lost on its way from the source. Ordered: generations first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Loss {
    /// Lossy generations.
    pub generations: u32,
    /// By how much what one sees and hears was made less: the sum over the steps and over size, frame rate, sample rate
    /// and channels, in thousandths of an octave (a halving); 1,000 where a value was set that was not stated before.
    ///
    /// It keeps a neighbour's small picture, or a neighbour's mono, from being given to somebody who did not ask for
    /// it; a picture from being made small, because that is cheap, and large again; and a listener who takes either
    /// from the telephone's sound, because that is cheap. A step that changes anything, if only upwards, counts one
    /// more, because every scaling blurs: each size is made from the original.
    pub change: u32,
}

impl Loss {
    #[cfg(test)]
    const NONE: Loss = Loss { generations: 0, change: 0 };

    /// The loss after one more step.
    pub fn after(self, generations: u32, input: &Format, output: &Format) -> Loss {
        Loss {
            generations: self.generations.saturating_add(generations),
            change: self.change.saturating_add(change(input, output)),
        }
    }
}

/// What one can see or hear of a field's number.
const SEEN_AND_HEARD: [Field; 5] = [Field::Width, Field::Height, Field::FrameRate, Field::SampleRate, Field::Channels];

/// What a source lacks of the best that comes with it: the smaller layers of a simulcast are not what somebody gets
/// who names no size.
pub(crate) fn lack(source: &Format, sources: &[Format]) -> Loss {
    let of_field = |field: Field| {
        let best = sources.iter().map(|other| other.value(field)).max().unwrap_or(0);
        match source.value(field) {
            0 => 0,
            value => octaves(best) - octaves(value),
        }
    };
    Loss { generations: 0, change: SEEN_AND_HEARD.into_iter().map(of_field).sum() }
}

/// By how much a conversion takes from what one sees and hears; see [`Loss::change`].
pub(crate) fn change(input: &Format, output: &Format) -> u32 {
    let of_field = |field: Field| match (input.value(field), output.value(field)) {
        (_, 0) => 0,
        (0, _) => 1_000,
        (before, after) => octaves(before).saturating_sub(octaves(after)),
    };
    let differs = |field: &Field| output.value(*field) != 0 && input.value(*field) != output.value(*field);
    SEEN_AND_HEARD.into_iter().map(of_field).sum::<u32>() + u32::from(SEEN_AND_HEARD.iter().any(differs))
}

/// A logarithm to base 2 in thousandths, straight between powers of two: the same on every machine.
fn octaves(value: u32) -> u32 {
    let whole = value.max(1).ilog2();
    let rest = u64::from(value.max(1)) - (1 << whole);
    whole * 1_000 + ((rest * 1_000) >> whole) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(width: u32) -> Format {
        Format::raw_video().with(Field::Width, width)
    }

    fn path(widths: &[u32]) -> Loss {
        widths.windows(2).fold(Loss::NONE, |loss, pair| loss.after(0, &wide(pair[0]), &wide(pair[1])))
    }

    #[test]
    fn smaller_in_two_steps_is_a_little_worse_than_in_one() {
        assert_eq!(path(&[1920, 1280, 640]).change, path(&[1920, 640]).change + 1);
    }

    #[test]
    fn smaller_and_larger_again_is_worse() {
        assert!(path(&[1920, 160, 1280]) > path(&[1920, 1280]));
        assert!(path(&[640, 1280, 640]) > path(&[640]));
    }

    #[test]
    fn what_is_only_made_larger_loses_next_to_nothing() {
        assert_eq!(path(&[640, 1280]).change, 1);
        assert!(path(&[640]) < path(&[640, 1280]));
    }

    #[test]
    fn a_smaller_layer_lacks_what_making_it_would_have_taken_away() {
        let layers = [wide(640), wide(1280), wide(0)];
        assert_eq!(lack(&layers[0], &layers).change + 1, path(&[1280, 640]).change);
        assert_eq!((lack(&layers[1], &layers), lack(&layers[2], &layers)), (Loss::NONE, Loss::NONE));
    }

    #[test]
    fn a_value_where_none_was_is_a_change() {
        assert!(path(&[0, 640]) > path(&[0, 0]));
        assert_eq!(path(&[640, 0]), Loss::NONE);
    }
}
