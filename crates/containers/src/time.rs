//! FFmpeg's times and ours.

use ffmpeg_next::Rational;
use trellis_media::MediaTime;

/// `ticks` of a time base, rounded to the nearest nanosecond.
pub(crate) fn from_ticks(ticks: i64, base: Rational) -> MediaTime {
    let scaled = i128::from(ticks) * i128::from(base.numerator()) * 1_000_000_000;
    MediaTime::from_nanos(clamp(divide(scaled, i128::from(base.denominator()))))
}

/// A time in ticks of a time base, rounded to the nearest.
pub(crate) fn to_ticks(time: MediaTime, base: Rational) -> i64 {
    let scaled = i128::from(time.nanos()) * i128::from(base.denominator());
    clamp(divide(scaled, i128::from(base.numerator()) * 1_000_000_000))
}

/// Rounded to the nearest; zero when the divisor is not positive, which no sane time base is.
fn divide(value: i128, by: i128) -> i128 {
    if by <= 0 { 0 } else { (value + by / 2).div_euclid(by) }
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_come_back_in_every_usual_time_base() {
        for base in [Rational(1, 1_000), Rational(1, 90_000), Rational(1, 44_100), Rational(1_001, 30_000)] {
            for ticks in [-3_003, 0, 1, 2, 3, 1_000_001, 90_000 * 86_400] {
                assert_eq!(to_ticks(from_ticks(ticks, base), base), ticks, "{base}");
            }
        }
    }

    #[test]
    fn an_insane_time_base_gives_zero() {
        assert_eq!(from_ticks(5, Rational(1, 0)), MediaTime::ZERO);
        assert_eq!(to_ticks(MediaTime::from_secs(1), Rational(0, 5)), 0);
        assert_eq!(from_ticks(i64::MAX, Rational(i32::MAX, 1)), MediaTime::MAX);
    }
}
