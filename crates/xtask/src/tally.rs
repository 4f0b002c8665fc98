//! Counting tests: reads the totals that Cargo's and Node's test runners print.

use std::fmt;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that ran and held.
    pub passed: usize,
    /// Tests that ran and did not hold, and steps that failed without a test of their own.
    pub failed: usize,
    /// Tests that could not run here: no media, ignored.
    pub skipped: usize,
}

impl Tally {
    /// Adds another count to this one.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Reads what `cargo test -- --show-output` prints, line by line.
///
/// A test that finds no media prints `skipped: ...` and returns: libtest counts it as passed, and we as skipped. That is
/// why the output of passed tests is asked for; it is read here and not shown.
#[derive(Default)]
pub struct CargoReader {
    tally: Tally,
    within_successes: bool,
    skipped_here: usize,
}

impl CargoReader {
    /// Takes one line; says whether a person wants to see it.
    pub fn take(&mut self, line: &str) -> bool {
        match line.trim_end() {
            "successes:" => self.within_successes = true,
            "failures:" => self.within_successes = false,
            _ => {}
        }
        if let Some(totals) = line.strip_prefix("test result: ") {
            self.within_successes = false;
            self.finish_binary(totals);
            return true;
        }
        if self.within_successes {
            self.skipped_here += usize::from(line.starts_with("skipped: "));
        }
        !self.within_successes
    }

    /// The sum over all test binaries so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    fn finish_binary(&mut self, totals: &str) {
        let skipped = std::mem::take(&mut self.skipped_here);
        let passed = number_before(totals, " passed");
        self.tally.add(Tally {
            passed: passed.saturating_sub(skipped),
            failed: number_before(totals, " failed"),
            skipped: number_before(totals, " ignored") + skipped.min(passed),
        });
    }
}

/// Takes the totals at the end of what `node --test` prints with its `spec` or `tap` reporter.
#[derive(Default)]
pub struct NodeReader {
    tally: Tally,
}

impl NodeReader {
    /// Takes one line.
    pub fn take(&mut self, line: &str) {
        let Some(total) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) else { return };
        let Some((name, count)) = total.trim_end().split_once(' ') else { return };
        let Ok(count) = count.parse::<usize>() else { return };
        match name {
            "pass" => self.tally.passed += count,
            "fail" | "cancelled" => self.tally.failed += count,
            "skipped" | "todo" => self.tally.skipped += count,
            _ => {}
        }
    }

    /// The sum so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }
}

/// The number that stands before `word`: 12 in `ok. 12 passed; ...`.
fn number_before(text: &str, word: &str) -> usize {
    let before = text.split(word).next().filter(|before| before.len() < text.len());
    before.and_then(|before| before.rsplit(' ').next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(output: &str) -> (Tally, Vec<&str>) {
        let mut reader = CargoReader::default();
        let shown = output.lines().filter(|line| reader.take(line)).collect();
        (reader.tally(), shown)
    }

    #[test]
    fn totals_of_several_test_binaries_are_summed() {
        let (tally, _) = read(
            "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        );
        assert_eq!(tally, Tally { passed: 13, failed: 2, skipped: 3 });
    }

    #[test]
    fn a_test_that_says_it_skipped_is_not_counted_as_passed() {
        let (tally, shown) = read(
            "test a ... ok\nsuccesses:\n\n---- a stdout ----\nskipped: no media\n\n\nsuccesses:\n    a\n\n\
             test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        );
        assert_eq!(tally, Tally { passed: 1, failed: 0, skipped: 1 });
        assert!(!shown.contains(&"skipped: no media"));
    }

    #[test]
    fn output_of_failed_tests_is_shown() {
        let (_, shown) = read("successes:\n\nquiet\nfailures:\n\n---- b stdout ----\nloud");
        assert!(shown.contains(&"loud") && !shown.contains(&"quiet"));
    }

    #[test]
    fn node_totals_are_read_from_both_reporters() {
        let mut reader = NodeReader::default();
        for line in
            ["ℹ tests 6", "ℹ pass 3", "ℹ fail 1", "ℹ cancelled 1", "ℹ skipped 1", "# pass 1", "# Subtest: pass 9"]
        {
            reader.take(line);
        }
        assert_eq!(reader.tally(), Tally { passed: 4, failed: 2, skipped: 1 });
    }
}
